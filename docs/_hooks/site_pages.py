"""MkDocs hook: the reference is written from the code at each build, and pages from outside docs/ join the site.

`GENERATED` are the pages of the reference; nothing of them is committed. Links out of docs/ lead to the page in the
site where there is one, and are the path in the repository where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from catalogue_reference import metrics_page, policies_page, signals_page
from command_reference import commands_page
from http_reference import http_page, openapi_text
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from settings_reference import settings_page

ROOT = Path(__file__).parents[2]
# Pages of the repository that readers of the site need: place in the repository -> place in the site.
BESIDE = {
    "deploy/README.md": "how-to/deploy.md",
    "CONTRIBUTING.md": "explanation/contributing.md",
    "SECURITY.md": "explanation/reporting.md",
    "CHANGELOG.md": "explanation/changelog.md",
}
GENERATED: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/commands.md": commands_page,
    "reference/http.md": http_page,
    "reference/openapi.json": openapi_text,
    "reference/metrics.md": metrics_page,
    "reference/policies.md": policies_page,
    "reference/signals.md": signals_page,
}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s]+)\)")
_ENTRY = re.compile(r"\[([^\]]+)\]\(([^/()]+\.md)\)")
# GitHub begins a list or a table below a line of text; Python-Markdown wants an empty line between.
_UNPARTED = re.compile(r"^(?![-*|#\s]|\d+\. ).*\n(?=(?:[-*] |1\. |\|))", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Each decision stands in the navigation below its room, as the pages of decisions/ list them."""
    decisions = ROOT / "docs" / "decisions"
    listed: list[Any] = ["decisions/README.md"]
    for title, room in _ENTRY.findall((decisions / "README.md").read_text()):
        pages = [place for _, place in _ENTRY.findall((decisions / room).read_text())]
        listed.append({title: [f"decisions/{page}" for page in [room, *pages]]})
    config.nav = [*(config.nav or []), {"Decisions": listed}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages that are written now."""
    for place, write in GENERATED.items():
        files.append(File.generated(config, place, content=write()))
    for source, place in BESIDE.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links that are right in the repository are made right in the site; code is left as it is."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\0{len(kept) - 1}\0"

    # A link may have code for its text: that is put back with it.
    bare = _UNPARTED.sub("\\g<0>\n", _CODE.sub(keep, markdown))
    linked = _LINK.sub(lambda match: _led(match, page.file.src_uri), bare)
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match.group(1))], linked)


def _led(match: re.Match[str], page: str) -> str:
    mark, text, target = match.groups()
    path, _, anchor = target.partition("#")
    if not path or "://" in target or target.startswith("mailto:"):
        return match.group()
    source = next((outside for outside, place in BESIDE.items() if place == page), f"docs/{page}")
    meant = normpath(str(PurePosixPath(source).parent / path))
    place = BESIDE.get(meant) or (meant.removeprefix("docs/") if meant.startswith("docs/") else "")
    if meant.startswith("docs/") and (ROOT / meant).is_dir():
        place = f"{place}/README.md"
    if place:
        return f"{mark}[{text}]({relpath(place, str(PurePosixPath(page).parent))}{anchor and '#' + anchor})"
    if not (ROOT / meant).exists():
        return match.group()  # mkdocs says that it leads nowhere
    named = text.strip("`") in (meant, path, path.rstrip("/"), PurePosixPath(meant).name)
    return f"`{meant}`" if named else f"{text} (`{meant}`)"
