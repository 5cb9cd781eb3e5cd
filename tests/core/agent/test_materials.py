"""What the model is shown of a result, and what it is numbered by."""

from __future__ import annotations

import json
from typing import Any

from aieco_assets.core.agent.materials import RESULT_CHARACTERS, Materials

ORDERS = {"name": "orders", "unit": "orders", "value": 8, "rows": []}


def quoted(text: str, page: int = 1, **more: Any) -> dict[str, Any]:
    place = {"document": "a.md", "page": page, "sha256": "a" * 64, "start": 0, "end": len(text)}
    return {**place, "quoted": text, **more}


def test_pages_and_numbers_are_numbered_in_one_row_and_a_page_keeps_its_number() -> None:
    materials = Materials()
    first = json.loads(materials.taken({"hits": [quoted("one"), quoted("two", 2), quoted("three")]}))
    number = json.loads(materials.taken({"sentence": "There were 8 orders.", "number": ORDERS}))
    again = json.loads(materials.taken({"hits": [quoted("four", 3), quoted("five", 2)]}))
    assert [one["source"] for one in first["hits"]] == [1, 2, 1] and number["source"] == 3
    assert [one["source"] for one in again["hits"]] == [4, 2]
    assert materials.numbers[3].sentence == "There were 8 orders."


def test_a_result_is_cut_to_a_size_and_the_rest_is_there_for_another_call() -> None:
    materials = Materials()
    page = json.loads(materials.taken(quoted("x" * 20_000, title="A", next_start=20_000)))
    assert page["end"] == page["next_start"] == len(page["quoted"]) == RESULT_CHARACTERS
    assert materials.hits[0].chunk.end == RESULT_CHARACTERS  # what was not shown is no evidence
    many = materials.taken({"hits": [quoted("y" * 4_000, page) for page in range(2, 22)]})
    assert len(many) <= RESULT_CHARACTERS + 2_000 + 50
    rows = materials.taken({"metrics": [{"name": "z" * 100}] * 500})
    assert len(rows) < RESULT_CHARACTERS + 50 and rows.endswith("ask for less)")
