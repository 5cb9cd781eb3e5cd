"""Days, months, quarters, halves and years as people write them: `5 March`, `03/2025`, `Oct 24`, `Q1`, `first half`.

What is written without its year is the latest that has begun, seen from the latest day with data. `Oct 24` is a month
where October 2024 has data, and a day otherwise.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

MONTHS = (
    *("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug"),
    *("september|sept|sep", "october|oct", "november|nov", "december|dec"),
)
MONTH_NUMBER = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split("|")}
ORDINALS = ("first|1st", "second|2nd", "third|3rd", "fourth|4th")
_ORDINAL_NUMBER = {name: number for number, names in enumerate(ORDINALS, 1) for name in names.split("|")}

YEAR = r"(?:19|20)\d\d"
MONTH = rf"(?:{'|'.join(MONTHS)})\b\.?"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_PART = rf"(?:q[1-4]|h[12]|(?:{'|'.join(ORDINALS)}|last) (?:quarter|half))"
_ITS_YEAR = (
    rf"(?:[ /-](?:of |in )?(?:the year |the calendar year )?{YEAR}|(?:[ /-]|[ /-]?')\d\d| of (?:the"
    rf"|this|last) year)"
)
_FORMS = (
    rf"{YEAR}-\d\d-\d\d",
    rf"{YEAR}/\d\d/\d\d",
    rf"\d{{1,2}}\.\d{{1,2}}\.{YEAR}",
    rf"\d{{1,2}}/\d{{1,2}}/{YEAR}",
    rf"(?:the )?{DAY} (?:of )?{MONTH}(?: {YEAR})?",
    rf"{MONTH} {DAY} {YEAR}",
    rf"{MONTH}(?:(?: (?:of )?|-){YEAR}| ?'\d\d|-\d\d| {DAY}|)",
    rf"{YEAR}[-/](?:0[1-9]|1[0-2])(?!\d)",
    rf"(?:0?[1-9]|1[0-2])[./-]{YEAR}",
    rf"{YEAR}[ -]?(?:q[1-4]|h[12])",
    rf"(?:the )?{_PART}{_ITS_YEAR}?",
    YEAR,
)
MOMENT = f"(?:{'|'.join(_FORMS)})"
PART_OF_YEAR = f"(?:the )?{_PART}{_ITS_YEAR}"


def moment(text: str, latest: date, year: int | None = None, first: date | None = None) -> tuple[date, date]:
    """First and last day. `year`: of what is written without one. Raises ValueError for no such day, and for one that
    two customs read as two days (03/05/2025)."""
    words = re.sub(r"\b(?:the|of|in|calendar)\b|\.(?= |$)", " ", text).split()
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    if re.fullmatch(r"\d{4}([-/])\d\d\1\d\d", text):
        return _one(date(*numbers))
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", text):
        return _one(date(numbers[2], numbers[1], numbers[0]))
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", text):
        return _one(_slashed(*numbers))
    if re.fullmatch(r"\d{4}[-/]\d\d", text):
        return months(numbers[0], numbers[1], 1)
    if re.fullmatch(r"\d{1,2}[./-]\d{4}", text):
        return months(numbers[1], numbers[0], 1)
    if re.fullmatch(r"\d{4}", text):
        return months(numbers[0], 1, 12)
    if re.search(rf"\b(?:{_PART})|\d[ -]?[qh][12]|q[34]", text):
        return _part(text, latest, year)
    return _of_month(text, words, numbers, latest, year, first)


def months(year: int, month: int, count: int) -> tuple[date, date]:
    """`count` months from the first of `month`. Raises ValueError when there is no such month."""
    start = date(year, month, 1)
    years, last = divmod(month + count - 2, 12)
    return start, date(year + years, last + 1, monthrange(year + years, last + 1)[1])


def ends_month(day: date) -> bool:
    """Also of the last day that there is, after which an assistant ends a period that it leaves open."""
    return day.day == monthrange(day.year, day.month)[1]


def back(day: date, count: int) -> date:
    """The same day `count` months earlier, or the last one of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    years = max(years, 1)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def edge(days: tuple[date, date], which: str, number: int, unit: str) -> tuple[date, date]:
    """`first two weeks of`, `last month of` other days. Raises ValueError where these are fewer."""
    first, last = days
    if size := {"month": 1, "quarter": 3, "half": 6}.get(unit):
        found = (
            (first, back(first, -size * number) - timedelta(1))
            if which == "first"
            else (back(last + timedelta(1), size * number), last)
        )
    else:
        length = timedelta({"day": 1, "week": 7}[unit] * number - 1)
        found = (first, first + length) if which == "first" else (last - length, last)
    if number == 0 or found[0] < first or found[1] > last:
        raise ValueError("more than there is")
    return found


def _slashed(one: int, other: int, year: int) -> date:
    if one <= 12 and other <= 12 and one != other:
        raise ValueError("day and month, or month and day")
    return date(year, other, one) if other <= 12 else date(year, one, other)


def _part(text: str, latest: date, year: int | None) -> tuple[date, date]:
    """A quarter or half of a year."""
    size = 6 if re.search(r"half|h[12]\b", text) else 3
    code = re.search(r"[qh]([1-4])", text)
    word = re.search("|".join((*_ORDINAL_NUMBER, "last")), text)
    number = int(code[1]) if code else _ORDINAL_NUMBER.get(word.group(), 12 // size) if word else 0
    written = re.search(rf"{YEAR}|(?<=[' /-])\d\d$", text)
    if written:
        return months(
            2000 + int(written.group()) % 100 if len(written.group()) == 2 else int(written.group()), *_of(number, size)
        )
    if found := re.search(r"(the|this|last) year$", text):
        return months(latest.year - (found[1] == "last"), *_of(number, size))
    began = latest.year if _of(number, size)[0] <= latest.month else latest.year - 1
    return months(year or began, *_of(number, size))


def _of(number: int, size: int) -> tuple[int, int]:
    """First month, and how many."""
    return (number - 1) * size + 1, size


def _of_month(
    text: str, words: list[str], numbers: list[int], latest: date, year: int | None, first: date | None
) -> tuple[date, date]:
    month = next(MONTH_NUMBER[name] for word in words if (name := re.sub(r"[^a-z].*", "", word)) in MONTH_NUMBER)
    if len(numbers) == 2:
        return _one(date(numbers[1], month, numbers[0]))
    if not numbers:
        return months(year or (latest.year if month <= latest.month else latest.year - 1), month, 1)
    (number,) = numbers
    if number > 999:
        return months(number, month, 1)
    if re.search(r"['-]\d\d$", text):
        return months(2000 + number, month, 1)
    if re.search(r"[a-z.] \d\d$", text) and year is None and _has(2000 + number, month, latest, first):
        return months(2000 + number, month, 1)
    began = latest.year if (month, number) <= (latest.month, latest.day) else latest.year - 1
    return _one(date(year or began, month, number))


def _has(year: int, month: int, latest: date, first: date | None) -> bool:
    """Whether a month is one of the data; of no more than the year before where its first day is not known."""
    start, end = months(year, month, 1)
    return start <= latest and end >= (first or date(latest.year - 1, 1, 1))


def _one(day: date) -> tuple[date, date]:
    return day, day
