"""Follow-ups of questions for a number: `in March`, `and the month before?`, `How many orders was that?` No I/O.

What a follow-up names takes the place of its like in the question before. The outcome is a question in words, and one
only if it is read as exactly what was meant: no figure can lose a word on the way.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace

from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.periods import find_period
from aieco_assets.core.metrics.phrase_patterns import metric_of
from aieco_assets.core.metrics.question import normalised, parse
from aieco_assets.core.metrics.question_words import ASKED_FOR, in_words

_ITEM_WORDS = 8
_FILTERS = ("places", "store", "place", "is_named", "item", "period", "group", "second", "order", "top")
_KNOWN = {"metric", "firm", *_FILTERS}
_OPENING = re.compile(
    r"^(?:(?:and|but|so|then|also|or|ok(?:ay)?|now|only|just|what about|how about|show (?:me|us)?|the same"
    r"|same|(?:can you )?(?:split|break) (?:it|that|them) (?:down|up)?|(?:make|give) (?:it|that|them)) )+"
)
_CLOSING = re.compile(r"(?: (?:then|too|as well|also|instead|please|exactly|alone|only|again))+$")
_THAT = re.compile(r" (?:was|is|were|are|does|did) (?:that|this|it|those|these|they)(?: (?:make|mean|come to))?$")
_SHIFT = re.compile(
    r"(?:(?:in|for|during) )?(?:the )?(?:(?P<unit>month|quarter|year|week|day) (?P<way>before|after|earlier|later)"
    r"|(?P<way2>previous|preceding|next|following) (?P<unit2>month|quarter|year|week|day))(?: that)?"
)
_AGO = re.compile(r"(?:a|one) (?P<unit>month|quarter|year|week) (?P<way>before|earlier|later)(?: that)?")
_RANK = re.compile(
    r"(?:the )?(?P<order>top|bottom|best|worst|most|least|highest|lowest|fewest|largest|smallest)"
    r"(?: (?P<top>\d{1,2}))?(?: (?P<noun>[a-z -]{2,40}))?"
)
_TOTAL = re.compile(r"(?:in total|in all|altogether|overall|the total|total|all together)")
_FULL = re.compile(r"(?:what|which|who|how(?! m)|when|where|why|do|does|did|is|are|was|were|can|show|give|tell|list) ")
_ASKS = re.compile(r"\b(?:how|what|which|who|when|where|why|is|are|was|were|do|does|did|can|not)\b")


def completed_metric(question: str, before: str) -> str | None:
    """The question for a number that a follow-up means; None when it asks for something else.

    `before`: the question for a number that was asked before it. One that a document may answer as well is none: its
    follow-up is left to whoever follows it word by word.
    """
    base, said = parse(before), _left(question)
    if base is None or not base.firm or not said or not _is_plain(base):
        return None
    text = " ".join(question.casefold().split())
    if not (_OPENING.match(text) or _THAT.search(said)) and (parse(question) or _FULL.match(text)):  # nothing left out
        return None
    named = bool(re.search(r"(?<=\w )[A-Z]", question))
    for merged in (
        _shifted(said, base),
        _ranked(said, base),
        _without_groups(said, base),
        _filtered(said, base, named),
        _measured(said, base),
        _of_item(said, base),
    ):
        if merged is not None and (text := in_words(merged)):
            return text
    return None


def names_metric(question: str) -> bool:
    """Whether a follow-up names a metric: it then follows a question for a number, whatever was asked in between."""
    said = _THAT.sub("", _left(question))
    return bool(said) and any(parse(words) for words in (f"{said} in 2000", f"our {said} in 2000"))


def _left(question: str) -> str:
    """The question without the words in front and behind that only join it to the one before."""
    return _CLOSING.sub("", _OPENING.sub("", normalised(question)))


def _is_plain(asked: Asked) -> bool:
    """Whether it holds nothing that can't be put into words again here."""
    return (
        all(field.name in _KNOWN or getattr(asked, field.name) == field.default for field in fields(asked))
        and asked.metric in ASKED_FOR
    )


