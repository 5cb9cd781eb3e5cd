"""Evidence of several things: both sides of a comparison, the rows in which they differ, each of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.alternatives import alternatives, choices
from aieco_assets.core.rag.evidence.late_interaction import Asked
from aieco_assets.core.rag.evidence.quotes import quoted_spans, shown_spans
from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.rag.evidence.selection import choose
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.retrieval import Placed
from aieco_assets.core.rag.understanding.comparison import Comparison, comparison
from aieco_assets.core.rag.understanding.understood import Understood
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.words import clean, content

_ROWS = 8  # of a comparing table
_EACH = 3  # quotes of a question for each of several
_ASKED = 300  # characters of a question that a document asks and answers
_NUMBERED = re.compile(r"^\W*(?:[^\W_]{1,10}(?: \d{1,4})?[:.)]\s)?\W*")  # what stands before it: `## 3.`, `Q:`
_LOOKED_AT = 6  # of the best
_CROSSES = "-–—−✗✘✖✕❌☒⨯×x\\ufe0f"
_NOT_THERE = re.compile(  # a whole cell: `not only by phone` and `no limit` deny nothing
    r"[\s().]*(?:(?:no|none|never|not|n/?a|nil|without|excluded|nein|keine?|nicht)"
    r"(?:\s+(?:yet\s+)?(?:included|available|covered|contained|offered|provided|supported|possible|applicable"
    r"|enthalten|verfügbar|möglich|inbegriffen))?"
    rf"|[{_CROSSES}]+)[\s().]*",
    re.IGNORECASE,
)
_OF_EACH = re.compile(
    r"\b(?:each|every|both|either)\b|\ball (?:of )?(?:the |our )?(?:two|three|four|\d)\b|\brespective(?:ly)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Worth:
    """What is worth quoting. `choices`: where it says different things, the places to choose from."""

    quoted: list[Evidence]
    choices: tuple[Citation, ...] = ()


def worth_quoting(
    asked: Understood,
    found: Sequence[Sequence[Evidence]],
    placed: Sequence[Placed],
    descriptions: Descriptions,
    policy: Policy,
) -> Worth:
    """Of the evidence for each thing that is asked (`select`), what answers; empty where nothing surely does."""
    if asked.compared:
        return Worth(compared(asked.compared, found, placed, descriptions, policy))
    whole = asked.questions[0]
    chosen = choose(found, policy, is_open=not whole.cue.kind and not whole.yes_or_no)
    if not chosen or len(found) > 1:
        return Worth(chosen)
    if several := of_each(whole, found[0], placed, descriptions):
        return Worth(several)
    if otherwise := alternatives(whole, found[0], descriptions):
        return Worth(otherwise, choices(otherwise))
    return Worth(chosen)


def compared(
    asked: Comparison,
    found: Sequence[Sequence[Evidence]],
    placed: Sequence[Placed],
    descriptions: Descriptions,
    policy: Policy,
) -> list[Evidence]:
    """The rows of a table that has both things as columns, and differs in them; else what stands below the same
    comparison; else what surely answers the question of each side, of a place that speaks of this side. Empty where
    only one side is answered: half is no comparison.

    A row counts where it, or what stands around it, speaks of what alone is compared, and of what both sides are:
    monthly and annual prices tell nothing of monthly and annual leave.
    `found`: the evidence of the whole question, as `select` gives it for its parts.
    """
    one, other = _telling(asked)
    if not one or not other:
        return []
    said = asked.about | frozenset(content(asked.sides[0])) & frozenset(content(asked.sides[1]))
    near = [p.unit for p in placed if p.unit.kind == "row" and said <= descriptions.plain(p.unit).near]
    if rows := _differing(asked.lacking, one, other, near):
        best = max((evidence[0].sure for evidence in found if evidence), default=0.0)
        return [Evidence(rows[0], shown_spans(rows), 0.0, max(best, policy.sure))]
    if posed := _posed(asked, placed, descriptions):
        return [Evidence(posed, quoted_spans(posed, [p.unit for p in placed]), 0.0, policy.sure)]
    chosen = []
    for mine, theirs, evidence in zip((one, other), (other, one), found, strict=False):
        for item in evidence[:_LOOKED_AT]:
            near = descriptions.plain(item.unit).near
            if item.unit.kind == "heading":  # names a side and says nothing of it
                continue
            if item.sure >= policy.sure and mine <= near and not theirs <= near:
                chosen.append(item)
                break
    return chosen if len(chosen) == len(found) == 2 else []


def of_each(
    question: Asked, evidence: Sequence[Evidence], placed: Sequence[Placed], descriptions: Descriptions
) -> list[Evidence]:
    """With the best evidence of a question for each of several things what the other rows of its table, else other
    documents say of the same, or the same document of another thing that the question names; empty for any other
    question, and where nothing else does."""
    best = list(evidence[:1])
    if not best or not _OF_EACH.search(question.text):
        return []
    about = set(question.terms) & descriptions.plain(best[0].unit).own
    rows = _rows_alike(best[0].unit, about, placed, descriptions)
    if 1 < len(rows) <= _ROWS:
        return [replace(best[0], spans=shown_spans(rows))]
    for item in evidence[1:_LOOKED_AT]:
        elsewhere = all(item.unit.page.document != one.unit.page.document for one in best)
        own = descriptions.plain(item.unit).own
        named = frozenset(question.terms).intersection(own).difference(*(descriptions.plain(b.unit).own for b in best))
        shared = about & own
        same = 3 * len(shared) >= 2 * len(about) > 0 and question.cue.met(item.text)
        another = shared and len(shared | named) >= len(about) and named and question.cue.met(item.text)
        if ((elsewhere and same) or another) and len(best) < _EACH:
            best.append(item)
    return best if len(best) > 1 else []


def _rows_alike(row: Unit, about: set[str], placed: Sequence[Placed], descriptions: Descriptions) -> list[Unit]:
    """The rows of a row's table that have the same words of the question, itself included."""
    if row.kind != "row" or not about:
        return []
    table = [p.unit for p in placed if p.unit.kind == "row" and p.unit.page == row.page and p.unit.lead is row.lead]
    return sorted((one for one in table if about <= descriptions.plain(one).own), key=lambda one: one.start)


