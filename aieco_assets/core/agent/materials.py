"""What tools returned, numbered: the text that the model is shown of it, and what its sentences may rest on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aieco_assets.core.contracts import Chunk, Hit

RESULT_CHARACTERS = 6_000  # of one result, as the model is shown it
_LEAST = 300  # characters of a passage that is shown among many
_PAGES = 60  # that sentences may rest on
_CUT = " … (cut: ask for less)"


@dataclass(frozen=True)
class Number:
    """A governed number as a tool returned it. `sentence`: how the platform says it; `result`: a `MetricResult` as JSON
    has it."""

    sentence: str
    result: dict[str, Any]


@dataclass
class Materials:
    """Pages and numbers have one row of numbers, from 1, which the model writes behind what rests on them."""

    hits: list[Hit] = field(default_factory=list)
    pages: dict[tuple[str, int], int] = field(default_factory=dict)  # number of (sha256, page)
    numbers: dict[int, Number] = field(default_factory=dict)

    def taken(self, output: dict[str, Any]) -> str:
        """The output as the model is shown it: with the numbers of its sources, no longer than RESULT_CHARACTERS."""
        passages = _passages(output)
        room = max(_LEAST, RESULT_CHARACTERS // max(1, len(passages)))
        for passage in passages:
            self._take(passage, room)
        if output.get("number"):
            number = Number(str(output.get("sentence") or output.get("answer")), dict(output["number"]))
            output["source"] = len(self.pages) + len(self.numbers) + 1
            self.numbers[output["source"]] = number
        text = json.dumps(output, ensure_ascii=False)
        return text if len(text) <= RESULT_CHARACTERS + 2_000 else text[:RESULT_CHARACTERS] + _CUT

    def _take(self, passage: dict[str, Any], room: int) -> None:
        if len(passage["quoted"]) > room:
            passage["quoted"] = passage["quoted"][:room]
            passage["end"] = passage["start"] + room
            if "next_start" in passage:  # what is left out is there for another call
                passage["next_start"] = passage["end"]
        key = (passage["sha256"], passage["page"])
        if key not in self.pages:
            if len(self.pages) == _PAGES:
                return
            self.pages[key] = len(self.pages) + len(self.numbers) + 1
        passage["source"] = self.pages[key]
        place = (passage["document"], passage["page"], passage["start"], passage["end"])
        self.hits.append(Hit(Chunk("", passage["sha256"], *place, ""), 0.0))


def _passages(output: Any) -> list[dict[str, Any]]:
    """Every span of a page (`tools.documents.Quoted`) in a result, in order."""
    if isinstance(output, list):
        return [found for one in output for found in _passages(one)]
    if not isinstance(output, dict):
        return []
    inside = [found for value in output.values() for found in _passages(value)]
    return [output, *inside] if {"sha256", "page", "quoted"} <= output.keys() else inside
