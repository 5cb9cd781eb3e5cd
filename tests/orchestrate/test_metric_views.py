"""What `aieco metrics views` says that it did."""

from __future__ import annotations

import pytest

from aieco_assets.core.metrics import views as core
from aieco_assets.orchestrate.metrics import views


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ([], "The views are those of the definition."),
        (["_metrics.yml"], "Written: _metrics.yml."),
        (["metrics_gone.sql"], "Removed: metrics_gone.sql."),
        (["_metrics.yml", "metrics_gone.sql"], "Written: _metrics.yml. Removed: metrics_gone.sql."),
    ],
)
def test_a_view_that_was_removed_is_not_said_to_be_written(
    changed: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(core, "write_views", lambda *_: changed)
    views()
    assert capsys.readouterr().out.strip() == said
