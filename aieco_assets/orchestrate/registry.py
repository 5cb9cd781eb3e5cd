"""The bodies of `aieco promote`, `aieco rollback`, `aieco challenge` and `aieco history`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timezone
from typing import Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.contracts import RAG
from aieco_assets.core.dates import moment_of
from aieco_assets.core.registry.challenger import challenge as name_challenger
from aieco_assets.core.registry.promotion import Move, in_production, model_history
from aieco_assets.core.registry.promotion import promote as make_champion
from aieco_assets.core.registry.promotion import rollback as put_back
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.orchestrate.display import console


def promote(settings: Settings, model: str, version: int, reason: str) -> str:
    with open_platform(settings) as opened:
        return _told(make_champion(opened, model, version, reason))


def rollback(settings: Settings, model: str, reason: str, steps: int = 1) -> str:
    with open_platform(settings) as opened:
        return _told(put_back(opened, model, reason, steps=steps))


def challenge(settings: Settings, model: str, version: int | None, reason: str) -> str:
    with open_platform(settings) as opened:
        move = name_challenger(opened, model, version, reason)
    if move.version == move.before:
        return f"Version {move.version} of {model} is the champion: nothing is tried beside it now."
    again = "" if move.moved else " already"
    return (
        f"Version {move.version} of {model} is the challenger{again}, version {move.before} the champion.\n"
        "The service tries it on a share of the questions: AIECO_CANARY_SHARE, or unseen AIECO_SHADOW_SHARE."
    )


def history(settings: Settings, model: str, at: str | None) -> dict[str, Any]:
    """`aieco history --json`: {"model", "at", "in_production": move or null, "moves": [move]}, times in UTC."""
    moment = moment_of(at) if at else None
    with open_platform(settings) as opened:
        moves = model_history(opened, model)
    shown = [move for move in moves if moment is None or move.moved_at <= moment]
    champion = in_production(shown)
    return {
        "model": model,
        "at": moment.isoformat() if moment else None,
        "in_production": _plain(champion) if champion else None,
        "moves": [_plain(move) for move in shown],
    }


def print_history(report: dict[str, Any]) -> None:
    champion, when = report["in_production"], report["at"]
    moment = f" at {when[:19].replace('T', ' ')} UTC" if when else ""
    if champion is None:
        console.print(f"No version of {report['model']} {'was' if when else 'is'} in production{moment}.")
    else:
        console.print(
            f"[bold]{report['model']} version {champion['to_version']}[/] {'was' if when else 'is'} in production"
            f"{moment}, since {champion['moved_at'][:19].replace('T', ' ')} UTC "
            f"({escape(champion['actor'])}: {escape(champion['reason'])}).",
            soft_wrap=True,
        )
    table = Table(box=None, header_style="bold")
    for name in ("when (UTC)", "alias", "from", "to", "by"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold")
    for move in report["moves"]:
        versions = ("–" if move[end] is None else str(move[end]) for end in ("from_version", "to_version"))
        when = move["moved_at"][:19].replace("T", " ")
        table.add_row(when, move["alias"], *versions, escape(move["actor"]), escape(move["reason"]))
    if report["moves"]:
        console.print(table)


def _told(move: Move) -> str:
    if move.waits:
        return move.waits
    if not move.moved:
        return f"Version {move.version} of {move.model} is in production already."
    before = f", version {move.before} is `previous`" if move.before is not None else ""
    if move.model == RAG:
        return f"Version {move.version} of rag is in production{before}: a running service takes it up in seconds."
    return (
        f"Version {move.version} of {move.model} is in production{before}.\n"
        f"Score and package with it: aieco run --select 'key:\"models/{move.model}\"+'"
    )


def _plain(move: Any) -> dict[str, Any]:
    return asdict(move) | {"moved_at": move.moved_at.astimezone(timezone.utc).isoformat()}
