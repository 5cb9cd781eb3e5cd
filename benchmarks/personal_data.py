"""How much personal data is found, on templates that nothing was fitted to, and what looking adds to indexing."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aieco_assets.core.governance.personal_data import PersonalDataFinder
from aieco_assets.core.governance.personal_data_documents import count_personal_data
from aieco_assets.core.governance.personal_data_kinds import KINDS, Found
from benchmarks.knowledge import _build, open_knowledge, real_documents
from benchmarks.record import Result

# presidio-research's names for what has one here. It labels no birthdays and no customer numbers.
KIND_OF = {
    "PERSON": "name",
    "STREET_ADDRESS": "address",
    "CREDIT_CARD": "card_number",
    "PHONE_NUMBER": "phone_number",
    "EMAIL_ADDRESS": "email_address",
    "IBAN_CODE": "iban",
    "US_SSN": "national_id",
    "US_DRIVER_LICENSE": "national_id",
    "IP_ADDRESS": "ip_address",
}
FITTED, KEPT_BACK = 0, 1  # halves by template: sentences of one template differ in their values alone


def finding() -> list[Result] | None:
    """Precision, recall and F2 by kind on the half that was kept back."""
    sentences = [row for folder in real_documents() for row in _labelled(folder.parent / "pii")]
    if not sentences:
        return None
    rows = []
    for kind, (precision, recall, values) in scores(sentences, KEPT_BACK).items():
        f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
        rows += [
            Result(f"{kind}: labelled values", values, "values"),
            Result("  precision", precision, "share"),
            Result("  recall", recall, "share"),
            Result("  F2", f2, "score"),
        ]
    return rows


def scores(sentences: list[dict], half: int) -> dict[str, tuple[float, float, int]]:
    """(precision, recall, labelled values) by kind. A value is found where half of its characters are, as its kind;
    what is found is right where it touches a value of its kind."""
    chosen = [row for row in sentences if row["template_id"] % 2 == half]
    finder = PersonalDataFinder()
    found = finder.find([row["full_text"] for row in chosen], KINDS)
    finder.close()
    there, hit, told, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row, values in zip(chosen, found, strict=True):
        labels = [
            Found(KIND_OF[span["entity_type"]], span["start_position"], span["end_position"])
            for span in row["spans"]
            if span["entity_type"] in KIND_OF
        ]
        for label in labels:
            there[label.kind] += 1
            hit[label.kind] += 2 * sum(_shared(label, value) for value in values) >= label.end - label.start
        for value in values:
            told[value.kind] += 1
            right[value.kind] += any(_shared(label, value) for label in labels)
    return {
        kind: (right[kind] / max(1, told[kind]), hit[kind] / there[kind], there[kind]) for kind in KINDS if there[kind]
    }


def indexing() -> list[Result]:
    """Source to published index of the real documents, or of the sample where they are not there, with and without."""
    source = str(next(iter(real_documents()), ""))
    without = together = 0.0
    with open_knowledge(source) as settings:
        without = sum(_build(settings).values())
        began = time.perf_counter()
        searched = count_personal_data(settings).searched
        together = without + time.perf_counter() - began
        began = time.perf_counter()
        count_personal_data(settings)
        again = time.perf_counter() - began
    return [
        Result("documents", searched, "documents"),
        Result("indexing without", without, "s"),
        Result("indexing with", together, "s"),
        Result("  of that without", together / without, "x", 1.5),
        Result("looked for again, nothing new", again, "s"),
    ]


def personal_data() -> list[Result]:
    return [*(finding() or []), *indexing()]


def _labelled(folder: Path) -> Iterator[dict]:
    for path in sorted(folder.glob("*.json")):
        yield from json.loads(path.read_text("utf-8"))


def _shared(label: Found, value: Found) -> int:
    return max(0, min(label.end, value.end) - max(label.start, value.start)) if label.kind == value.kind else 0
