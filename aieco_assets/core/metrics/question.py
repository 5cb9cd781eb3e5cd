"""What a question asks of the warehouse: a metric, and every filter that its words name. No I/O.

Precision comes first. Nothing is left over: a word that the grammar does not know makes the question someone else's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from aieco_assets.core.metrics.comparison import compared
from aieco_assets.core.metrics.grammar import (
    AVERAGED,
    COUNTED,
    LISTED,
    OF_THOSE,
)
from aieco_assets.core.metrics.parsed_question import Asked, Having
from aieco_assets.core.metrics.periods import find_period
from aieco_assets.core.metrics.phrases import (
    A_TIME,
    ADVERB,
    AVERAGE,
    BY,
    BY_WORD,
    NON,
    NOT_WEEKDAYS,
    ON_WEEKDAYS,
    ONE_COUNTRY,
    ONE_WEEKDAY,
    OWNER,
    PLACE,
    STORE,
    WEEKDAYS,
    WITHOUT,
    WITHOUT_WORDS,
)
from aieco_assets.core.metrics.predicted import predicted
from aieco_assets.core.metrics.sentence_patterns import grouped_by, squeezed, worded
from aieco_assets.core.metrics.statements import GROUPINGS, TIMES
from aieco_assets.core.metrics.synonyms import plain_words
from aieco_assets.core.metrics.thresholds import ENTITY_OF, find_having

LONGEST = 300
_ASKING = "(?:can|could|would) you (?:please )?(?=tell|show|give|list)"
_POLITE = re.compile(rf"^(?:(?:please|and|so|hi|hello) )*(?:{_ASKING})?(?:tell (?:me|us) )?")


def parse(question: str) -> Asked | None:
    """The metric question that the text is from its first to its last word, else None. Never raises."""
    text = normalised(question)
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    text = plain_words(text)
    found = predicted(text) or plain(text)
    if found and not (found.place or found.item or found.without_words):
        return found
    return compared(text, plain) or found


@lru_cache(maxsize=64)  # a comparison asks for the same rest more than once
def plain(text: str) -> Asked | None:
    """A question for one number, or its groups, in the words of the grammar."""
    found = _cut_and_worded(text, Asked(""))
    loose = found is not None and not {*found.groups} <= {*GROUPINGS}  # `by day on average`
    if (found is None or loose) and (match := AVERAGE.search(text)):
        rest = A_TIME.sub(lambda time: f"per {time['group']}", f"{text[: match.start()]} {text[match.end() :]}")
        found = _cut_and_worded(squeezed(rest), Asked(""))
        ordered = found is not None and (found.second or found.order != "key" or found.metric not in AVERAGED)
        if found is None or ordered or found.group not in (*TIMES, "country", "category", "store"):
            return None
        found = replace(found, how="average", firm=True)
    return found


def _cut_and_worded(text: str, asked: Asked) -> Asked | None:
    days, text = _weekdays(text)
    without, text = _cut(WITHOUT, text)
    if not without:
        without, text = _cut(NON, text)
    places, text = _cut(PLACE, text)
    if not places:
        places, text = _cut(OWNER, text)
    store, text = _cut(STORE, text)
    period, text = find_period(squeezed(text))
    having, text = find_having(squeezed(text))
    words, text = ("", text) if without else _cut(WITHOUT_WORDS, squeezed(text))
    if having and not having.measure:
        return None
    asked = replace(
        asked,
        places=_names(places),
        without=_names(without),
        without_words=words,
        weekdays=days,
        store=store.removeprefix("#"),
        period=period,
        having=having,
    )
    text = squeezed(text)
    if having and (found := _with_having(text, asked, having)):
        return found
    for pattern in (BY, ADVERB, BY_WORD):
        match = pattern.search(text)
        if match:
            found = worded(squeezed(f"{text[: match.start()]} {text[match.end() :]}"), grouped_by(asked, match))
            if found:
                return found
    return worded(text, asked)


def _with_having(text: str, asked: Asked, having: Having) -> Asked | None:
    """`which customers` (who placed more than five orders), `revenue from orders` (over £100)."""
    if match := LISTED.fullmatch(text):
        group = ENTITY_OF.get(match["group"], match["group"])
        return None if group != having.of else replace(asked, metric=having.measure, group=group, order="most", top=0)
    if match := OF_THOSE.fullmatch(text):
        return worded(match["rest"], asked)
    if match := COUNTED.fullmatch(text):
        metric = {"item": "different_items", "country": "countries"}.get(having.of, "")
        return replace(asked, metric=metric) if metric and ENTITY_OF.get(match["group"]) == having.of else None
    return None


def _weekdays(text: str) -> tuple[tuple[int, ...], str]:
    left_out = NOT_WEEKDAYS.search(text)
    match = left_out or ON_WEEKDAYS.search(text)
    if not match:
        return (), text
    said = next(one for one in match.groups() if one)
    days = {day for name in ONE_WEEKDAY.findall(said) for day in WEEKDAYS[name]}
    days = {*range(1, 8)} - days if left_out else days
    return tuple(sorted(days)), squeezed(f"{text[: match.start()]} {text[match.end() :]}")


def _names(places: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.group().removeprefix("the ") for match in ONE_COUNTRY.finditer(places)))


def normalised(question: str) -> str:
    """Lower case, one space between words, without quotation marks, commas, a last mark and polite beginnings."""
    text = unicodedata.normalize("NFKC", question).replace("’", "'")
    if not text.isupper():
        text = re.sub(r"\bU\.?S\.?(?:A\b\.?)?(?![\w.])", "usa", text)  # `us` is most often a pronoun
    text = re.sub(r"\b(?:[a-z]\.){2,}", lambda match: match.group().replace(".", ""), text.casefold())
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"[\"“”„«»,]|(?<=\w)[:;](?= )", " ", re.sub("[‐‑–—]", "-", text))
    text = squeezed(re.sub(r"[\s?!.]+$", "", text))
    return _POLITE.sub("", text).removesuffix(" please")


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """The one named group of the first match, and the text without the match."""
    match = pattern.search(text)
    if not match:
        return "", text
    (found,) = match.groupdict().values()
    return found, f"{text[: match.start()]} {text[match.end() :]}"
