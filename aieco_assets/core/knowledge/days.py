"""Days as people write them, where it is certain which one is meant."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner janvier enero gennaio januari janeiro jan",
            "february februar février fevrier febrero febbraio februari fevereiro feb",
            "march märz mars marzo maart março mar",
            "april avril abril aprile apr",
            "may mai mayo maggio mei maio",
            "june juni juin junio giugno junho jun",
            "july juli juillet julio luglio julho jul",
            "august août aout agosto augustus aug",
            "september septembre septiembre settembre setembro sep sept",
            "october oktober octobre octubre ottobre outubro oct okt",
            "november novembre noviembre novembro nov",
            "december dezember décembre decembre diciembre dicembre dezembro dec dez",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
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


def day_in(text: str, at_start: bool = False) -> date | None:
    """The first day that the text names; a month is its first day. `at_start`: only one that the text begins with."""
    for form in _FORMS:
        match = form.match(text.lstrip()) if at_start else form.search(text)
        if match:
            told = match.groupdict()
            month = int(told["number"]) if told.get("number") else _MONTHS[told["month"].lower()]
            with suppress(ValueError):
                return date(int(told["year"]), month, int(told.get("day") or 1))
    return None
