"""Periods as people write them, as days. Relative ones count back from the latest day with data, not from today."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from aieco_assets.core.metrics.period_shift import next_to

_MONTHS = (
    *("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug"),
    *("september|sept|sep", "october|oct", "november|nov", "december|dec"),
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}
_QUARTERS = ("first", "second", "third", "fourth")
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_SMALL = (*("one", "two", "three", "four", "five", "six"), *("seven", "eight", "nine", "ten", "eleven", "twelve"))

_YEAR = r"(?:19|20)\d\d"
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_QUARTER = rf"(?:q[1-4]|(?:{'|'.join(_QUARTERS)}) quarter)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
# A day, a month with or without its year, a quarter, a year.
_MOMENT = (
    rf"(?:{_YEAR}-\d\d-\d\d|(?:the )?{_DAY} (?:of )?{_MONTH} {_YEAR}|{_MONTH} {_DAY} {_YEAR}"
    rf"|{_MONTH}(?: (?:of )?{_YEAR})?|{_YEAR}-\d\d|(?:the )?{_QUARTER} (?:of |in )?{_YEAR}"
    rf"|{_YEAR})"
)
_IN = r"(?:in|during|for|on|over|of|throughout|within|from)"
_THE_YEAR = r"(?:the (?:whole |entire |calendar )?(?:year|month)(?: of)? )?"
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_SMALL)})"
_UNIT = r"(?:day|week|month|quarter|year)"

Days = tuple[date | None, date | None]  # None: as far as the data goes


@dataclass(frozen=True)
class Period:
    """`said`: the words of the question; `days`: first and last day, given the latest day with data."""

    said: str
    relative: bool
    days: Callable[[date], Days]


def find_period(text: str) -> tuple[Period | None, str]:
    """The first period of a normalised question, and the question without it. A date that does not exist is none."""
    for pattern, relative, days in _RULES:
        match = pattern.search(text)
        if not match:
            continue
        period = Period(match.group().strip(), relative, partial(days, match.groupdict()))
        try:
            period.days(date(2011, 12, 9))
        except ValueError:
            return None, text
        return period, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def _moment(text: str, latest: date, year: int | None = None) -> tuple[date, date]:
    """First and last day. A month without a year is the latest that has begun. Raises ValueError for no such day."""
    words = re.sub(r"\b(?:the|of|in)\b", "", text).split()
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return _one(date(*numbers))
    if re.fullmatch(r"\d{4}-\d\d", text):
        return _months(numbers[0], numbers[1], 1)
    if re.fullmatch(r"\d{4}", text):
        return _months(numbers[0], 1, 12)
    if "quarter" in words or words[0][0] == "q":
        quarter = _QUARTERS.index(words[0]) + 1 if words[0] in _QUARTERS else int(words[0][1])
        return _months(numbers[-1], 3 * quarter - 2, 3)
    (month,) = [_MONTH_NUMBER[word] for word in words if word in _MONTH_NUMBER]
    if len(numbers) == 2:
        return _one(date(numbers[1], month, numbers[0]))
    if numbers:
        return _months(numbers[0], month, 1)
    return _months(year or (latest.year if month <= latest.month else latest.year - 1), month, 1)


def _one(day: date) -> tuple[date, date]:
    return day, day


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """`count` months from the first of `month`. Raises ValueError when there is no such month."""
    first = date(year, month, 1)
    years, last = divmod(month + count - 2, 12)
    return first, date(year + years, last + 1, monthrange(year + years, last + 1)[1])


def _back(day: date, months: int) -> date:
    """The same day `months` earlier, or the last one of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    years = max(years, 1)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def _within(found: dict[str, str], latest: date) -> Days:
    return _moment(found["a"], latest)


def _between(found: dict[str, str], latest: date) -> Days:
    last = _moment(found["b"], latest)[1]
    first = _moment(found["a"], latest, last.year)[0]
    if first > last and not re.search(r"\d", found["a"]):  # from November to February 2011
        first = _moment(found["a"], latest, last.year - 1)[0]
    if first > last:
        raise ValueError("ends before it begins")
    return first, last


def _since(found: dict[str, str], latest: date) -> Days:
    return _moment(found["a"], latest)[0], None


def _until(found: dict[str, str], latest: date) -> Days:
    return None, _moment(found["a"], latest)[1]


def _before(found: dict[str, str], latest: date) -> Days:
    return None, _moment(found["a"], latest)[0] - timedelta(1)


def _after(found: dict[str, str], latest: date) -> Days:
    return _moment(found["a"], latest)[1] + timedelta(1), None


