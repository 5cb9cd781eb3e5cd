"""Work begun before its turn: in order, an error in its turn, and no more held than there is room for."""

from __future__ import annotations

import threading

import pytest

from aieco_assets.core.engine.prefetch import ROOM, prefetch


def test_results_come_in_the_order_of_the_items_whichever_is_done_first() -> None:
    second_is_done = threading.Event()

    def work(name: str) -> str:
        if name == "first":
            assert second_is_done.wait(10)
        if name == "second":
            second_is_done.set()
        return name

    assert list(prefetch(work, [("first",), ("second",), ("third",)], threads=2)) == ["first", "second", "third"]


def test_an_error_comes_when_its_item_has_its_turn() -> None:
    results = prefetch(lambda number: 12 // number, [(3,), (0,), (4,)], threads=2)

    assert next(results) == 4
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize(("size", "asked_for"), [(1, 3), (ROOM + 1, 1)], ids=["small", "large"])
def test_what_is_larger_than_the_room_is_worked_on_by_itself(size: int, asked_for: int) -> None:
    asked = []

    def items():
        for number in range(5):
            asked.append(number)
            yield number, b"its content"

    results = prefetch(lambda number, _data: number, items(), threads=2, size=lambda _item: size)

    assert next(results) == 0
    assert len(asked) == asked_for
    assert list(results) == [1, 2, 3, 4]
