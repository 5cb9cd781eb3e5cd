"""Results of formulas that were saved without one, as programs write workbooks that nobody has opened since."""

from __future__ import annotations

import io
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

MOST = 5_000  # formulas; beyond them it takes minutes
_SECONDS = 20.0  # of processor time
_NOT_NOW = re.compile(r"\b(?:NOW|TODAY|RAND|RANDBETWEEN)\(", re.IGNORECASE)
_NAME = "book.xlsx"
Place = tuple[int, int]


class _TooLong(Exception):
    pass


def results(data: bytes, wanted: Sequence[tuple[str, Place]]) -> dict[tuple[str, Place], str | float | bool]:
    """(sheet, (row, column)) -> value, of those that could be computed. Never raises."""
    if len(wanted) > MOST:
        return {}
    try:
        with _limited(_SECONDS):
            return _computed(data, set(wanted))
    except Exception:  # the library raises anything at all on what it doesn't know; the document then says so
        return {}


def _computed(data: bytes, wanted: set[tuple[str, Place]]) -> dict[tuple[str, Place], str | float | bool]:
    import formulas
    import openpyxl
    from formulas.excel import BOOK

    formulas.get_functions()["HYPERLINK"] = lambda link, name=None: link if name is None else name
    book = openpyxl.load_workbook(io.BytesIO(data))
    names: dict[str, str] = {name.upper(): name for name in book.sheetnames}
    volatile = {
        (str(sheet.title), (cell.row, cell.column))
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=") and _NOT_NOW.search(cell.value)
    }
    vars(book)["_external_links"] = []  # a workbook must not make us open another file
    model = formulas.ExcelModel()
    model.basedir = "/"
    model.books[_NAME.upper()] = {BOOK: book}
    _, context = model.add_book(book, {"directory": "", "filename": _NAME})
    model.pushes(*book.worksheets, context=context)
    solution: Any = model.finish(circular=False).calculate()
    found: dict[tuple[str, Place], str | float | bool] = {}
    for value in solution.values():
        ranges = getattr(value, "ranges", None)
        if not ranges or len(ranges) != 1:
            continue
        area = ranges[0]
        if "sheet" not in area or area["r1"] != area["r2"] or area["n1"] != area["n2"]:
            continue
        key = (str(names.get(area["sheet"], area["sheet"])), (int(area["r1"]), int(area["n1"])))
        if key in wanted and key not in volatile and (result := _plain(value.value[0, 0])) is not None:
            found[key] = result
    return found


def _plain(value: Any) -> str | float | bool | None:
    """None for errors, of which nobody knows whether Excel has them too, and for what is no value."""
    if type(value).__module__ not in ("builtins", "numpy"):
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | float) and value == value else None


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises inside when the processor time is used up; works in the main thread only, elsewhere it does nothing."""
    try:
        before = signal.signal(signal.SIGPROF, _stop)
    except ValueError:
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooLong
