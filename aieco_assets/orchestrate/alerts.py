"""`aieco alerts`: what is wrong, who has it in hand, and whether messages arrive."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

import typer

from aieco_assets.orchestrate.options import Json

app = typer.Typer(no_args_is_help=True, help="Incidents: one message each, acknowledged by a person, resolved once.")


@app.command(name="list", epilog="Example: [bold]aieco alerts list --days 7 --json | jq '.incidents[].summary'[/]")
def list_incidents(
    days: Annotated[int, typer.Option(min=0, max=3660, help="Also those that ended in so many days.")] = 0,
    as_json: Json = False,
) -> None:
    """What is wrong now: since when, how often it was seen, and who has it in hand."""
    from aieco_assets.core.monitoring.incidents import incidents
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    since = datetime.now(timezone.utc) - timedelta(days=days) if days else None
    with open_platform(get_settings()) as settings:
        found = incidents(settings, since)
    if as_json:
        _print_json({"incidents": found})
        return
    print("\n".join(map(_line, found)) if found else "Nothing is wrong.")


@app.command(epilog="Example: [bold]aieco alerts ack 12[/]")
def ack(
    incident: Annotated[int, typer.Argument(help="Its number, as `aieco alerts list` and the message show it.")],
    as_json: Json = False,
) -> None:
    """Say that you have it in hand: what was not told yet is not told any more, but for its end."""
    from aieco_assets.core.monitoring.incidents import acknowledge
    from aieco_assets.core.registry.promotion import person
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(get_settings()) as settings:
        found = acknowledge(settings, incident, person())
    if as_json:
        _print_json(found)
    else:
        print(
            f"Incident {incident} ({found['kind']}: {found['subject']}) is in the hands of {found['acknowledged_by']}."
        )


@app.command(name="test", epilog="Example: [bold]AIECO_ALERTS=slack://…,mailto://… aieco alerts test[/]")
def send_test(as_json: Json = False) -> None:
    """Send a message to every address of AIECO_ALERTS now; exit code 1 when one is not taken. Needs no home."""
    from aieco_assets.core.monitoring.alerts import try_out
    from aieco_assets.core.settings import get_settings

    reasons = try_out(get_settings())
    if as_json:
        _print_json({"targets": [{"target": name, "ok": not why, "reason": why} for name, why in reasons.items()]})
    else:
        print("\n".join(f"{name}: {why or 'taken'}" for name, why in reasons.items()))
    sys.exit(1 if any(reasons.values()) else 0)


def _line(one: dict[str, Any]) -> str:
    state = "resolved" if one["resolved_at"] else "recovering" if one["recovering_at"] else one["severity"]
    by = f", in the hands of {one['acknowledged_by']}" if one["acknowledged_by"] else ""
    since = one["opened_at"].astimezone(timezone.utc)
    return f"{one['id']:>5}  {state:<10} {one['summary']} ({one['count']:,} times since {since:%Y-%m-%d %H:%M} UTC{by})"


def _print_json(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report, indent=2, ensure_ascii=False, default=datetime.isoformat) + "\n")
