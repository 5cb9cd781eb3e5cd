"""The bounded queue: one owner of the model, refusal when full, slots that are held until work has ended."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bento.limits import Busy, WorkQueue


@pytest.fixture
def gate():
    opened = threading.Event()
    yield opened
    opened.set()


def test_results_and_errors_come_back() -> None:
    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=0)
        assert await queue.run(lambda: 42, seconds=10) == 42
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0, seconds=10)
        assert queue.in_flight == 0
        queue.close()

    asyncio.run(scene())


def test_one_call_beyond_the_waiting_line_is_refused_at_once(gate: threading.Event) -> None:
    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=2)
        held = [asyncio.ensure_future(queue.run(gate.wait, seconds=10)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refusal:
            await queue.run(gate.wait, seconds=10)
        assert (refusal.value.reason, refusal.value.retry_after) == ("queue_full", 3)
        gate.set()
        assert await asyncio.gather(*held) == [True, True, True]
        queue.close()
        assert queue.in_flight == 0

    asyncio.run(scene())


def test_never_more_at_once_than_threads(gate: threading.Event) -> None:
    running, peak, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        sum(range(200_000))
        with lock:
            running -= 1

    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=20)
        await asyncio.gather(*(queue.run(work, seconds=10) for _ in range(10)))
        queue.close()

    asyncio.run(scene())
    assert peak == 1


def test_work_that_ran_out_of_time_holds_its_slot_until_it_ends(gate: threading.Event) -> None:
    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=0)
        with pytest.raises(Busy, match="No answer within") as late:
            await queue.run(gate.wait, seconds=0.05)
        assert late.value.reason == "deadline"
        with pytest.raises(Busy, match="Too many answers"):
            await queue.run(lambda: 1, seconds=10)
        gate.set()
        queue.close()
        assert queue.in_flight == 0

    asyncio.run(scene())


def test_a_client_that_leaves_takes_its_waiting_call_with_it(gate: threading.Event) -> None:
    begun = threading.Event()

    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=1)
        first = asyncio.ensure_future(queue.run(gate.wait, seconds=10))
        waiting = asyncio.ensure_future(queue.run(begun.set, seconds=10))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert queue.in_flight == 1
        gate.set()
        await first
        queue.close()

    asyncio.run(scene())
    assert not begun.is_set()
