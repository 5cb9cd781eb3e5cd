"""JSON objects, one a line or all in one array -> a table. Nested objects become columns (`customer.id`), and the lines
of a nested order rows of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.records import CutOff, UnreadableFile, as_text, storable
from aieco_assets.core.retail.tables.table import RAW, ROW, Fits, NoFittingHeader, Table, checked_names

if TYPE_CHECKING:
    import polars as pl

_DEPTH = 4  # of nested objects; what is deeper stays JSON text
_CHUNK = 100_000
_LISTS = ("orders", "data", "items", "results", "records", "rows", "value")  # what a wrapper calls its array


def read_json(text: str, fits: Fits, rows: str | None = None) -> Table:
    """One table of all objects. `rows`: the array of an object that holds its lines; without it, where the columns do
    not fit, each array of objects is tried. Raises UnreadableFile or CutOff when nothing is an object."""
    broken: list[tuple[int, str, str]] = []
    whole = _whole(text, broken)
    objects = [*(whole or _lines(text, broken))]
    cut = not whole and bool(broken) and broken[-1][0] == text.count("\n") + 1 and not text.endswith("\n")
    if not objects:
        raise (CutOff if cut else UnreadableFile)("none of its lines is a JSON object")
    first: NoFittingHeader | None = None
    for array in (rows,) if rows else (None, *_arrays(objects[0][2])):
        names = checked_names([*_names(objects, array)])
        if fits(names):
            table = Table(names, _frame(names, objects, array, broken), broken, typed=True, cut=cut)
            broken.sort()
            return table
        first = first or NoFittingHeader(names, f"its columns are {', '.join(names)[:200]!r}")
    assert first is not None
    raise first


def flat(value: Mapping[str, Any], prefix: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    """The values of an object with the names of nested ones joined by points."""
    for name, entry in value.items():
        if isinstance(entry, dict) and depth > 1:
            yield from flat(entry, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", entry


def _lines(text: str, broken: list[tuple[int, str, str]]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip():
            continue
        try:
            value = _JSON.decode(line)
        except _DoubleName as error:
            broken.append((number, line, str(error)))
            continue
        except (ValueError, ArithmeticError, RecursionError):  # a number can be too large for Decimal as well
            value = None
        if isinstance(value, dict):
            yield number, line, value
        else:
            broken.append((number, line, "it is not a JSON object"))


def _whole(text: str, broken: list[tuple[int, str, str]]) -> list[tuple[int, str, dict[str, Any]]] | None:
    """The objects of a file that is one JSON value, numbered from 1; None: it is one of lines."""
    if not text.lstrip().startswith(("[", "{\n", "{\r", '{"' + "orders")) and "\n{" in text:
        return None
    try:
        value = _JSON.decode(text.strip())
    except (ValueError, ArithmeticError, RecursionError):
        return None
    if isinstance(value, dict):
        found = [value[name] for name in _LISTS if isinstance(value.get(name), list)]
        if not found:
            return None
        value = found[0]
    if not isinstance(value, list) or not any(isinstance(entry, dict) for entry in value):
        return None
    entries = [
        (number, json.dumps(entry, ensure_ascii=False, default=as_text), entry) for number, entry in enumerate(value, 1)
    ]
    broken += [
        (number, raw, "it is not a JSON object") for number, raw, entry in entries if not isinstance(entry, dict)
    ]
    return [entry for entry in entries if isinstance(entry[2], dict)]


def _arrays(value: dict[str, Any]) -> list[str]:
    return [name for name, entry in value.items() if isinstance(entry, list) and entry and isinstance(entry[0], dict)]


def _exploded(value: dict[str, Any], array: str | None) -> Iterator[dict[str, Any]]:
    if array is None or not isinstance(value.get(array), list):
        yield value
        return
    order = {name: entry for name, entry in value.items() if name != array}
    for line in value[array]:
        yield {**order, array: line if isinstance(line, dict) else {"value": line}}


def _names(objects: Iterable[tuple[int, str, dict[str, Any]]], array: str | None) -> dict[str, None]:
    names: dict[str, None] = {}
    for _, _, value in objects:
        for row in _exploded(value, array):
            names |= dict.fromkeys(name for name, _ in flat(row))
    return names


def _frame(
    names: list[str],
    objects: Iterable[tuple[int, str, dict[str, Any]]],
    array: str | None,
    broken: list[tuple[int, str, str]],
) -> pl.DataFrame:
    import polars as pl

    schema = {ROW: pl.Int32, RAW: pl.String, **{f"c{index}": pl.String for index in range(len(names))}}
    parts = [pl.DataFrame(schema=schema)]
    columns: list[list[Any]] = [[] for _ in schema]
    for number, line, value in objects:
        for row in _exploded(value, array):
            values = dict(flat(row))
            texts = [as_text(values.get(name)) for name in names]
            if not storable("".join(text for text in texts if text)):
                broken.append((number, line, "it holds a NUL or half a character"))
                continue
            raw = line if array is None else json.dumps(row, ensure_ascii=False, default=as_text)
            for column, entry in zip(columns, (number, raw, *texts), strict=True):
                column.append(entry)
        if len(columns[0]) >= _CHUNK:
            parts.append(pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema))
            columns = [[] for _ in schema]
    parts.append(pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema))
    return pl.concat(parts)


class _DoubleName(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DoubleName("it names a column more than once")
    return found


# Decimals keep what is written; a float would not.
_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_float=Decimal, parse_constant=lambda text: Decimal(text))
