"""Days as people write them, where it is certain which one is meant."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner janvier enero gennaio januari"
            " janeiro jan ledna leden stycznia styczeń januára január",
            "february februar février fevrier febrero febbraio februari"
            " fevereiro feb února únor lutego luty februára február",
            "march märz mars marzo maart março mar března březen marca marzec marec",
            "april avril abril aprile apr dubna duben kwietnia kwiecień apríla apríl",
            "may mai mayo maggio mei maio května květen maja maj mája máj",
            "june juni juin junio giugno junho jun června červen czerwca czerwiec júna jún",
            "july juli juillet julio luglio julho jul července červenec lipca lipiec júla júl",
            "august août aout agosto augustus aug srpna srpen sierpnia sierpień augusta augusti",
            "september septembre septiembre settembre setembro sep sept září września wrzesień septembra",
            "october oktober octobre octubre ottobre outubro oct"
            " okt října říjen października październik októbra október",
            "november novembre noviembre novembro nov listopadu listopad listopada novembra",
            "december dezember décembre decembre diciembre dicembre dezembro"
            " dec dez prosince prosinec grudnia grudzień decembra",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})",
        rf"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?\s+(?:of |de )?{_MONTH}\.?,?\s+(?:de |of )?"
        r"(?P<year>\d{4})\b",
        rf"{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
        r"(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.\s?(?P<year>\d{4})\b",
        # Nobody knows what 01/02/2026 is.
        r"(?P<day>1[3-9]|2\d|3[01])/(?P<number>\d{1,2})/(?P<year>\d{4})\b",
        r"(?P<number>\d{1,2})/(?P<day>1[3-9]|2\d|3[01])/(?P<year>\d{4})\b",
        rf"{_MONTH}\s+(?P<year>\d{{4}})\b",
    )
]
_YEAR = re.compile(
    r"(?<![\d.,€$£-])\b(?P<year>(?:19|20)\d{2})\b(?![.,]?\d|[ -]?(?:€|%|euros?|dollars?|pounds?|usd|eur|kg|m\b))", re.I
)


def leading_day(text: str) -> date | None:
    """The day that the text begins with; a month is its first day."""
    for form in _FORMS:
        match = form.match(text.lstrip())
        if match:
            told = match.groupdict()
            with suppress(ValueError):
                return date(int(told["year"]), _number_of(told), int(told.get("day") or 1))
    return None


def periods_in(text: str) -> tuple[tuple[date, date], ...]:
    """First and last day of each day, month and year that the text names. Not every number is a year: 2000 euros."""
    found: dict[int, tuple[date, date]] = {}
    rest = text
    for form in [*_FORMS, _YEAR]:
        for match in form.finditer(rest):
            told = match.groupdict()
            month = _number_of(told)
            with suppress(ValueError):
                first = date(int(told["year"]), month or 1, int(told.get("day") or 1))
                last_month = month or 12
                last = int(told.get("day") or monthrange(first.year, last_month)[1])
                found[match.start()] = (first, date(first.year, last_month, last))
            rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    return tuple(found[place] for place in sorted(found))


def _number_of(told: dict[str, str | None]) -> int:
    """The month, 0 where none is named."""
    if number := told.get("number"):
        return int(number)
    return MONTHS[name.lower()] if (name := told.get("month")) else 0