def _rolling(found: dict[str, str], latest: date) -> Days:
    """`past 3 months`: ends on the latest day."""
    word = found.get("n") or "1"
    number = _SMALL.index(word) + 1 if word in _SMALL else int(word)
    if number == 0:
        raise ValueError("no days at all")
    if days := {"day": 1, "week": 7}.get(found["unit"]):
        return latest - timedelta(days * number - 1), latest
    return _back(latest, _MONTHS_OF[found["unit"]] * number) + timedelta(1), latest


def _calendar(found: dict[str, str], latest: date) -> Days:
    """`last month`, `this year`: whole ones of the calendar; this one up to the latest day."""
    unit, ago = found["unit"], 0 if found["which"] in ("this", "the current", "current") else 1
    if unit == "day":
        return _one(latest - timedelta(ago))
    if unit == "week":
        monday = latest - timedelta(latest.weekday() + 7 * ago)
        return monday, monday + timedelta(6)
    size = _MONTHS_OF[unit]
    month = (latest.month - 1) // size * size + 1
    start = _back(date(latest.year, month, 1), size * ago)
    return _months(start.year, start.month, size)


def _beside(found: dict[str, str], latest: date) -> Days:
    """`the month before March`, `the year after the month before last month`: a shift of what is named last."""
    period, rest = find_period(f"in {found['inner']}")
    days = period.days(latest) if period and not rest.strip() else (None, None)
    first, last = days
    if first is None or last is None:
        raise ValueError("next to nothing")
    for unit, way in reversed(re.findall(rf"({_UNIT}) (before|after)", found["steps"])):
        first, last = next_to(first, last, unit, 1 if way == "after" else -1)
    return first, last


def _day(found: dict[str, str], latest: date) -> Days:
    return _one(latest - timedelta(found["day"] == "yesterday"))


def _year_to_date(_: dict[str, str], latest: date) -> Days:
    return date(latest.year, 1, 1), latest


def _everything(_: dict[str, str], __: date) -> Days:
    return None, None


_A, _B = rf"(?P<a>{_MOMENT})", rf"(?P<b>{_MOMENT})"
_THE_START = "(?:the (?:start|beginning) of )?"
_FROM_ON = "(?:on|onwards|until now|till now|until today)"
_THIS = "(?P<which>this|current|the current)"
_NAMED = rf"(?:{_MOMENT}|(?:the )?(?:last|this|previous|current) {_UNIT})"
_EVER = "so far|to date|in total|in all|overall|altogether|ever|(?:of )?all time|since the beginning"
# The first that fits anywhere is taken, so the longer wordings come first.
_RULES: list[tuple[re.Pattern[str], bool, Callable[[dict[str, str], date], Days]]] = [
    (re.compile(rf"\b{pattern}(?![\w-])(?:'s)?"), relative, days)
    for pattern, relative, days in (
        (rf"(?:{_IN} )?(?P<steps>(?:the {_UNIT} (?:before|after) )+)(?P<inner>{_NAMED})", False, _beside),
        (rf"between {_A} and {_B}", False, _between),
        (rf"(?:{_IN} )?{_A} (?:to|until|till|through|up to) {_B}", False, _between),
        (rf"(?:since|from) {_THE_START}{_A} {_FROM_ON}", False, _since),
        (rf"since {_THE_START}{_A}", False, _since),
        (rf"(?:until|till|up to|through) (?:the end of )?{_A}", False, _until),
        (rf"before {_A}", False, _before),
        (rf"after {_A}", False, _after),
        (rf"(?:{_IN} )?(?:the |our )?(?:past|last|previous) (?P<n>{_NUMBER}) (?P<unit>{_UNIT})s?", True, _rolling),
        (rf"(?:{_IN} )?(?:the )?past (?P<unit>{_UNIT})", True, _rolling),
        (rf"(?:so far )?(?:{_IN} )?{_THIS} (?P<unit>{_UNIT})(?: so far| to date)?", True, _calendar),
        (rf"(?:{_IN} )?(?:the )?(?P<which>last|previous) (?:calendar )?(?P<unit>{_UNIT})", True, _calendar),
        (r"(?P<day>today|yesterday)", True, _day),
        (r"(?:year to date|ytd)", True, _year_to_date),
        (rf"{_IN} {_THE_YEAR}{_A}", False, _within),
        (rf"(?P<a>{_MOMENT}(?<=\d))", False, _within),  # a month alone may be a word
        (f"(?:{_EVER})", False, _everything),
    )
]
