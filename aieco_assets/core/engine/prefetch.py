"""Work that is begun before its turn, in threads, and handed out in order: polars, parquet and Postgres let go of the
interpreter while they compute."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
THREADS = min(4, os.cpu_count() or 1)
ROOM = 32 * 2**20  # bytes of what waits; one larger thing is worked on by itself


def prefetch(
    work: Callable[..., T],
    items: Iterable[tuple],
    threads: int = THREADS,
    size: Callable[[tuple], int] = lambda _item: 0,
) -> Generator[T]:
    """`work(*item)` of each item, in order; as many as there are threads are begun before they are asked for, unless
    the items that wait hold more than ROOM bytes by `size`. An error comes when its item's turn does.

    Close it where it may not be read to its end. Else the garbage collector ends its threads, whenever it comes by; in
    a thread that is just starting, it waits for ever (CPython 3.11 starts and joins threads under one lock).
    """
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[tuple[Future[T], int]] = deque()
        held = 0
        for item in items:
            coming.append((pool.submit(work, *item), size(item)))
            held += coming[-1][1]
            while len(coming) > threads or (coming and held > ROOM):
                begun, bytes_held = coming.popleft()
                held -= bytes_held
                yield begun.result()
        while coming:
            yield coming.popleft()[0].result()
