"""What a person sees while the graph runs: one line per finished asset above a bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aieco_assets.orchestrate.outcomes import AssetOutcome, Listener

# Off a terminal rich would fold tables at 80 columns: programs and logs want whole lines.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)


@contextmanager
def aside(log: Path) -> Iterator[TextIO]:
    """Send all that libraries and child processes print into `log`; yields a stream to the real standard output."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with open(log, "ab") as file, os.fdopen(os.dup(1), "w") as real:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield real
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for number in kept:
                os.close(number)


errors = Console(stderr=True, highlight=False)


@contextmanager
def run_display(total: int, quiet: bool, stream: TextIO) -> Iterator[Listener]:
    """A listener for `execute` that draws progress; silent when `quiet` (json output). Plain lines off a terminal."""
    if quiet:
        yield lambda event, outcome: None
        return
    console = Console(highlight=False, file=stream, force_terminal=stream.isatty())
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=not stream.isatty(),
    )  # fmt: skip
    with bar:
        task = bar.add_task("starting", total=total)

        def listen(event: str, outcome: AssetOutcome) -> None:
            if event == "started":
                bar.update(task, description=outcome.key)
            elif event == "finished":
                rows = f"{outcome.rows:,} row{'' if outcome.rows == 1 else 's'}" if outcome.rows is not None else ""
                console.print(f"[green]✓[/] {outcome.key:<34} {rows:>16} {outcome.seconds:7.1f} s")
                if outcome.waits:
                    console.print(f"  [yellow]waits: {escape(outcome.waits)}[/]", soft_wrap=True)
                bar.advance(task)
            else:
                mark = "[yellow]![/]" if event == "warned" else "[red]✗[/]"
                console.print(f"{mark} {outcome.key:<34} {escape(outcome.reason)}", soft_wrap=True)
            stream.flush()

        yield listen
