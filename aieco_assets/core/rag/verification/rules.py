"""Hard rules of a free sentence, each of which can be shown to a person: whatever the model of support thinks, what
turns a number, a date, a table's cell or a denial of the passages around is not said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from aieco_assets.core.knowledge.days import MONTHS
from aieco_assets.core.rag.verification.alignment import Passage
from aieco_assets.core.rag.verification.polarity import denies, saying, without_its_limit
from aieco_assets.core.rag.verification.unsupported_details import unknown_numbers
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.vocabulary import QUANTITIES
from aieco_assets.core.text.words import clean, content, normal_number, numbers, words

MOST_WORDS = 120  # of a sentence: beyond, the embedder does not read it, and nobody does
_REPEATED = 0.4  # share of different words below which a long sentence only says the same again
_POWERS = re.compile(r"\d[⁰¹²³⁴-⁹]+")
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    re.compile(rf"\b{_DAY}(?:\s+of)?[\s-]+{_MONTH}", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+{_DAY}(?!\d)", re.IGNORECASE),
)
_NUMERIC_DATE = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b|\b(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})\b")
_NUMBER = r"[$€£]?\s?\d[\d,]*(?:\.\d+)?"
_MORE = re.compile(
    rf"\b(?:more than|over|above|at least|minimum of|exceed(?:s|ed|ing)?|no(?:t)? (?:less|fewer|lower) than|"
    rf"greater than|longer than|older than|higher than)\s(?:an?\s|about\s|some\s)?({_NUMBER})"
    rf"|({_NUMBER})(?:\+|\s(?:\w+\s)?(?:or more|or over|or above|and over|and above|minimum)\b)|[>≥]\s?({_NUMBER})",
    re.IGNORECASE,
)
_LESS = re.compile(
    rf"\b(?:(?<!no )(?<!not )(?:less|fewer|lower|shorter|younger) than|under|below|at most|up to|within"
    rf"|maximum of|no(?:t)? (?:more|over|longer|later|higher|greater) than|not exceed(?:ing)?)"
    rf"\s(?:an?\s|about\s|some\s)?({_NUMBER})"
    rf"|({_NUMBER})\s(?:\w+\s)?(?:or less|or fewer|or under|or below|and under|maximum)\b|[<≤]\s?({_NUMBER})",
    re.IGNORECASE,
)


def refused(question: str, sentence: str, cited: Sequence[Passage]) -> str:
    """Why a sentence is not said, whatever else speaks for it; "" where no rule speaks against it."""
    text = " ".join(passage.text for passage in cited)
    units = [described.plain.unit for passage in cited for described in passage.units]
    same = saying(sentence, [described.plain for passage in cited for described in passage.units])
    said = words(sentence)
    if len(said) > MOST_WORDS or (len(said) > 20 and len(set(said)) < _REPEATED * len(said)):
        return "it is too long, or says the same again and again"
    if missing := unknown_numbers(sentence, text):
        return f"the number {missing[0]} is in no cited passage"
    if missing := [power for power in _POWERS.findall(sentence) if power not in text]:
        return f"the number {missing[0]} is in no cited passage"
    if missing := sorted(QUANTITIES & set(said) - {*words(text), *words(question)}):
        return f"how much {missing[0]} is, no cited passage says"
    if missing := sorted(_dates(sentence) - _dates(text)):
        return "the day {1} of month {0} is in no cited passage".format(*missing[0])
    if missing := sorted(_months(sentence) - _months(f"{text} {question}")):
        return f"the month {missing[0]} is in no cited passage"
    if turned := _turned(sentence, text):
        return f"the passages do not draw that limit at {turned}"
    if other := _of_another_row(sentence, units):
        return f"the number {other} is of another row"
    if limit := without_its_limit(sentence, same):
        return f"the passages say it with a limit: {limit}"
    if denies(sentence, same):
        return "it denies what the passages say, or says what they deny"
    return ""


def _months(text: str) -> set[int]:
    """Months by name, and of dates in figures. `may` and `march` are words, too: capitals alone tell."""
    told = {MONTHS[word.casefold()] for word in re.findall(r"\b[A-Z][a-z]+\b", text) if word.casefold() in MONTHS}
    return told | {month for month, _ in _dates(text)}


@lru_cache(maxsize=256)  # the passages of an answer are asked again for each sentence
def _dates(text: str) -> frozenset[tuple[int, int]]:
    """Month and day of each date; both readings of one in figures."""
    found = {
        (MONTHS[match["month"].casefold().rstrip(".")], int(match["day"]))
        for pattern in _DATES
        for match in pattern.finditer(text)
    }
    for match in _NUMERIC_DATE.finditer(text):
        one, other = (int(part) for part in (match[2] or match[4], match[3] or match[5]))
        found |= {(one, other), (other, one)} if match[4] else {(one, other)}
    return frozenset(found)


def _turned(sentence: str, passages: str) -> str:
    """A number that the sentence makes an upper or a lower limit and the passages do not; "" for none."""
    for pattern in (_MORE, _LESS):
        if turned := sorted(_limited(pattern, sentence) - _limited(pattern, passages)):
            return turned[0]
    return ""


@lru_cache(maxsize=512)
def _limited(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    text = clean(text)
    return frozenset(
        normal_number((match[1] or match[2] or match[3]).lstrip("$€£ ")) for match in pattern.finditer(text)
    )


def _of_another_row(sentence: str, units: Sequence[Unit]) -> str:
    """A number that stands only in rows which the sentence does not name, while it names another row; "" for none."""
    said, rows = set(content(sentence)), [unit for unit in units if unit.kind == "row"]
    if not rows:
        return ""
    elsewhere = {number for unit in units if unit.kind != "row" for number in numbers(unit.text)}
    labels = {unit.place: set(content(re.split(r"\||\t|\s{3,}", unit.text)[0])) for unit in rows}
    common = {word for unit in rows if unit.lead is None for word in content(unit.text)}
    for number in numbers(sentence):
        here = [unit for unit in rows if number in numbers(unit.text)]
        if number in elsewhere or not here or any(labels[unit.place] & said for unit in here):
            continue
        away = [unit for unit in rows if number not in numbers(unit.text) and unit.lead is not None]
        if any((label := labels[unit.place] - common) and label <= said for unit in away):
            return number
    return ""
