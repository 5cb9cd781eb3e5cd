"""Hard rules of a free sentence, each of which can be shown to a person: whatever the model of support thinks, what
turns a number, a date, a table's cell or a denial of the passages around is not said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

from aieco_assets.core.knowledge.days import MONTHS
from aieco_assets.core.rag.verification.alignment import Passage
from aieco_assets.core.rag.verification.particulars import opposites, unknown_numbers
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.vocabulary import CONDITIONS, NEGATIONS, QUANTITIES, REVERSALS
from aieco_assets.core.text.words import clean, content, negated, normal_number, numbers, words

MOST_WORDS = 120  # of a sentence: beyond, the embedder does not read it, and nobody does
_REPEATED = 0.4  # share of different words below which a long sentence only says the same again
_SAME = 0.8  # share of a sentence's words that makes a unit, or a clause of it, what the sentence repeats
_CLAUSES = re.compile(r"[,;:()]\s+|\s[–—-]\s|\s(?=(?:and|but|because|so|which|while|unless|except)\s)", re.IGNORECASE)
# What a sentence answers, or on what condition, is no denial of its own.
_ANSWERED = re.compile(r"^\W*(?:(?:yes|no)\b[,.:]?\s*|if\b[^,]*,\s*)", re.IGNORECASE)
_DENIED = "\0"
_DENIALS = NEGATIONS | (REVERSALS - CONDITIONS - {"exclude", "excludes", "excluded", "excluding"})
_FEW = 4  # words
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
    rf"\b(?:(?<!no )(?<!not )(?:less|fewer|lower|shorter|younger) than|under|below|at most|up to|within|maximum of|no(?:t)?"
    rf" (?:more|over|longer|later|higher|greater) than|not exceed(?:ing)?)\s(?:an?\s|about\s|some\s)?({_NUMBER})"
    rf"|({_NUMBER})\s(?:\w+\s)?(?:or less|or fewer|or under|or below|and under|maximum)\b|[<≤]\s?({_NUMBER})",
    re.IGNORECASE,
)


def refused(question: str, sentence: str, cited: Sequence[Passage]) -> str:
    """Why a sentence is not said, whatever else speaks for it; "" where no rule speaks against it."""
    text = " ".join(passage.text for passage in cited)
    units = [described.plain.unit for passage in cited for described in passage.units]
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
    if _denies(sentence, units):
        return "it denies what the passages say, or says what they deny"
    return ""


def _months(text: str) -> set[int]:
    """Months by name, and of dates in figures. `may` and `march` are words, too: capitals alone tell."""
    told = {MONTHS[word.casefold()] for word in re.findall(r"\b[A-Z][a-z]+\b", text) if word.casefold() in MONTHS}
    return told | {month for month, _ in _dates(text)}


def _dates(text: str) -> set[tuple[int, int]]:
    """Month and day of each date; both readings of one in figures."""
    found = {
        (MONTHS[match["month"].casefold().rstrip(".")], int(match["day"]))
        for pattern in _DATES
        for match in pattern.finditer(text)
    }
    for match in _NUMERIC_DATE.finditer(text):
        one, other = (int(part) for part in (match[2] or match[4], match[3] or match[5]))
        found |= {(one, other), (other, one)} if match[4] else {(one, other)}
    return found


def _turned(sentence: str, passages: str) -> str:
    """A number that the sentence makes an upper or a lower limit and the passages do not; "" for none."""
    for pattern in (_MORE, _LESS):
        if turned := sorted(_limited(pattern, sentence) - _limited(pattern, passages)):
            return turned[0]
    return ""


def _limited(pattern: re.Pattern[str], text: str) -> set[str]:
    text = clean(text)
    return {normal_number((match[1] or match[2] or match[3]).lstrip("$€£ ")) for match in pattern.finditer(text)}


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


def _denies(sentence: str, units: Sequence[Unit]) -> bool:
    """Whether all that says the sentence's words, in their order, says them the other way round."""
    sentence = _ANSWERED.sub("", sentence)
    said, denied, found = content(sentence), _DENIED in _with_denials(sentence), False
    if len(said) < 2:
        return False
    for part in _parts(units):
        told = _with_denials(part)
        matched = _matched(said, told)
        if sum(block.size for block in matched) >= _SAME * len(said):
            between = told[max(0, matched[0].b - 1) : matched[-1].b + matched[-1].size + 1]
            if (_DENIED in between) == denied or (denied and negated(part)):
                return False
            found = True
    return found


def under_another_lead(question: str, item: str, lead: str, units: Sequence[Unit]) -> bool:
    """Whether an item, or a fragment that states nothing alone, stands under a line that says the opposite of what the
    evidence says of it. `lead`: that line, "" where there is none and the question stands for it."""
    mine = negated(lead) or negated(item)
    for unit in units:
        over = unit.lead.text if unit.kind == "item" and unit.lead else ""
        if lead and over and opposites(lead, over):
            continue
        theirs = negated(over) or _says_denied(item, unit)
        if theirs == mine or (theirs and not lead and negated(question)):
            return False
    return bool(units)


def _says_denied(item: str, unit: Unit) -> bool:
    """Whether the part of the unit that says the item is a denial."""
    said, parts = content(item), list(_parts([unit]))
    fits = [part for part in parts if _in_order(said, content(part)) >= _SAME * len(said)]
    return negated(min(fits or parts[:1], key=len))


def only_headings(sentence: str, units: Sequence[Unit]) -> bool:
    """Whether all that says a few words are headings: they name what follows, and state nothing."""
    short = len(words(sentence)) <= _FEW and not numbers(sentence)
    return short and all(unit.kind == "heading" for unit in units)


def _with_denials(text: str) -> list[str]:
    """The stems that carry meaning, and a mark where one denies."""
    found: list[str] = []
    for word in words(text):
        found += [_DENIED] if word in _DENIALS or word.endswith("n't") else content(word)
    return found


def _matched(said: Sequence[str], told: Sequence[str]) -> list[Match]:
    """What stands in both in the same order."""
    return [one for one in SequenceMatcher(None, said, told, autojunk=False).get_matching_blocks() if one.size]


def _in_order(said: Sequence[str], told: Sequence[str]) -> int:
    return sum(one.size for one in _matched(said, told))


def _parts(units: Sequence[Unit]) -> Iterator[str]:
    for unit in units:
        text = clean(unit.text)
        yield text
        clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
        if len(clauses) > 1:
            yield from clauses
