"""`python -m benchmarks.scaling.sizing`: the sizing table of docs/scale.md, computed from the recorded curves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.record import RESULTS
from benchmarks.scaling.curves import Curves, estimate, recorded

CHUNKS_A_DOCUMENT = 9  # of the documents that are measured; 600 characters each
CHUNK_MIB = 5 / 1024  # a vector twice (table and index), the text as it is shown and as it is searched, its words


@dataclass(frozen=True)
class Size:
    """What a company has: lines of sales, documents, customers."""

    name: str
    lines: int
    documents: int
    customers: int

    @property
    def chunks(self) -> int:
        return self.documents * CHUNKS_A_DOCUMENT


SIZES = (
    Size("small", 500_000, 500, 5_000),
    Size("medium", 5_000_000, 10_000, 100_000),
    Size("large", 50_000_000, 100_000, 1_000_000),
)
EVERY_DAY = ("one new day", "one changed document")
# Of the curve of documents: what is not done beyond AIECO_READ_AHEAD, what has a curve of its own, what no run does.
APART = (*EVERY_DAY, "reading sentences", "indexing", "100 searches")


def full_seconds(size: Size) -> dict[str, float]:
    """Processor seconds of everything from nothing, by branch."""
    lines, documents, customers = recorded("lines"), recorded("documents"), recorded("customers")
    return {
        "lines": _sum(_without(lines, *EVERY_DAY), size.lines),
        "documents": _sum(
            _without(documents, *EVERY_DAY, "reading sentences", "indexing", "100 searches"), size.documents
        )
        + _indexing(size.chunks),
        "customers": _sum(customers, size.customers),
    }


def daily_seconds(size: Size) -> float:
    """Processor seconds of one new day of lines, one changed document in a thousand, and customers scored again."""
    lines, documents, customers = recorded("lines"), recorded("documents"), recorded("customers")
    day = {step: curve for step, curve in lines.items() if step.startswith("one new day")}
    changed = max(1, size.documents // 1_000)
    reading = _without(documents, *APART)
    scoring = {step: curve for step, curve in customers.items() if step.startswith("scoring")}
    return (
        _sum(day, size.lines)
        + estimate(documents["one changed document"], size.documents)
        + _sum(reading, changed)
        + _sum(scoring, size.customers)
    )


def disk_gib(size: Size) -> float:
    """Of lake, warehouse and vectors."""
    lines = recorded("lines")
    held = [estimate(lines[step], size.lines) for step in ("the lake on disk", "the warehouse on disk")]
    return (sum(held) + size.chunks * CHUNK_MIB) / 1024


def _indexing(chunks: int) -> float:
    """In proportion to the 100,000 of the benchmark search-100k, whose seconds are of two processors."""
    rows = json.loads((RESULTS / "search-100k.json").read_text())["results"]
    (seconds,) = (row["value"] for row in rows if row["what"].startswith("indexing"))
    return 2 * seconds * chunks / 100_000


def _sum(curves: Curves, size: int) -> float:
    return sum(estimate(curve, size) for curve in curves.values() if curve[0].wall)


def _without(curves: Curves, *beginnings: str) -> Curves:
    return {step: curve for step, curve in curves.items() if not step.startswith(beginnings)}


def rows(sizes: Iterable[Size] = SIZES) -> list[str]:
    told = []
    for size in sizes:
        full, daily = full_seconds(size), daily_seconds(size)
        minutes = " + ".join(f"{_minutes(seconds)} {name}" for name, seconds in full.items())
        told.append(
            f"| {size.name} | {size.lines:,} | {size.documents:,} ({size.chunks:,} chunks) | {size.customers:,} "
            f"| {minutes} | {_minutes(daily)} | {disk_gib(size):,.1f} GiB |"
        )
    return told


def _minutes(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:,.0f}" if minutes >= 10 else f"{minutes:.1f}"


if __name__ == "__main__":
    print(*rows(), sep="\n")
