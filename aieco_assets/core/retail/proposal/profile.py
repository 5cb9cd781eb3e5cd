"""What a bounded sample of a table says about each of its columns, and about each two of them. Pure; no LLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.values import (
    Dates,
    Numbers,
    is_clock,
    read_dates,
    read_epoch,
    read_numbers,
    share_of,
)
from aieco_assets.core.retail.proposal.words import concepts

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

MAX_ROWS, MAX_COLUMNS = 12_000, 80
_NOTHING = ["", "null", "nan", "none", "n/a", "nat"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of the sample. `codes`: which of its distinct values a row has, -1 for none."""

    name: str
    texts: pl.Series
    codes: np.ndarray
    distinct: int
    filled: float
    numbers: Numbers | None
    dates: Dates | None
    clock: bool

    @cached_property
    def values(self) -> list[str]:
        """Its distinct values, the most frequent first."""
        counted = self.texts.drop_nulls().value_counts(sort=True, name="n")
        return counted[counted.columns[0]].to_list()

    @cached_property
    def length(self) -> float:
        """Characters of a value, on average."""
        lengths = self.texts.drop_nulls().str.len_chars()
        return int(lengths.sum()) / max(1, len(lengths))

    @cached_property
    def worded(self) -> float:
        """Share of the distinct values that are text of several words."""
        import polars as pl

        return share_of(pl.Series(self.values[:500], dtype=pl.String).str.contains(r"\p{L}{2,}.* .*\p{L}"))

    @property
    def is_number(self) -> bool:
        return self.numbers is not None

    @property
    def is_date(self) -> bool:
        return self.dates is not None

    @cached_property
    def whole(self) -> float:
        """Share of its numbers without a fraction; 0 when it holds none."""
        import numpy as np

        if self.numbers is None:
            return 0.0
        there = self.numbers.values[~np.isnan(self.numbers.values)]
        return float((there == np.round(there)).mean()) if len(there) else 0.0


@dataclass
class Profile:
    """The columns of a table by name. `sorted_rows`: rows stand in the order of the file, in whole blocks."""

    rows: int
    columns: dict[str, Column]
    _held: dict[tuple[str, str], float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def held(self, first: str, *then: str) -> float:
        """How far the last column follows from those before it: 1, a value never goes with two; 0, as good as never.

        Counted over the rows that repeat a value; where none does nothing follows, and it is 0.
        """
        key = (first, *then)
        if key not in self._held:  # pyright: ignore[reportArgumentType]
            self._held[key] = self._follow([self[name].codes for name in key])  # pyright: ignore[reportArgumentType]
        return self._held[key]  # pyright: ignore[reportArgumentType]

    def _follow(self, codes: Sequence[np.ndarray]) -> float:
        import numpy as np

        there = np.all([part >= 0 for part in codes[:-1]], axis=0)
        left = joined([part[there] for part in codes[:-1]])
        groups = len(np.unique(left))
        repeats = len(left) - groups
        if repeats <= 0:
            return 0.0
        right = codes[-1][there].astype("int64") + 1
        width = int(right.max(initial=0)) + 1
        left = np.unique(left, return_inverse=True)[1]
        pairs, counts = np.unique(left * width + right, return_counts=True)
        new = 1.0 - (len(pairs) - groups) / repeats
        # In large groups few new values are no proof: what counts there is how much better one guesses.
        starts = np.flatnonzero(np.diff(pairs // width, prepend=-1))
        usual = np.maximum.reduceat(counts, starts).sum() / len(left)
        blind = np.bincount(right).max() / len(left)
        return float(min(new, 1.0 if blind >= 1 else (usual - blind) / (1 - blind)))

    def repeats(self, *names: str) -> float:
        """Share of the rows that repeat the values which these columns have in another row."""
        import numpy as np

        there = np.all([self[name].codes >= 0 for name in names], axis=0)
        kept = joined([self[name].codes[there] for name in names])
        return 1.0 - len(np.unique(kept)) / max(1, len(kept))

    def runs(self, name: str) -> float:
        """Runs of equal values for each distinct one: 1 where equal ones stand side by side."""
        import numpy as np

        codes = self[name].codes
        return (1 + int((np.diff(codes) != 0).sum())) / max(1, self[name].distinct)

    def growth(self, name: str) -> float:
        """Distinct values of half of the sample to those of all: 1 where all are seen soon, as shops are."""
        import numpy as np

        codes = self[name].codes
        half = codes[: len(codes) // 2]
        return len(np.unique(half[half >= 0])) / max(1, self[name].distinct)


def joined(codes: Sequence[np.ndarray]) -> np.ndarray:
    """One code for what several columns hold together."""
    total = codes[0].astype("int64")
    for part in codes[1:]:
        total = total * (int(part.max(initial=0)) + 2) + part + 1
    return total


def profile(frame: pl.DataFrame, decimal: str = "") -> Profile:
    """Look at a sample of text columns, at most MAX_ROWS rows of it. `decimal`: said."""
    import polars as pl

    frame = _blocks(frame)
    columns = {}
    for name in frame.columns[:MAX_COLUMNS]:
        texts = frame[name].cast(pl.String).str.strip_chars()
        texts = texts.set(texts.str.to_lowercase().is_in(_NOTHING), None)
        if texts.null_count() == frame.height:
            continue
        codes = texts.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
        dates = read_dates(texts)
        if dates is None and "date" in concepts(name):  # by its values alone it could be any code
            dates = read_epoch(texts)
        clock = dates is None and is_clock(texts)
        numbers = None if clock else read_numbers(texts, decimal)
        columns[name] = Column(
            name,
            texts,
            codes,
            int(codes.max(initial=-1)) + 1,
            1 - texts.null_count() / max(1, frame.height),
            None if dates else numbers,
            dates,
            clock,
        )
    return Profile(frame.height, columns)


def _blocks(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that are looked at: the beginning, some from the middle and the end; lines of an order stay together."""
    import polars as pl

    if frame.height <= MAX_ROWS:
        return frame
    part = MAX_ROWS // 4
    return pl.concat([frame.head(2 * part), frame.slice(frame.height // 2, part), frame.tail(part)])
