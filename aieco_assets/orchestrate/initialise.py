"""`aieco init` at a terminal: what was found, what would be loaded, the questions, and the writing of shop.yaml."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.proposal.initialise import Initialiser, Looked
from aieco_assets.core.retail.proposal.preview import Preview
from aieco_assets.core.retail.proposal.readings import Question
from aieco_assets.core.retail.shop.find import FILE_NAME, written_mapping

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

_SHOWN = {
    "invoice_no": "order",
    "invoiced_at": "time",
    "stock_code": "item",
    "description": "description",
    "quantity": "quantity",
    "unit_price": "unit price",
    "amount": "amount",
    "customer_id": "customer",
    "country": "country",
    "store": "store",
    "category": "category",
    "line_type": "line is",
}
_MOST = 20  # rounds of questions; each answers one


def initialise(settings: Settings, source: str, yes: bool) -> None:
    """Look, tell, ask, write. Raises AiecoError where nothing can be proposed or, with `yes`, something is open."""
    looking = Initialiser(source, settings)
    found = looking.propose()
    _print_files(found)
    found = _answered(looking, found, yes)
    assert found.shop is not None
    text = written_mapping(found.shop, f"How the transactions of {found.source.name} are written: docs/shop.md.")
    _print_mapping(text, found)
    preview = looking.preview(found.shop)
    _print_preview(preview)
    if not preview.accepted:
        raise AiecoError(
            "no row of the sample can be loaded by this mapping, so it was not written: see the reasons above."
        )
    if found.known:
        print(f"\nThis is the layout {found.known}: it needs no {FILE_NAME}.")
    place = _place(settings, found)
    if not yes and not _confirmed(f"Write {place}?", default=not found.known):
        print("Nothing was written.")
        return
    if place.exists() and not yes and not _confirmed(f"{place} is there: replace it?", default=False):
        print("Nothing was written.")
        return
    _write(place, text, settings, found)


def _print_files(found: Looked) -> None:
    print(f"{found.source.name}: {len(found.source.files):,} {'table' if found.source.is_table else 'file(s)'}")
    for line in found.files:
        print(f"  {line}")


def _answered(looking: Initialiser, found: Looked, yes: bool) -> Looked:
    """The proposal when nothing is open. With `yes`, or where nobody can answer, the first question is refused."""
    given: dict[str, str] = {}
    for _ in range(_MOST):
        if not found.questions:
            return found
        question = found.questions[0]
        if yes or not sys.stdin.isatty():
            raise AiecoError(
                f"{question.text} The values do not tell: run aieco init without --yes at a terminal, or write"
                f" {FILE_NAME} by hand (docs/shop.md), with {question.entry} ({_choices(question)})."
            )
        given[question.entry] = _ask(question)
        found = looking.propose(given)
    raise AiecoError(
        f"the answers leave {found.questions[0].entry} open: write {FILE_NAME} by hand, docs/shop.md says how."
    )


def _choices(question: Question) -> str:
    return "; ".join(
        words if words.startswith(value) else f"{value}: {words}" for value, words in question.choices.items()
    )


def _ask(question: Question) -> str:
    print(f"\n{question.text}")
    values = [*question.choices]
    for index, value in enumerate(values, start=1):
        print(f"  {index}  {question.choices[value]}")
    number = 0
    while not 1 <= number <= len(values):
        number = typer.prompt("Number", type=int)
    return values[number - 1]


def _confirmed(text: str, default: bool) -> bool:
    if not sys.stdin.isatty():
        raise AiecoError("nobody is there to say yes: add --yes to write the mapping.")
    return typer.confirm(text, default=default)


def _print_mapping(text: str, found: Looked) -> None:
    print(f"\n{text}")
    if found.reasons:
        print("because")
        for entry, why in found.reasons.items():
            column = found.columns.get(entry.removeprefix("columns."))
            name = f"{entry.removeprefix('columns.')} = {_joined(column)}" if entry.startswith("columns.") else entry
            print(f"  {name}: {why}")


def _joined(column: Any) -> str:
    return " and ".join(column) if isinstance(column, list | tuple) else str(column)


def _print_preview(preview: Preview) -> None:
    width = shutil.get_terminal_size((140, 20)).columns
    print()
    if preview.rows:
        kept = [name for name in _SHOWN if any(row.get(name) is not None for row in preview.rows)]
        table = Table(box=None, header_style="bold", title="ten rows as they would be loaded", title_justify="left")
        for name in kept:
            table.add_column(_SHOWN[name], no_wrap=True, overflow="ellipsis")
        for row in preview.rows:
            table.add_row(*(_cell(row.get(name)) for name in kept))
        Console(width=max(width, 100), highlight=False, markup=False).print(table)
    rejected = sum(count for count, _ in preview.rejected.values())
    kinds = ", ".join(f"{count:,} {kind.replace('_', '-')}" for kind, count in sorted(preview.kinds.items()))
    print(
        f"\nOf {preview.accepted + rejected:,} lines of the sample {preview.accepted:,} would be loaded ({kinds}),"
        f" {rejected:,} rejected{':' if rejected else '.'}"
    )
    for reason, (count, first) in sorted(preview.rejected.items(), key=lambda pair: -pair[1][0])[:10]:
        print(f"  {count:,}  {reason}, such as {' '.join(first.split())[:140]}")
    for path, reason in preview.refused.items():
        print(f"  {path} would be set aside: {reason}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
    return text if len(text) <= 36 else f"{text[:35]}…"


def _place(settings: Settings, found: Looked) -> Path:
    """AIECO_SHOP, else beside the transactions, else the current folder."""
    if settings.shop:
        return Path(settings.shop).expanduser()
    folder = found.source.folder
    return folder / FILE_NAME if folder and _writable(folder) else Path.cwd() / FILE_NAME


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _kept(place: Path, text: str, settings: Settings) -> Path | None:
    """A copy of another mapping that is about to be replaced, in the home: beside the files it would be one of them."""
    if not place.is_file() or (before := place.read_bytes()) == text.encode():
        return None
    copy = settings.home / "replaced" / f"{datetime.now(timezone.utc):%Y-%m-%dT%H%M%S}-{place.name}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(before)
    return copy


def _write(place: Path, text: str, settings: Settings, found: Looked) -> None:
    temporary = place.with_name(f".{place.name}.part")
    try:
        kept = _kept(place, text, settings)
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, place)
    except OSError as error:
        raise AiecoError(f"{place} cannot be written ({error.strerror}): name another place in AIECO_SHOP.") from None
    print(f"\nWritten: {place}")
    if kept:
        print(f"The mapping that was there is kept in {kept}.")
    if settings.shop or found.source.folder == place.parent:
        print(
            "Next: set AIECO_TRANSACTIONS to it, or declare it as one more (docs/how-to/scaffolds.md); then aieco run."
        )
    else:
        print(
            f"Next: set AIECO_SHOP={place}, as it does not lie beside the transactions, and AIECO_TRANSACTIONS;"
            " then aieco run."
        )
