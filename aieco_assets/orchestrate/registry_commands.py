"""`aieco promote`, `rollback`, `challenge` and `history`: which version of a model is in production."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from aieco_assets.orchestrate.options import Json, settings_of_home

app = typer.Typer()
Model = Annotated[str, typer.Argument(help="Name in the registry, such as clv.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the history.")]


@app.command(epilog='Example: [bold]aieco promote clv 3 --reason "agreed with marketing"[/]')
def promote(
    model: Model,
    version: Annotated[int, typer.Argument(help="Version that goes into production.")],
    reason: Reason = "",
) -> None:
    """Put a model version into production: one that waits (AIECO_PROMOTION=manual), or one that its gate refused."""
    from aieco_assets.orchestrate import registry

    print(registry.promote(settings_of_home(), model, version, reason))


@app.command(epilog='Example: [bold]aieco rollback clv --reason "complaints from Spain"[/]')
def rollback(
    model: Model,
    steps: Annotated[int, typer.Option(min=1, help="How many versions to go back, as they were in production.")] = 1,
    reason: Reason = "",
) -> None:
    """Put the version back that was in production before the present one; again, the one before that."""
    from aieco_assets.orchestrate import registry

    print(registry.rollback(settings_of_home(), model, reason, steps))


@app.command(epilog="Example: [bold]AIECO_LLM=new.gguf aieco challenge llm[/]")
def challenge(
    model: Annotated[str, typer.Argument(help="rag or llm.")],
    version: Annotated[
        int | None, typer.Argument(help="Version to try; the champion's ends the trial; llm without one: AIECO_LLM.")
    ] = None,
    reason: Reason = "",
) -> None:
    """Try a version beside the champion in the service, on AIECO_CANARY_SHARE or, unseen, AIECO_SHADOW_SHARE of it."""
    from aieco_assets.orchestrate import registry

    print(registry.challenge(settings_of_home(), model, version, reason))


@app.command(epilog="Example: [bold]aieco history clv --at 2026-11-01[/]")
def history(
    model: Model,
    at: Annotated[str | None, typer.Option(help="Day (its end) or time, UTC; default: now.")] = None,
    as_json: Json = False,
) -> None:
    """What was in production when, who or what decided it, and why."""
    from aieco_assets.orchestrate import registry

    report = registry.history(settings_of_home(), model, at)
    print(json.dumps(report, indent=2)) if as_json else registry.print_history(report)
