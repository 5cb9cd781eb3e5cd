"""The bounded queue: one owner of the model, refusal when full, slots that are held until work has ended."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from bento.cancellation import Heeding, Left
from bento.limits import Busy, WorkQueue, given_up
from tests.core.rag.scripted import ScriptedLlm
from tests.waiting import until


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


async def _begun(queue: WorkQueue, gate: threading.Event, who: str) -> asyncio.Future:
    """A call that has got its thread, and holds it until the gate opens."""
    begun = threading.Event()
    call = asyncio.ensure_future(queue.run(lambda: begun.set() or gate.wait(), seconds=10, who=who))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait)
    return call


def test_callers_take_turns_however_much_one_of_them_asks(gate: threading.Event) -> None:
    served: list[str] = []

    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=8)
        calls = [await _begun(queue, gate, who="greedy")]
        for who in ("greedy", "greedy", "greedy", "ann", "ben"):
            calls.append(asyncio.ensure_future(queue.run(lambda who=who: served.append(who), seconds=10, who=who)))
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*calls)
        queue.close()

    asyncio.run(scene())
    assert served == ["greedy", "ann", "ben", "greedy", "greedy"]


def test_a_full_queue_makes_room_for_who_has_little_in_it(gate: threading.Event) -> None:
    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=3)
        greedy = [await _begun(queue, gate, who="greedy")]
        greedy += [asyncio.ensure_future(queue.run(gate.wait, seconds=10, who="greedy")) for _ in range(3)]
        await asyncio.sleep(0)
        ann = asyncio.ensure_future(queue.run(gate.wait, seconds=10, who="ann"))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="Too many answers"):
            await greedy[-1]
        with pytest.raises(Busy):  # one each is waiting more than the other: nobody is pushed out further
            await queue.run(gate.wait, seconds=10, who="ann")
        gate.set()
        assert await asyncio.gather(*greedy[:3], ann) == [True] * 4
        queue.close()
        assert queue.in_flight == 0

    asyncio.run(scene())


@pytest.mark.parametrize("end", ["the client leaves", "the time is up"])
def test_the_model_stops_between_two_tokens_when_nobody_waits(end: str) -> None:
    stopped, writing = threading.Event(), threading.Event()

    class Endless(ScriptedLlm):
        """Goes on until it is closed, as llama.cpp would until its tokens are used up."""

        def stream(self, *arguments, **named):
            try:
                while True:
                    writing.set()
                    yield from ScriptedLlm("word word").stream([])
            finally:
                stopped.set()

    def work() -> None:
        try:
            for _ in Heeding(Endless("")).stream([]):
                continue
        except Left:
            assert given_up()
            raise

    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=0)
        call = asyncio.ensure_future(queue.run(work, seconds=0.2 if end == "the time is up" else 10))
        await asyncio.get_running_loop().run_in_executor(None, writing.wait)
        if end == "the client leaves":
            call.cancel()
        with pytest.raises(asyncio.CancelledError if end == "the client leaves" else Busy):
            await call
        queue.close()  # waits for what runs: for ever, if it did not stop
        assert queue.in_flight == 0

    asyncio.run(scene())
    assert stopped.is_set()


def test_after_two_hundred_abandoned_calls_nothing_is_in_flight(gate: threading.Event) -> None:
    async def scene() -> None:
        queue = WorkQueue("answers", threads=1, waiting=200)
        first = await _begun(queue, gate, who="")
        calls = [asyncio.ensure_future(queue.run(gate.wait, 10, who=f"key-{n % 7}")) for n in range(200)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert queue.in_flight == 1
        gate.set()
        await first
        queue.close()
        assert queue.in_flight == 0

    asyncio.run(scene())


def test_as_many_calls_run_as_the_model_takes_now_and_another_caller_gets_the_next_place() -> None:
    takes, began, gates = 2, [], {}

    def work(name: str) -> str:
        began.append(name)
        gates[name].wait(10)
        return name

    async def until_begun(*names: str) -> None:
        await asyncio.get_running_loop().run_in_executor(None, until, lambda: began == list(names), 10, f"{names}")

    async def scene() -> None:
        queue = WorkQueue("answers", threads=lambda: takes, waiting=4)
        names = ["greedy-1", "greedy-2", "greedy-3", "greedy-4", "ann-1"]
        gates.update({name: threading.Event() for name in names})
        calls = []
        for name in names:
            calls.append(asyncio.ensure_future(queue.run(partial(work, name), 10, who=name.split("-")[0])))
            await asyncio.sleep(0)
        await until_begun("greedy-1", "greedy-2")
        gates["greedy-1"].set()
        await until_begun("greedy-1", "greedy-2", "greedy-3")
        gates["greedy-2"].set()
        await until_begun("greedy-1", "greedy-2", "greedy-3", "ann-1")
        nonlocal takes
        takes = 1  # another model took over
        assert queue.in_flight == 3
        gates["greedy-3"].set()
        await calls[2]
        assert began[-1] == "ann-1"
        gates["ann-1"].set(), gates["greedy-4"].set()
        assert await asyncio.gather(*calls) == names
        queue.close()
        assert queue.in_flight == 0

    asyncio.run(scene())