def _posed(asked: Comparison, placed: Sequence[Placed], descriptions: Descriptions) -> Unit | None:
    """What a document says right below the same comparison, as a list of questions and answers does."""
    one, other = _telling(asked)
    for unit in (p.unit for p in placed if p.unit.kind != "heading" and not p.unit.text.rstrip().endswith("?")):
        plain = descriptions.plain(unit)
        if not one | other <= plain.around or not plain.own & (one | other):
            continue
        for above in (unit.before, unit.lead, unit.heading):
            posed = comparison(_NUMBERED.sub("", clean(above.text))) if above and len(above.text) < _ASKED else None
            alike = posed and posed.lacking == asked.lacking and posed.about == asked.about
            if posed and alike and {one, other} == set(_telling(posed)):
                return unit
    return None


def _telling(asked: Comparison) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that tell one side from the other."""
    one, other = (frozenset(content(side)) for side in asked.sides)
    return one - other, other - one


def _differing(lacking: bool, one: frozenset[str], other: frozenset[str], rows: Sequence[Unit]) -> list[Unit]:
    """The rows of the first table that has both columns. `lacking`: only those that the second column denies."""
    tables: dict[tuple[str, int, tuple[str, ...]], list[Unit]] = {}
    for row in rows:
        cells = _cells(row.text)
        mine, theirs = _column(cells, one), _column(cells, other)
        if mine is None or theirs is None or mine.casefold() == theirs.casefold():
            continue
        if not lacking or (_NOT_THERE.fullmatch(theirs) and not _NOT_THERE.fullmatch(mine)):
            tables.setdefault((row.page.sha256, row.page.page, tuple(cells)), []).append(row)
    found = next(iter(tables.values()), [])
    return sorted(found, key=lambda row: row.start)[:_ROWS]


def _cells(row: str) -> dict[str, str]:
    """Values by heading, as tables are written (`core.knowledge.tables`)."""
    parts = [part.partition(":") for part in row.split("|")]
    return {name.strip(): value.strip() for name, colon, value in parts if colon}


def _column(cells: dict[str, str], side: frozenset[str]) -> str | None:
    named = [value for name, value in cells.items() if side <= set(content(name))]
    return named[0] if len(named) == 1 else None
