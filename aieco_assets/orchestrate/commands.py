"""The bodies of `aieco run`, `aieco status` and `aieco eval`: from a plan to exit code and output."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.source import told
from aieco_assets.core.retail.source import MOST_TOLD
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import is_parsed, parsed_environment, start_parsing
from aieco_assets.core.stack.platform import ensure_home, open_platform
from aieco_assets.core.stack.sources import check_sources, claim_sources
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.defs.lake.sources import declared_sources
from aieco_assets.orchestrate.display import aside, console, errors, run_display
from aieco_assets.orchestrate.outcomes import Outcome, run_log


def run_graph(settings: Settings, select: str | None, partition_range: str | None, switch: bool, as_json: bool) -> int:
    """Plan and execute; returns the exit code. Prints progress, or one JSON line per asset at the end."""
    began = time.monotonic()
    asked = _parse_range(partition_range)
    ensure_home(settings.home)
    passed_by = told(check_sources(settings, declared_sources()))
    if passed_by and not as_json:
        console.print(f"[dim]Files that no document is read of: {escape(passed_by)}[/]", soft_wrap=True)
    with WarmDbt() as dbt:
        new = not is_parsed(settings)
        if new:
            dbt.start()  # the way to the manifest is the longest before the first asset
        with open_platform(settings) as opened:
            claim_sources(opened, switch)
            outcome = _materialise(opened, dbt, new, select, asked, as_json)
    if outcome is None:
        console.print("Nothing changed since the last run: every asset is up to date.") if not as_json else None
        return 0
    if as_json:
        for asset in outcome.assets.values():
            print(json.dumps({key: value for key, value in asdict(asset).items() if value != ""}))
    if outcome.refused:
        errors.print(f"aieco: {outcome.refused}", soft_wrap=True, markup=False)
    if outcome.error is not None:
        errors.print(f"aieco: {outcome.error[0]} failed: {outcome.error[1]}", soft_wrap=True, markup=False)
        errors.print(f"[dim]What was printed meanwhile is in {run_log(settings.home)}[/]", soft_wrap=True)
        return 1
    if outcome.refused:
        return 1
    if not as_json:
        console.print(f"[green]{len(outcome.assets)} assets in {time.monotonic() - began:.0f} s.[/]")
    return 0


def _materialise(
    opened: Settings, dbt: WarmDbt, new: bool, select: str | None, asked: tuple[str, str] | None, as_json: bool
) -> Outcome | None:
    """What became of the plan; None without one, because nothing changed. `new`: the dbt project must be parsed first.

    The imports take seconds, in which those of dbt go on beside them; and no refusal of sources waits for them.
    """
    from aieco_assets.core.retail.landing import keep_refused
    from aieco_assets.orchestrate.execute import execute
    from aieco_assets.orchestrate.instance import open_workplace
    from aieco_assets.orchestrate.plan import plan_changes
    from aieco_assets.orchestrate.second_process import SecondProcess
    from aieco_assets.orchestrate.source_changes import look_at_sources

    log = run_log(opened.home)
    with ExitStack() as stack:
        # There is work for two.
        side = stack.enter_context(SecondProcess(log)) if new else None
        start_parsing(opened)
        write_sample_if_used(opened, as_json)
        news = look_at_sources(opened) if select is None and asked is None else None
        workplace = stack.enter_context(open_workplace(opened))
        plan = plan_changes(workplace, news) if news else _selected(workplace, select or "*", asked)
        refused = news.refused if news else ""
        if news and refused:
            keep_refused(opened, news.transactions)
        if not plan.phases:
            _keep_picture(workplace, anew=False)
            return Outcome({}, refused=refused) if refused else None
        if any("dbt" in workplace.graph.get(key).kinds for key in plan.keys):
            dbt.start(parsed_environment(opened) if is_parsed(opened) else None)
        if not as_json:
            _print_plan(plan)
        with aside(log) as stream, run_display(len(plan.keys), as_json, stream) as listen:
            outcome = execute(workplace, plan, listen, side)
        _keep_picture(workplace)
        return replace(outcome, refused=refused)


def _keep_picture(workplace: Any, anew: bool = True) -> None:
    """For the service, which does not know Dagster. Not `anew`: only where there is none, as in an older home."""
    from aieco_assets.core.monitoring.graph_picture import has_picture, write_picture
    from aieco_assets.defs.graph_picture import graph_picture

    if anew or not has_picture(workplace.settings):
        write_picture(workplace.settings, graph_picture(workplace.settings, workplace.instance, workplace.graph))


def _selected(workplace: Any, select: str, asked: tuple[str, str] | None) -> Any:
    from dagster_shared.error import DagsterError

    from aieco_assets.orchestrate.plan import plan_selection

    try:
        return plan_selection(workplace, select, asked)
    except (DagsterError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise AiecoError(f"--select {select!r} names no asset ({reason}): `aieco status` lists them.") from None


def _parse_range(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, dots, last = text.partition("...")
    if not (first and dots and last and first <= last):
        raise AiecoError(f"--partition-range {text!r} is not first...last, such as 2011-01-04...2011-01-31.")
    return first, last


def write_sample_if_used(settings: Settings, quiet: bool) -> None:
    """The sample's files, where a source is not set and they are not there."""
    if settings.documents and settings.transactions:
        return
    from aieco_assets.core.sample import write_sample

    info = write_sample(settings.home)
    if info.written and not quiet:
        console.print(
            f"Wrote the sample: {info.documents} documents, {info.lines:,} invoice lines over {info.days} days."
        )


