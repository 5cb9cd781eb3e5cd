"""What `aieco up` says is where."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack import docs_site
from aieco_assets.core.stack.services import Service
from aieco_assets.orchestrate import up


def table(settings: Settings, url: str) -> str:
    with up.console.capture() as captured:
        up._print_table(settings, [Service("dashboard", ["dashboard"], url=url)])
    return captured.get()


def test_the_docs_site_has_a_row_once_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    monkeypatch.setattr(docs_site, "site", lambda: tmp_path / "site")
    assert "docs-site" not in table(settings, "http://127.0.0.1:8050")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<p>docs</p>")
    assert "http://127.0.0.1:8050/docs-site/" in table(settings, "http://127.0.0.1:8050")
    assert "docs-site" not in table(settings, "")  # behind the login: its start page has the link