def _shifted(said: str, base: Asked) -> Asked | None:
    """The same for the month before, the year after, or the like, of the period that was asked for."""
    match = _SHIFT.fullmatch(said) or _AGO.fullmatch(said)
    if not match or base.period is None:
        return None
    found = match.groupdict()
    unit = found["unit"] or found["unit2"]
    way = "after" if (found["way"] or found["way2"]) in ("after", "later", "next", "following") else "before"
    inner = re.sub(r"^(?:in|during|for|on|over|of|throughout|within|from) ", "", base.period.said)
    period, rest = find_period(f"in the {unit} {way} {inner}")
    return replace(base, period=period) if period and not rest.strip() else None


def _ranked(said: str, base: Asked) -> Asked | None:
    """Another number of groups, or the groups that are first by something else: `top 3`, `and the most revenue?`"""
    match = _RANK.fullmatch(said)
    if not match or not base.group or base.second:
        return None
    order = "least" if match["order"] in ("bottom", "least", "lowest", "fewest", "worst", "smallest") else "most"
    metric = metric_of(match["noun"]) if match["noun"] else base.metric
    top = int(match["top"] or 0) or base.top or 10
    return replace(base, metric=metric, order=order, top=top) if metric else None


def _without_groups(said: str, base: Asked) -> Asked | None:
    return replace(base, group="", second="", order="key", top=0) if base.group and _TOTAL.fullmatch(said) else None


def _filtered(said: str, base: Asked, named: bool) -> Asked | None:
    """The same with the countries, the period, or the groups that the follow-up names.

    `named`: it has a name in it, so words that the grammar does not know may be a place.
    """
    for words in (f"how many orders {said}", f"how many orders in {said}", f"how many orders for {said}"):
        found = parse(words)
        if found and _is_plain(found) and not found.item and (not found.place or (named and said.startswith("in "))):
            return _merged(base, _in_year(found, base))
    return None


def _of_item(said: str, base: Asked) -> Asked | None:
    """The same for another item, which only the warehouse may know."""
    if not base.item or len(said.split()) > _ITEM_WORDS or _ASKS.search(said):
        return None
    return replace(base, item=re.sub(r"^(?:for|of) ", "", said))


def _in_year(found: Asked, base: Asked) -> Asked:
    """A month without its year is one of the year that was asked for."""
    year = re.search(r"\b(?:19|20)\d\d$", base.period.said) if base.period else None
    if found.period is None or year is None or found.period.relative or re.search(r"\d", found.period.said):
        return found
    period, rest = find_period(f"{found.period.said} {year.group()}")
    return replace(found, period=period) if period and not rest.strip() else found


def _merged(base: Asked, found: Asked) -> Asked:
    """`base` with the filters of `found` in the place of its own of the same kind."""
    given = {name for name in _FILTERS if getattr(found, name) != getattr(Asked(""), name)}
    if given & {"places", "place", "store"}:
        given |= {"places", "place", "store", "is_named"}
        base = replace(base, group="", second="") if base.group in ("country", "store") else base
    if given & {"group", "top"}:
        given |= {"group", "second", "order", "top"}
    return replace(base, **{name: getattr(found, name) for name in given})


def _measured(said: str, base: Asked) -> Asked | None:
    """Another metric with the filters of before, beside those that the follow-up names itself."""
    said = _THAT.sub("", said)
    our = f"our {re.sub('^how (?:much|many) ', '', said)}"
    for words in (said, our, f"{said} in 2000", f"{our} in 2000"):
        found = parse(words)
        if found is None or not _is_plain(found) or found.item or found.place:
            continue
        if words.endswith(" in 2000"):  # some ask for a number only where a period says so
            found = replace(found, period=None)
        return _merged(replace(base, metric=found.metric), replace(found, metric=base.metric))
    return None
