"""What is told of a run's checks while it goes on."""

from __future__ import annotations

import io

import dagster as dg
import pytest

from aieco_assets.orchestrate.display import run_display
from aieco_assets.orchestrate.progress import RunProgress


@dg.asset
def sales() -> None: ...


def told_of(severity: dg.AssetCheckSeverity, passed: bool) -> tuple[str, RunProgress]:
    """The lines that a person sees of a run of one asset with one check."""

    @dg.asset_check(asset=sales)
    def has_rows() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=passed, severity=severity, description="It has no row [/May].")

    stream = io.StringIO()
    with dg.DagsterInstance.ephemeral() as instance, run_display(1, False, stream) as listen:
        run = dg.materialize([sales, has_rows], instance=instance)
        progress = RunProgress(["sales"], listen)
        for entry in instance.all_logs(run.run_id):
            progress(entry)
    return stream.getvalue(), progress


def test_a_check_that_only_warns_is_told_and_fails_nothing() -> None:
    said, progress = told_of(dg.AssetCheckSeverity.WARN, passed=False)
    *_, warning = said.splitlines()
    assert " ".join(warning.split()) == "! sales check has_rows failed: It has no row [/May]."
    assert (progress.failure, progress.assets["sales"].status) == (None, "materialized")


def test_a_check_that_fails_is_the_reason_of_the_failure() -> None:
    said, progress = told_of(dg.AssetCheckSeverity.ERROR, passed=False)
    assert " ".join(said.split()).endswith("✗ sales check has_rows failed: It has no row [/May].")
    assert progress.failure == ("sales", "check has_rows failed: It has no row [/May].")


@pytest.mark.parametrize("severity", list(dg.AssetCheckSeverity))
def test_nothing_is_told_of_a_check_that_passes(severity: dg.AssetCheckSeverity) -> None:
    said, progress = told_of(severity, passed=True)
    assert len(said.splitlines()) == 1 and progress.failure is None
