"""The docs site below a path of the dashboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope


class DocsPages(StaticFiles):
    """The files of `site`, which are reached by the path `below` (with a / at both ends)."""

    def __init__(self, site: Path, below: str) -> None:
        super().__init__(directory=site, html=True)
        # MkDocs does not know where a missing page was looked for, so its 404 page alone names the styles, and all that
        # it links, from the root: there it would have neither.
        page = site / "404.html"
        text = page.read_text(encoding="utf-8") if page.is_file() else "There is no such page."
        self._missing = re.sub(r'((?:href|src)="|"base": ?")/(?!/)', rf"\g<1>{below}", text)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        return HTMLResponse(self._missing, 404) if response.status_code == 404 else response
