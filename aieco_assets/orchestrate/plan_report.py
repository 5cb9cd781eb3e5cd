"""`aieco plan`: what the next run will do, why, and how many minutes it takes by this home's own measurements."""

from __future__ import annotations

import time
from typing import Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.settings import Settings
from aieco_assets.orchestrate.display import console
from aieco_assets.orchestrate.plan import Plan

_MOST = 8  # reasons that are printed


def planned(settings: Settings) -> dict[str, Any]:
    """Shape of `aieco plan --json`. Changes nothing but what looking takes: the home, its Postgres, the sample where it
    is used. Raises AiecoError as the run would: when a source is not there, can't be read, or is not what this home was
    filled from."""
    from aieco_assets.core.stack.platform import ensure_home, open_platform
    from aieco_assets.core.stack.sources import check_sources, refuse_other_sources
    from aieco_assets.defs.lake.sources import declared_sources
    from aieco_assets.orchestrate.commands import write_sample_if_used
    from aieco_assets.orchestrate.instance import open_workplace
    from aieco_assets.orchestrate.plan import plan_changes
    from aieco_assets.orchestrate.source_changes import look_at_sources

    began = time.monotonic()
    ensure_home(settings.home)
    check_sources(settings, declared_sources())
    with open_platform(settings) as opened:
        refuse_other_sources(opened)
        write_sample_if_used(opened, quiet=True)
        news = look_at_sources(opened)
        with open_workplace(opened) as workplace:
            plan = plan_changes(workplace, news)
            return _report(workplace, plan, time.monotonic() - began) | {"refused": news.refused or None}


def _report(workplace: Any, plan: Plan, looking: float) -> dict[str, Any]:
    """`looking`: seconds that it took to see what changed; a run looks first, too."""
    from aieco_assets.orchestrate.estimate import measured, phase_seconds, wall_seconds

    known = measured(workplace)
    runs, unknown = [], []
    for phase in plan.phases:
        seconds, never = phase_seconds(workplace, phase, known)
        unknown += never
        runs.append(
            {
                "assets": sorted(key.to_user_string() for key in phase.keys),
                "partitions": list(phase.partition_range) if phase.partition_range else None,
                "after": sorted(phase.after),
                "seconds": None if seconds is None else round(seconds, 1),
            }
        )
    total = wall_seconds(plan.phases, [run["seconds"] or 0.0 for run in runs]) + looking if runs else 0.0
    return {
        "assets": sum(len(run["assets"]) for run in runs),
        "seconds": round(total, 1),
        "minutes": round(total / 60, 2),
        "unmeasured": sorted(unknown),
        "reasons": dict(sorted(plan.reasons.items())),
        "left_out": plan.left_out,
        "runs": runs,
    }


def print_plan(report: dict[str, Any]) -> None:
    if report["refused"]:
        console.print(f"[yellow]{escape(report['refused'])}[/]")
    for key, reason in report["left_out"].items():
        console.print(f"[yellow]{key} waits: {escape(reason)}.[/]")
    if not report["runs"]:
        console.print("Nothing changed since the last run: every asset is up to date.")
        return
    for key, reason in list(report["reasons"].items())[:_MOST]:
        console.print(f"{key}: {escape(reason)}")
    if len(report["reasons"]) > _MOST:
        console.print(f"[dim]… and {len(report['reasons']) - _MOST} more[/]")
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("run", "assets", "partitions", "after"):
        table.add_column(name)
    table.add_column("seconds", justify="right")
    for number, run in enumerate(report["runs"], start=1):
        first, *more = run["assets"]
        made = f"{first} and {len(more)} more" if more else first
        days = "…".join(dict.fromkeys(run["partitions"])) if run["partitions"] else ""
        seconds = "not measured yet" if run["seconds"] is None else f"{run['seconds']:.1f}"
        table.add_row(str(number), made, days, ", ".join(str(one + 1) for one in run["after"]), seconds)
    console.print(table)
    new = len(report["unmeasured"])
    are = "is" if new == 1 else "are"
    known = f"about {report['minutes']:.1f} minutes" + (
        f"; {new} of them, which never ran here, {are} not in it" if new else ""
    )
    if new == report["assets"] or not report["seconds"]:
        known = "no run of this home tells how long"
    console.print(f"[green]{report['assets']} assets, {known}.[/]")
