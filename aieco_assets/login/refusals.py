"""How the login says no: to a page in a page, to a program in JSON, always in a sentence."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response

from aieco_assets.core.governance.login import paths
from aieco_assets.login.pages import Pages

# As MLflow's own errors say it, which its client reads.
_MLFLOW_CODES = {400: "BAD_REQUEST", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "ENDPOINT_NOT_FOUND"}


class Refused(Exception):
    """A status, and the sentence that goes with it."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, headers or {}


class MutationRefused(Refused):
    """In GraphQL's own words, with the status that they have: of any other one Dagster's pages say that the webserver
    crashed, and its client shows the status alone."""

    def __init__(self, sentence: str) -> None:
        super().__init__(200, sentence)


def response_of(refused: Refused, scope: Any, pages: Pages) -> Response:
    if isinstance(refused, MutationRefused):
        return JSONResponse({"data": None, "errors": [{"message": str(refused), "extensions": {"code": "FORBIDDEN"}}]})
    headers = Headers(scope=scope)
    wants_page = "text/html" in headers.get("accept", "") and "authorization" not in headers
    if refused.status == 401 and wants_page and scope["method"] == "GET":
        query = scope.get("query_string", b"").decode("latin-1")
        after = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"/login?next={after}", 303)
    if refused.status != 401 and wants_page:
        return pages.problem(refused.status, str(refused))
    told = {"error": str(refused)}
    if paths.part_of(scope["path"]) == "mlflow":
        told |= {"error_code": _MLFLOW_CODES.get(refused.status, "INTERNAL_ERROR"), "message": str(refused)}
    own = {"x-aieco-login": "/login", "cache-control": "no-store"} if refused.status == 401 else {}
    return JSONResponse(told, refused.status, {**own, **refused.headers})
