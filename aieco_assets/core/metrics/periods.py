"""Periods as people write them, as days. Relative ones count back from the latest day with data, not from today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Protocol

from aieco_assets.core.metrics.date_expressions import (
    DAY,
    MOMENT,
    MONTH,
    PART_OF_YEAR,
    YEAR,
    back,
    edge,
    moment,
    months,
)
from aieco_assets.core.metrics.period_shift import next_to

_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_SMALL = (*("one", "two", "three", "four", "five", "six"), *("seven", "eight", "nine", "ten", "eleven", "twelve"))

_IN = r"(?:in|during|for|on|over|of|throughout|within|from|across)"
_THE_YEAR = r"(?:the (?:whole |entire |calendar |full )?(?:year|month)(?: of)? )?"
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_SMALL)})"
_UNIT = r"(?:day|week|month|quarter|year)"

Days = tuple[date | None, date | None]  # None: as far as the data goes


class _Reading(Protocol):
    def __call__(self, latest: date, first: date | None = None) -> Days: ...


@dataclass(frozen=True)
class Period:
    """`said`: the words of the question; `days`: first and last day, given the latest (and first) day with data."""

    said: str
    relative: bool
    days: _Reading


def find_period(text: str) -> tuple[Period | None, str]:
    """The first period of a normalised question, and the question without it. A date that does not exist is none."""
    for pattern, relative, days in _RULES:
        if match := pattern.search(text):
            period = _period(match, relative, days)
            return (period, f"{text[: match.start()]} {text[match.end() :]}") if period else (None, text)
    return None, text


def whole_period(text: str) -> Period | None:
    """The period that a text is from end to end."""
    for pattern, relative, days in _RULES:
        if match := pattern.fullmatch(text):
            return _period(match, relative, days)
    return None


def _period(match: re.Match[str], relative: bool, days: Callable[..., Days]) -> Period | None:
    period = Period(match.group().strip(), relative, partial(days, match.groupdict()))
    try:
        period.days(date(2011, 12, 9))
    except (ValueError, OverflowError):  # no such day, or beyond the calendar
        return None
    return period


def _within(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    return moment(found["a"], latest, first=first)


def _on(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`on Dec 10` is a day, whatever the year 2010 has."""
    return moment(found["a"], latest, first=date.max)


