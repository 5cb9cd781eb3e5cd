"""How cost grows with lines, documents, customers and clients: each curve at three sizes, a process of its own each.

Not among the benchmarks that run by default: all four take about half an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from typing import TypeVar

from benchmarks.record import Result
from benchmarks.scaling import chunks as more_chunks
from benchmarks.scaling import customers as more_customers
from benchmarks.scaling import documents as more_documents
from benchmarks.scaling import lines as more_lines
from benchmarks.scaling import requests as more_clients
from benchmarks.scaling.meter import Point, exponent

STEEP = 1.1  # an exponent above it is a fault, or a reason is known
Size = TypeVar("Size")


def lines() -> list[Result] | None:
    """Files to marts and one new day, at 15 days of the real shop, 240, and ten times those."""
    return _curve(more_lines.measure, more_lines.SIZES)


def documents() -> list[Result] | None:
    """Files to a published index, one changed document, and search, at 10, 100 and 300 documents."""
    return _curve(more_documents.measure, more_documents.SIZES)


def chunks() -> list[Result] | None:
    """The index alone, at 2,000, 20,000 and 200,000 chunks, most of them made of others."""
    return _curve(more_chunks.measure, more_chunks.SIZES)


def customers() -> list[Result] | None:
    """Features, fitting and scoring, at 1,000, 10,000 and 100,000 customers."""
    return _curve(more_customers.measure, more_customers.SIZES)


def requests() -> list[Result] | None:
    """Answers over HTTP, for 1, 10 and 100 clients at once."""
    return _curve(more_clients.measure, (None,))


def _curve(measure: Callable[[Size], list[Point] | None], sizes: Sequence[Size]) -> list[Result] | None:
    points: list[Point] = []
    for size in sizes:
        # A process of its own, so that no size is measured with what another has left in memory.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            found = process.submit(measure, size).result()
        if found is None:
            return None
        for point in found:
            print(f"  {point.what}: {point.value:.1f} {point.unit}, {point.wall or 0:.1f} s", flush=True)
        points += found
    return [*points, *exponents(points)]


def exponents(points: Iterable[Point]) -> Iterator[Result]:
    """Of each step over all sizes, and between the two largest, where what is fixed counts least."""
    for step, found in groupby(
        sorted(points, key=lambda point: (point.step, point.size)), key=lambda point: point.step
    ):
        curve = [point for point in found if point.value > 0]
        sizes, values = [point.size for point in curve], [point.value for point in curve]
        if len(curve) > 1:
            yield Result(f"exponent: {step}", exponent(sizes, values), "")
            limit = None if curve[0].wall is None else STEEP  # of what a step costs
            yield Result("  between the two largest", exponent(sizes[-2:], values[-2:]), "", limit)
