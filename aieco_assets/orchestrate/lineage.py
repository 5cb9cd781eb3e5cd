"""`aieco lineage`: OpenLineage events of what was made and answered, handed over, written into a file, and checked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from aieco_assets.core.lineage.rebuild import Graph
    from aieco_assets.core.settings import Settings
    from aieco_assets.defs.monitoring.lineage_readings import DagsterHistory

app = typer.Typer(no_args_is_help=True, help="OpenLineage events of what was made and answered.")


@app.command(epilog="Example: [bold]AIECO_LINEAGE=https://collector aieco lineage ship[/]")
def ship() -> None:
    """Send what is new to AIECO_LINEAGE now, as the daemon does; exit code 1 when it is not taken."""
    from aieco_assets.core.lineage.health import said
    from aieco_assets.core.lineage.shipping import destination
    from aieco_assets.core.lineage.shipping import ship as shipped
    from aieco_assets.core.settings import get_settings

    to = destination(get_settings())
    with _history() as (settings, history):
        progress = shipped(settings, history, patient=False)
    if progress.failing_since:
        raise AiecoError(f"Lineage {said(progress, to.name)}: look at {to.name}.")
    print(f"{said(progress, to.name)}.")


@app.command(epilog="Example: [bold]aieco lineage export lineage.jsonl[/]")
def export(file: Annotated[Path, typer.Argument(help="A new file, one event per line.")]) -> None:
    """Write every event into a file: of the graph, of the runs that Dagster has kept, of the answers."""
    from aieco_assets.core.lineage.shipping import everything

    if file.exists():
        raise AiecoError(f"{file} is there already: name a file that is not.")
    with _history() as (settings, history):
        written = _write(file, everything(settings, history))
    print(f"{written:,} events in {file}")


@app.command(epilog="Example: [bold]aieco lineage check lineage.jsonl[/]")
def check(
    file: Annotated[Path | None, typer.Argument(help="Events of this home; default: those that it has now.")] = None,
) -> None:
    """Rebuild the graph from the events alone and compare it with Dagster's; exit code 1 where they differ."""
    from aieco_assets.core.lineage.rebuild import differences, read_events, rebuild
    from aieco_assets.core.lineage.shipping import everything

    with _history() as (settings, history):
        told = rebuild(read_events(file) if file else everything(settings, history))
        found = differences(told, dagster_graph(history))
    for line in found:
        print(line)
    print(f"The events say {told}, {f'with {len(found):,} differences' if found else 'as Dagster does'}.")
    sys.exit(1 if found else 0)


def dagster_graph(history: DagsterHistory) -> Graph:
    """The graph as Dagster itself has it."""
    from aieco_assets.core.lineage.rebuild import graph_of

    return graph_of(history.nodes(), history.column_lineage())


@contextmanager
def _history() -> Iterator[tuple[Settings, DagsterHistory]]:
    from aieco_assets.core.settings import get_settings
    from aieco_assets.orchestrate.instance import open_workplace

    with open_workplace(get_settings()) as place:
        from aieco_assets.defs.monitoring.lineage_readings import DagsterHistory

        yield place.settings, DagsterHistory(place.instance, place.graph)


def _write(path: Path, events: Iterator[dict[str, object]]) -> int:
    new, number = path.with_name(f".{path.name}.new"), 0
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for event in events:
                number += 1
                file.write(json.dumps(event, sort_keys=True) + "\n")
        os.replace(new, path)
    except OSError as error:
        raise AiecoError(f"{path} cannot be written ({error.strerror}): name a file in a folder that can.") from None
    finally:
        new.unlink(missing_ok=True)
    return number