def _between(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    end = moment(found["b"], latest, first=first)[1]
    start = moment(found["a"], latest, end.year, first)[0]
    if re.search(r" \d\d$", found["a"]) and re.search(r" \d\d$", found["b"]):  # Oct 24 to Dec 24: of one kind
        start = moment(found["a"], latest, first=first)[0]
    if start > end and not re.search(r"\d{4}|'\d", found["a"]):  # from November to February 2011
        start = moment(found["a"], latest, end.year - 1, first)[0]
    if start > end:
        raise ValueError("ends before it begins")
    return start, end


def _days_of_month(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`from 1 to 15 March`."""
    start, end = (moment(f"{found[side]} {found['month']}", latest, first=date.max)[0] for side in "ab")
    if start > end:
        raise ValueError("ends before it begins")
    return start, end


def _edge(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`first three months of 2025`."""
    which = "first" if found["which"] in ("first", "1st") else "last"
    number = _number(found.get("n"))
    return edge(moment(found["a"], latest, first=first), which, number, found["unit"])


def _since(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    return moment(found["a"], latest, first=first)[0], None


def _until(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    return None, moment(found["a"], latest, first=first)[1]


def _before(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    return None, moment(found["a"], latest, first=first)[0] - timedelta(1)


def _after(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    return moment(found["a"], latest, first=first)[1] + timedelta(1), None


def _number(word: str | None) -> int:
    return _SMALL.index(word) + 1 if word in _SMALL else int(word or 1)


def _rolling(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`past 3 months`: ends on the latest day."""
    number = _number(found.get("n"))
    if number == 0:
        raise ValueError("no days at all")
    if days := {"day": 1, "week": 7}.get(found["unit"]):
        return latest - timedelta(days * number - 1), latest
    return back(latest, _MONTHS_OF[found["unit"]] * number) + timedelta(1), latest


def _calendar(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`last month`, `this year`, `two months ago`: whole ones of the calendar; this one up to the latest day."""
    unit = found["unit"]
    this = found.get("which") in ("this", "the current", "current")
    ago = _number(found.get("ago")) if found.get("ago") else 0 if this else 1
    if unit == "day":
        day = latest - timedelta(ago)
        return day, day
    if unit == "week":
        monday = latest - timedelta(latest.weekday() + 7 * ago)
        return monday, monday + timedelta(6)
    size = _MONTHS_OF[unit]
    month = (latest.month - 1) // size * size + 1
    start = back(date(latest.year, month, 1), size * ago)
    return months(start.year, start.month, size)


def _day(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    day = latest - timedelta(found["day"] == "yesterday")
    return day, day


def _beside(found: dict[str, str], latest: date, first: date | None = None) -> Days:
    """`the month before March`, `the year after the month before last month`: a shift of what is named last."""
    period, rest = find_period(f"in {found['inner']}")
    begin, last = period.days(latest, first) if period and not rest.strip() else (None, None)
    if begin is None or last is None:
        raise ValueError("next to nothing")
    for unit, way in reversed(re.findall(rf"({_UNIT}) (before|after)", found["steps"])):
        begin, last = next_to(begin, last, unit, 1 if way == "after" else -1)
    return begin, last


def _year_to_date(_: dict[str, str], latest: date, first: date | None = None) -> Days:
    return date(latest.year, 1, 1), latest


def _everything(_: dict[str, str], __: date, first: date | None = None) -> Days:
    return None, None


_A, _B = rf"(?P<a>{MOMENT})", rf"(?P<b>{MOMENT})"
_D1, _D2 = rf"(?:the )?(?P<a>{DAY})", rf"(?:the )?(?P<b>{DAY})"
_OF_MONTH = rf"(?:of )?(?P<month>{MONTH}(?: {YEAR})?)"
_THE_START = "(?:the (?:start|beginning) of )?"
_FROM_ON = "(?:on|onwards|until now|till now|until today)"
_THIS = "(?P<which>this|current|the current)"
_EDGE = rf"(?:the )?(?P<which>first|1st|last|final) (?:(?P<n>{_NUMBER}) )?(?P<unit>day|week|month|quarter)s?"
_NAMED = rf"(?:{MOMENT}|(?:the )?(?:last|this|previous|current) {_UNIT})"
_EVER = "so far|to date|in total|in all|overall|altogether|ever|(?:of )?all time|since the beginning"
# The first that fits anywhere is taken, so the longer wordings come first.
_RULES: list[tuple[re.Pattern[str], bool, Callable[..., Days]]] = [
    (re.compile(rf"(?<![\w/.-]){pattern}(?![\w/-]|[.,]\d)(?:'s)?"), relative, days)
    for pattern, relative, days in (
        (rf"(?:{_IN} )?(?P<steps>(?:the {_UNIT} (?:before|after) )+)(?P<inner>{_NAMED})", False, _beside),
        (rf"(?:between|from) {_D1} (?:and|to|until|till|through) {_D2} {_OF_MONTH}", False, _days_of_month),
        (rf"(?:{_IN} )?{_D1} ?(?:-|to) ?{_D2} {_OF_MONTH}", False, _days_of_month),
        (rf"between {_A} and {_B}", False, _between),
        (rf"(?:{_IN} )?{_A} (?:to|until|till|through|thru|up to) (?:the end of )?{_B}", False, _between),
        (rf"(?:{_IN} )?{_A} ?- ?{_B}", False, _between),
        (rf"(?:{_IN} )?{_EDGE} (?:of|in) {_A}", False, _edge),
        (rf"(?:since|from) {_THE_START}{_A} {_FROM_ON}", False, _since),
        (r"since (?:the )?(?:start|beginning) of (?:the|this) year", True, _year_to_date),
        (rf"since {_THE_START}{_A}", False, _since),
        (rf"(?:until|till|up to|through) (?:the end of )?{_A}", False, _until),
        (rf"before {_A}", False, _before),
        (rf"after {_A}", False, _after),
        (rf"(?:{_IN} )?(?P<a>{PART_OF_YEAR})", False, _within),
        (rf"(?:{_IN} )?(?:the |our )?(?:past|last|previous) (?P<n>{_NUMBER}) (?P<unit>{_UNIT})s?", True, _rolling),
        (rf"(?:{_IN} )?(?:the )?past (?P<unit>{_UNIT})", True, _rolling),
        (rf"(?:so far )?(?:{_IN} )?{_THIS} (?P<unit>{_UNIT})(?: so far| to date)?", True, _calendar),
        (rf"(?:{_IN} )?(?:the )?(?P<which>last|previous) (?:calendar )?(?P<unit>{_UNIT})(?! half)", True, _calendar),
        (rf"(?P<ago>{_NUMBER}) (?P<unit>day|week|month|quarter|year)s ago", True, _calendar),
        (r"(?P<day>today|yesterday)", True, _day),
        (r"(?:year to date|ytd)", True, _year_to_date),
        (rf"on (?P<a>{MONTH} {DAY})(?! {YEAR})", False, _on),
        (rf"{_IN} {_THE_YEAR}{_A}", False, _within),
        (rf"(?P<a>{MOMENT}(?<=\d))", False, _within),  # a month alone may be a word
        (f"(?:{_EVER})", False, _everything),
    )
]
