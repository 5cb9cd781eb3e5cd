"""What `aieco promote`, `aieco rollback` and `aieco history` print and refuse."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.dates import moment_of
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.promotion import Verdict, enter
from aieco_assets.core.registry.versions import register_data_model
from aieco_assets.core.settings import Settings
from aieco_assets.orchestrate import registry


def test_history_says_what_was_in_production_and_why(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for version, content in enumerate((b"1", b"2"), 1):
        register_data_model(settings, "toy", {"model.json": content}, kind="toy")
        enter(settings, "toy", version, Verdict(True, f"RMSE 0.{version} [of 9]", {"rmse": 0.5}))
    told = registry.rollback(settings, "toy", "complaints")
    assert "Version 1 of toy is in production, version 2 is `previous`" in told
    assert "aieco run --select 'key:\"models/toy\"+'" in told

    report = registry.history(settings, "toy", None)
    assert [(move["alias"], move["to_version"]) for move in report["moves"]] == [
        *(("champion", 1), ("previous", 1), ("champion", 2), ("previous", 2), ("champion", 1)),
    ]
    between = report["moves"][2]["moved_at"]
    then = registry.history(settings, "toy", between)
    assert then["in_production"]["to_version"] == 2
    assert registry.history(settings, "toy", "2020-01-01")["in_production"] is None

    registry.print_history(then)
    printed = capsys.readouterr().out
    assert "toy version 2 was in production" in printed
    assert "training gate: RMSE 0.2 [of 9]" in printed
    assert "already" in registry.promote(settings, "toy", 1, "")


def test_a_day_means_its_end_and_a_time_is_utc() -> None:
    assert moment_of("2026-11-01") == datetime(2026, 11, 1, 23, 59, 59, 999999, timezone.utc)
    assert moment_of("2026-11-01T12:00") == datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
    assert moment_of("2026-11-01T12:00Z") == datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
    with pytest.raises(AiecoError, match="--at 'yesterday' is no day or time"):
        moment_of("yesterday")


@pytest.mark.parametrize("command", ["promote", "rollback", "history"])
def test_help_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: aieco {command} clv" in shown.output
