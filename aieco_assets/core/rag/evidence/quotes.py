"""From one good sentence to what a reader must see to understand it: exact spans, and their text as it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.words import clean, words

Span = tuple[Unit, int, int]  # a unit of the page, start and end in `Page.text`
_ANAPHOR = re.compile(
    r"\W*(?:it|they|these|this|that|those|he|she|such|its|their|otherwise|however|but|also|in (?:that|this|such) case"
    r"|the (?:same|latter|former)|both|either|all of (?:these|them)|if so|if not|then)\b",
    re.IGNORECASE,
)
_LISTED = 8  # items quoted with the line that introduces them
_SHORT = 6  # an item of fewer words says nothing without the line before its list
_MARK = re.compile("[⁰¹²³⁴-⁹]+")
_LATER_BULLET = re.compile(r"\s*\n\s*(?:[•●▪◦‣∙·*+–-]\s+)")
_BULLET = re.compile(r"^\W*(?:[•●▪◦‣∙·*+–—-]\s+|#{1,6}\s+)")


def shown(spans: Sequence[Span]) -> str:
    """The quotes as they are shown, bullets and line breaks taken away; between items of a list stands a semicolon,
    headings and rows of a table stand each on a line of their own."""
    text = ""
    for unit, start, end in spans:
        quote = unit.page.text[start:end]
        if unit.kind == "heading" and len(spans) > 1 and not quote.rstrip().endswith((":", "：")):
            text += f"\n{clean(_BULLET.sub('', quote))}\n"
        elif unit.kind == "row" and quote.count("|") > quote.count("\n"):
            text += "".join(f"\n{clean(line)}" for line in quote.splitlines() if line.strip())
        else:
            text += f" {clean(_LATER_BULLET.sub(_between, _BULLET.sub('', quote)))}"
    return text.replace("\n ", "\n").strip()


def _between(bullet: re.Match[str]) -> str:
    before = bullet.string[: bullet.start()].rstrip()[-1:]
    return " " if before in ".:;,!?：；" else "; "


def begins_with_a_reference(sentence: str) -> bool:
    """Whether a sentence says `it`, `they`, `however` … of what stands before it."""
    return bool(_ANAPHOR.match(sentence))


def context(unit: Unit) -> str:
    """A unit with what makes it understandable alone: its heading and its lead, or the sentence before."""
    above = unit.heading if unit.heading is not unit.lead else None
    near = unit.lead or unit.before
    parts = [clean(above.text).rstrip(":") + ":"] if above else []
    return " ".join([*parts, *([clean(near.text)] if near else []), clean(unit.text)])


def quoted_spans(unit: Unit, units: Sequence[Unit], several: bool = False) -> tuple[Span, ...]:
    """What the reader needs to see: a list item's lead, the sentence that `they` points back to, a lead's items.

    `several`: the question asks for a list, so an item is quoted with all the others.
    """
    spans: list[Span] = []
    items = [u for u in units if u.kind == "item" and u.lead is unit.lead] if several and unit.kind == "item" else []
    if unit.lead is not None and 1 < len(items) <= _LISTED:
        spans = [(u, u.start, u.end) for u in (unit.lead, *items)]
    elif unit.lead is not None and _explains(unit.lead, unit):
        first = unit.lead.before if unit.lead.before and _ANAPHOR.match(unit.lead.text) else unit.lead
        spans = [(unit.lead, first.start, unit.lead.end), (unit, unit.start, unit.end)]
    elif unit.before is not None and _ANAPHOR.match(unit.text):
        spans = [(unit, unit.before.start, unit.end)]
    else:
        spans = [(unit, unit.start, unit.end)]
    if unit.text.rstrip().endswith((":", "：")):
        spans.extend((u, u.start, u.end) for u in [u for u in units if u.lead is unit][:_LISTED])
    spans.extend((note, note.start, note.end) for note in _notes(unit, units))
    return _joined(spans)


def shown_spans(units: Sequence[Unit]) -> tuple[Span, ...]:
    """Whole units, those that follow each other as one quote."""
    return _joined([(unit, unit.start, unit.end) for unit in units])


def _notes(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The notes of the page whose marks the unit has: they may limit what it says."""
    marks = {match.group() for match in _MARK.finditer(unit.text) if match.start() > 0}
    return (
        [u for u in units if u.page is unit.page and u is not unit and u.text.split(" ")[0] in marks] if marks else []
    )


def _explains(lead: Unit, unit: Unit) -> bool:
    if lead.kind == "row":
        return not _names_headings(lead.text, unit.text)
    return lead.text.rstrip().endswith((":", "：")) or len(words(unit.text)) < _SHORT


def _names_headings(headings: str, row: str) -> bool:
    """Whether a row says itself what its values are, as tables are written (`core.knowledge.tables`)."""
    return any(f"{heading.strip().rstrip(':')}: " in row for heading in headings.split("|") if heading.strip())


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Spans of one page with nothing but white space between them become one quote."""
    merged: list[Span] = []
    for unit, start, end in spans:
        if merged and merged[-1][0].page == unit.page and not unit.page.text[merged[-1][2] : start].strip():
            merged[-1] = (merged[-1][0], merged[-1][1], end)
        else:
            merged.append((unit, start, end))
    return tuple(merged)