def _print_plan(plan: Any) -> None:
    for key, reason in sorted(plan.reasons.items())[:5]:
        console.print(f"[dim]{key}: {escape(reason)}[/]")
    if len(plan.reasons) > 5:
        console.print(f"[dim]… and {len(plan.reasons) - 5} more[/]")
    for key, reason in plan.left_out.items():
        console.print(f"[yellow]{key} waits: {escape(reason)}.[/]")


def platform_status(settings: Settings) -> dict[str, Any]:
    """`aieco status --json` (DESIGN section 4)."""
    from aieco_assets.core.retail.checks import set_aside
    from aieco_assets.core.serving.champions import serving_status
    from aieco_assets.defs.asset_status import asset_status
    from aieco_assets.orchestrate.instance import open_workplace

    with open_workplace(settings) as workplace:
        aside = set_aside(workplace.settings)
        return {
            "assets": asset_status(workplace.settings, workplace.instance, workplace.graph),
            "serving": serving_status(workplace.settings),
            "transactions": {"rejected_rows": aside.rejected_rows, "quarantined": aside.quarantined_files},
        }


def print_status(report: dict[str, Any]) -> None:
    table = Table(box=None, header_style="bold")
    for name in ("asset", "status", "made at (UTC)", "freshness", "checks"):
        table.add_column(name, no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    colours = {
        "materialized": "green",
        "failed": "red",
        "missing": "yellow",
        "fresh": "green",
        "warn": "yellow",
        "stale": "red",
    }

    def coloured(word: str) -> str:
        return f"[{colours[word]}]{word}[/]" if word in colours else word

    for asset in report["assets"]:
        checks = asset["checks"]
        failed = f" [red]{checks['failed']} failed[/]" if checks["failed"] else ""
        made = (asset["materialized_at"] or "")[:19].replace("T", " ")
        rows = f"{asset['rows']:,}" if asset["rows"] is not None else ""
        table.add_row(
            asset["key"],
            coloured(asset["status"]),
            made,
            coloured(asset["freshness"]),
            f"{checks['passed']} passed{failed}",
            rows,
        )
    console.print(table)
    for asset in report["assets"]:
        if asset["waits"]:
            console.print(f"[yellow]{asset['key']} waits: {escape(asset['waits'])}[/]", soft_wrap=True)
    for name, models in report["serving"].items():
        listed = ", ".join(f"{model} {version or 'not registered'}" for model, version in (models or {}).items())
        console.print(f"{name}: {listed or 'nothing'}")
    aside = report["transactions"]
    if aside["rejected_rows"]:
        console.print(
            f"transactions: {aside['rejected_rows']:,} rows are rejected; `aieco doctor` and the lake have why"
        )
    for path, reason in [*aside["quarantined"].items()][:MOST_TOLD]:
        console.print(f"[yellow]set aside[/] {escape(path)}: {escape(reason)}", soft_wrap=True)
    if (more := len(aside["quarantined"]) - MOST_TOLD) > 0:
        console.print(f"… and {more:,} more files")
