"""Where the docs site lies, if somebody built it."""

from __future__ import annotations

from pathlib import Path

PATH = "docs-site/"  # below the dashboard, which serves it


def site() -> Path:
    """The folder that `make docs` writes, of the project."""
    return Path(__file__).parents[3] / "site"


def is_built() -> bool:
    return (site() / "index.html").is_file()
