"""`aieco audit`: the log of who asked, read, promoted, erased and changed a rule, checked and given away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit_chain import Head

app = typer.Typer(
    no_args_is_help=True, help="The append-only log of who asked, read, promoted, erased and changed a rule."
)


@app.command(epilog="Examples: [bold]aieco audit verify[/]\n\n[bold]aieco audit verify --file november.jsonl[/]")
def verify(
    file: Annotated[Path | None, typer.Option(help="An export, which is checked by itself: needs no home.")] = None,
    head: Annotated[str, typer.Option(help="sequence:hash that was noted elsewhere; the log must hold it.")] = "",
) -> None:
    """Follow the chain from its first row; exit code 1, and the first row that does not fit, where it is broken."""
    from aieco_assets.core.governance.audit import verify as checked
    from aieco_assets.core.governance.audit_export import verify_file
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    known = _head(head) if head else None
    if file:
        if known:
            raise AiecoError("--head is checked against the log of the home: leave out --file.")
        found = verify_file(file)
    else:
        with open_platform(get_settings()) as settings:
            found = checked(settings, known)
    if found.problem:
        sys.stderr.write(f"aieco: The audit log is broken: {found.problem}.\n")
        sys.exit(1)
    print(f"{_rows(found.rows)}, unbroken. Its head, to be noted elsewhere: {found.head}")


@app.command(epilog="Example: [bold]aieco audit export november.jsonl --since 2026-11-01 --until 2026-12-01[/]")
def export(
    file: Annotated[Path, typer.Argument(help="A new file of JSON lines.")],
    since: Annotated[str, typer.Option(help="Day (its beginning) or time, UTC.")] = "",
    until: Annotated[str, typer.Option(help="Day or time, UTC; what happened then is not in it.")] = "",
) -> None:
    """Write the log into a file that `aieco audit verify --file` checks without the home that it is from."""
    from aieco_assets.core.dates import beginning_of
    from aieco_assets.core.governance.audit_export import export as exported
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    first = beginning_of(since, "--since") if since else None
    last = beginning_of(until, "--until") if until else None
    if first and last and first >= last:
        raise AiecoError(f"--since {since} is not before --until {until}: name an earlier one.")
    with open_platform(get_settings()) as settings:
        found = exported(settings, file, first, last)
    print(f"{_rows(found.rows)} in {file}, up to {found.head}")


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _head(text: str) -> Head:
    sequence, _, digest = text.partition(":")
    if not sequence.isdecimal() or len(digest) != 64:
        raise AiecoError(f"--head {text} is no head: give sequence:hash as `aieco audit verify` prints it.")
    return Head(int(sequence), digest)
