"""The page of the docs site that lists the signals, and the names that others use."""

from __future__ import annotations

import ast
from pathlib import Path

from aieco_assets.core.contracts import WAITED_FOR
from aieco_assets.core.monitoring import signal
from aieco_assets.core.monitoring.signal_catalogue import COMPARED, METRICS, catalogue_page
from aieco_assets.defs import automation
from aieco_assets.defs.catalog import FRESHNESS
from aieco_assets.defs.lake.document_sensor import knowledge_base
from aieco_assets.defs.maintenance.jobs import maintenance
from aieco_assets.defs.monitoring.policy_sensor import remediation


def test_the_page_has_a_row_for_every_metric_with_its_limits() -> None:
    rows = [line for line in catalogue_page().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [*METRICS]
    assert "| `error_rate` | Share of questions whose answer failed. | share | 0 | 1 | `answer` | questions |" in rows


def test_what_a_policy_may_compare_is_what_the_signals_name_a_reference_of() -> None:
    named = set()
    for path in Path(signal.__file__).parent.glob("signals_*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Signal" and len(call.args) == 5:
                named.add(ast.literal_eval(call.args[0]))
    assert named == COMPARED


def test_the_lag_is_measured_of_the_assets_that_have_a_freshness_policy() -> None:
    assert FRESHNESS.keys() == {*WAITED_FOR}


def test_durations_are_measured_of_every_job() -> None:
    of_days = [automation.retail_day, automation.customers_month, automation.service_day]
    jobs = [*of_days, knowledge_base, remediation, maintenance]
    assert {job.name for job in jobs} == {*METRICS["run_seconds"].entities}
