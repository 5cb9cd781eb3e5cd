"""`aieco policy`: what the policies say, what they decided and would have decided, and a person's yes."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any

import typer

from aieco_assets.orchestrate.options import Json

app = typer.Typer(no_args_is_help=True, help="Remediation policies: signal, rule, action, guards, evidence.")
_MEASURED = (
    "The stack (`aieco up`) measures each day in the night after it; `aieco run --select 'key:\"monitoring/signals\"' "
    "--partition-range A...B` measures those from A to B."
)


@app.command(name="list", epilog="Example: [bold]aieco policy list --json | jq '.policies[].name'[/]")
def list_policies(as_json: Json = False) -> None:
    """The policies of AIECO_POLICIES: triggers, actions, guards, and what each decided last."""
    from aieco_assets.core.policy.files import load_policies
    from aieco_assets.core.policy.reading import last_decisions, told
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    policies = load_policies(get_settings())
    with open_platform(get_settings()) as settings:
        last = last_decisions(settings)
    rows: list[dict[str, Any]] = [told(policy) | {"last": last.get(policy.name)} for policy in policies]
    if as_json:
        _print_json({"policies": rows})
        return
    for row in rows:
        was = f"{row['last']['outcome']} on {row['last']['day']}" if row["last"] else "nothing decided yet"
        _table(f"{row['name']} ({row['file']}, version {row['version']}): {was}", row["lines"])


@app.command(epilog="Example: [bold]aieco policy check my-policies/[/]")
def check(
    path: Annotated[
        Path | None,
        typer.Argument(help="Folder of policy files, or one that joins those in force; default: AIECO_POLICIES."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Whether the policy files are valid, in one sentence where they are not; needs no home."""
    from aieco_assets.core.policy.files import checked
    from aieco_assets.core.settings import get_settings

    files, policies = checked(get_settings(), path)
    if as_json:
        _print_json({"valid": True, "files": files, "policies": [policy.name for policy in policies]})
    else:
        print(f"Valid: {', '.join(files)}. Policies: {', '.join(policy.name for policy in policies) or 'none'}.")


@app.command(epilog="Example: [bold]aieco policy replay --days 90 --json | jq .acted[/]")
def replay(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days up to yesterday (UTC).")] = 30,
    as_json: Json = False,
) -> None:
    """What the policies, as their files are now, would have decided on the signals; beside what they did decide."""
    from aieco_assets.core.policy.files import load_policies
    from aieco_assets.core.policy.reading import replayed_report
    from aieco_assets.core.policy.replay import replay as replayed
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    policies = load_policies(get_settings())
    with open_platform(get_settings()) as settings:
        report = replayed_report(replayed(settings, policies, days, datetime.now(timezone.utc)))
    if as_json:
        _print_json(report)
        return
    if not report["days"]:
        print(f"None of the last {days} days has signals. {_MEASURED}")
        return
    shown = [row for row in report["decisions"] if row["acts"] or row["agrees"] is False]
    lines = [(row["day"], f"{row['policy']}: {row['outcome']}", _beside(row)) for row in shown]
    _table(
        f"{report['days']} days with signals, {len(report['decisions'])} decisions, {report['acted']} of them acted, "
        f"{report['differ']} differ from what was decided live.",
        lines,
    )


@app.command(epilog="Example: [bold]aieco policy explain retrain_on_drift.2026-11-25[/]")
def explain(
    decision: Annotated[str, typer.Argument(help="Its id: <policy>.<day>.")],
    as_json: Json = False,
) -> None:
    """One decision: the windows that it was made on, the guards, what was done, and what came of it."""
    from aieco_assets.core.policy.reading import explained, explained_lines
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(get_settings()) as settings:
        report = explained(settings, decision)
    if as_json:
        _print_json(report)
    else:
        _table(f"{report['id']}: {report['outcome']}", explained_lines(report))


@app.command(epilog="Example: [bold]aieco policy approve canary_wins.2026-11-25[/]")
def approve(decision: Annotated[str, typer.Argument(help="Id of a decision that waits for a person.")]) -> None:
    """Let a decision that waits be carried out, by the daemon, within a minute."""
    from aieco_assets.core.policy.records import approve as say_yes
    from aieco_assets.core.registry.promotion import person
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(get_settings()) as settings:
        say_yes(settings, decision, person())
    print(f"Decision {decision} is approved by {person()}: the daemon (`aieco up`) carries it out.")


@app.command(epilog="Example: [bold]aieco policy schema > docs/policy.schema.json[/]")
def schema() -> None:
    """The JSON schema of a policy file, for editors."""
    from aieco_assets.core.policy.schema import json_schema

    _print_json(json_schema())


def _beside(row: dict[str, Any]) -> str:
    if row["live"] is None:
        return "not decided live"
    return f"live: {row['live']}" + (" (signals were written anew since)" if row["agrees"] is False else "")


def _print_json(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def _table(title: str, lines: list[tuple[str, ...]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from aieco_assets.orchestrate.display import console

    console.print(f"[bold]{escape(title)}[/]", soft_wrap=True)
    table = Table(box=None, show_header=False, padding=(0, 2))
    for line in lines:
        table.add_row(*map(escape, line))
    if lines:
        console.print(table)
