"""The page on which a web server lists a folder (nginx, Apache, `python -m http.server` …) -> names. Pure."""

from __future__ import annotations

from urllib.parse import unquote, urljoin


def listed_names(page: bytes, folder: str) -> tuple[list[str], list[str]]:
    """Names of the files and of the folders ("a/") that the page at the address `folder` links to, each once.

    Links to elsewhere are left out: the folder above, the orders to sort by, other servers, and deeper places.
    """
    from bs4 import BeautifulSoup

    files: dict[str, None] = {}
    folders: dict[str, None] = {}
    for link in BeautifulSoup(page, "lxml").find_all("a", href=True):
        try:
            target = urljoin(folder, str(link["href"]).strip())
        except ValueError:  # no url at all
            continue
        rest = target.removeprefix(folder)
        if rest == target or not rest or "?" in rest or "#" in rest:
            continue
        name = unquote(rest)
        if "/" not in name.removesuffix("/") and name.strip("./"):
            (folders if name.endswith("/") else files)[name] = None
    return [*files], [*folders]
