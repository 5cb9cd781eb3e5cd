"""The samples of a source -> its tables: files and sheets that have the same columns are one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.samples import Sample
from aieco_assets.core.retail.proposal.values import share_of
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written, plain
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.retail.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

_ALIKE = 0.6  # of the columns, from which on two tables are one that sometimes leaves columns out
_NUMBER = re.compile(r"[-+]?[\d.,:/ -]*\d[\d.,:/ -]*(?:[TZ][\d:.+Z-]*)?[%€£$]?")
_LIST = r"^\s*\[\s*\{"


@dataclass
class Found:
    """A table of the source. `paths`: the sampled files that hold it; `sheets`: of a workbook; `rows`: the array of a
    nested order that holds its lines; `names`: those that all of its files have, as the first file spells them."""

    names: list[str]
    frame: pl.DataFrame
    paths: list[str]
    sheets: list[str] = field(default_factory=list)
    rows: str | None = None
    typed: bool = False


def tables_of(samples: Sequence[Sample]) -> tuple[list[Found], dict[str, str]]:
    """The tables that the samples hold, the largest first, and the files that can't be read with the reason."""
    found: list[Found] = []
    unreadable: dict[str, str] = {}
    for sample in samples:
        try:
            for table, rows in _read(sample):
                _add(found, sample.path, table, rows)
        except UnreadableFile as error:
            unreadable[sample.path] = str(error)
    return sorted(found, key=lambda one: one.frame.height, reverse=True), unreadable


def is_header(names: Sequence[str]) -> bool:
    """Whether a row can be the header of a table: some different names, and hardly a number among them."""
    names = [name.strip() for name in names if name.strip()]
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in names)
    return len(names) >= 3 and len({*names}) == len(names) and numbers <= len(names) // 5


def _read(sample: Sample) -> list[tuple[Table, str | None]]:
    import polars as pl

    written = Written()  # pyright: ignore[reportCallIssue]
    tables = read_tables(sample.data, sample.path, is_header, written)
    nested = None
    for column, name in zip(tables[0].columns, tables[0].names, strict=True):
        values = tables[0].frame[column]
        if values.dtype == pl.String and share_of(values.drop_nulls().head(50).str.contains(_LIST)) > 0.5:
            nested = nested or name
    if nested and tables[0].typed and not sample.path.lower().endswith((".parquet", ".xlsx", ".xlsm")):
        return [(read_tables(sample.data, sample.path, is_header, written, rows=nested)[0], nested)]
    return [(table, None) for table in tables]


def _add(found: list[Found], path: str, table: Table, rows: str | None) -> None:
    import polars as pl

    from aieco_assets.core.retail.proposal.texts import as_texts

    frame = as_texts(table)
    keys = {plain(name) for name in table.names}
    for one in found:
        known = {plain(name): name for name in one.names}
        if len(keys & known.keys()) < _ALIKE * len(keys | known.keys()) or one.rows != rows:
            continue
        frame = frame.rename(
            {
                name: known[plain(name)]
                for name in table.names
                if plain(name) in known and known[plain(name)] not in set(table.names) - {name}
            }
        )
        one.frame = pl.concat([one.frame, frame], how="diagonal")
        one.names = [name for name in one.names if name in frame.columns]
        one.paths += [path] if path not in one.paths else []
        one.sheets += [table.sheet] if table.sheet and table.sheet not in one.sheets else []
        return
    found.append(Found(frame.columns, frame, [path], [table.sheet] if table.sheet else [], rows, table.typed))
