"""How a shop writes its numbers and dates, told by all columns together; asked where no value tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from aieco_assets.core.retail.proposal.profile import Profile
from aieco_assets.core.retail.proposal.readings import Question
from aieco_assets.core.retail.proposal.values import EPOCH, MIXED
from aieco_assets.core.retail.proposal.words import is_foreign
from aieco_assets.core.retail.shop.formats import ISO


def how_written(
    found: Profile, columns: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[dict[str, Any], list[Question]]:
    """`written` of shop.yaml, and what of it has to be asked."""
    written: dict[str, Any] = {}
    questions: list[Question] = []
    decimal = given.get("written.decimal") or _decimal(found, columns)
    if decimal == "?":
        example = next(
            value for name in _numeric(columns) for value in found[name].values if "," in value or "." in value
        )
        questions.append(
            Question(
                "written.decimal",
                f"How much is {example}?",
                {
                    ".": f"the point is the decimal mark ({_read(example, '.')})",
                    ",": f"the comma is the decimal mark ({_read(example, ',')})",
                },
            )
        )
    elif decimal:
        written["decimal"] = decimal
    if name := (columns.get("time") if isinstance(columns.get("time"), str) else (columns.get("time") or (None,))[0]):
        dates = found[name].dates
        if dates:
            formats = [given["written.date_format"]] if given.get("written.date_format") else [*dates.formats]
            if len(formats) > 1:
                formats = _settled(found, name, decimal, formats)
            if len(formats) > 1:
                example = _double(found, name)
                questions.append(
                    Question(
                        "written.date_format",
                        f"Which day is {example}?",
                        {form: _day(example, form) for form in formats},
                    )
                )
            else:
                written["date_format"] = formats[0] + _hours(found, columns["time"], formats[0])
    return written, questions


def _hours(found: Profile, time: Any, form: str) -> str:
    """How the time of day beside a date is written, with which it is read together."""
    if isinstance(time, str) or form in (ISO, MIXED, EPOCH):
        return ""
    example = str(found[time[1]].values[0])
    clock = "%I" if example[-1:] in "mM" else "%H"
    return f" {clock}:%M{':%S' if example.count(':') > 1 else ''}{' %p' if clock == '%I' else ''}"


def _numeric(columns: Mapping[str, Any]) -> list[str]:
    return [columns[role] for role in ("unit_price", "amount", "quantity") if columns.get(role)] + [
        *columns.get("discounts", ())
    ]


def _decimal(found: Profile, columns: Mapping[str, Any]) -> str:
    """The mark that the money or, where it has none, any number shows; ? where 1.234 could be either."""
    shown = [numbers.decimal for name in _numeric(columns) if (numbers := found[name].numbers)]
    sure = {mark for mark in shown if mark in (".", ",")}
    if sure:
        return "," if "," in sure else "."
    if "?" not in shown:
        return ""
    others = {column.numbers.decimal for column in found.columns.values() if column.numbers} - {"?", ""}
    return others.pop() if len(others) == 1 else "?"


def _read(example: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    return example.replace(other, "").replace(decimal, ".")


def _settled(found: Profile, name: str, decimal: str, formats: list[str]) -> list[str]:
    """The formats that are left when the order of the rows, the present day and the other columns have spoken."""
    import numpy as np

    dates = found[name].dates
    values = dict(zip(dates.formats, dates.values, strict=True)) if dates else {}
    if len({bytes(np.nan_to_num(part.astype("int64")).tobytes()) for part in values.values()}) == 1:
        return formats[:1]
    today = np.datetime64(datetime.now(timezone.utc).replace(tzinfo=None), "s")
    past = [form for form in formats if not (values[form] > today + np.timedelta64(2, "D")).any()]
    formats = past if past else formats
    if len(formats) == 1:
        return formats
    varied = [form for form in formats if _days_of_month(values[form]) > 1]
    if len(varied) == 1 and _days_of_month(values[varied[0]]) >= 4:
        return varied  # no shop sells on one day of each month only
    back = {form: _backwards(values[form]) for form in formats}
    calm, wild = sorted(formats, key=back.__getitem__)[:2]
    if back[calm] < 0.02 and back[wild] > max(0.0, 3 * back[calm]) and back[wild] * len(values[wild]) >= 2:
        return [calm]
    for other in found.columns.values():
        if other.name != name and other.dates and len(other.dates.formats) == 1:
            same = [form for form in formats if form.split(" ")[0] == other.dates.formats[0].split(" ")[0]]
            if same:
                return same
    if decimal == "," or any(is_foreign(column) for column in found.columns):
        return [form for form in formats if form.startswith("%d")] or formats
    return formats


def _days_of_month(values: Any) -> int:
    import numpy as np

    there = values[~np.isnat(values)].astype("datetime64[D]")
    return len(np.unique(there - there.astype("datetime64[M]")))


def _backwards(values: Any) -> float:
    """Share of the rows that lie before the row above; or after it, where a file begins with the latest."""
    import numpy as np

    steps = np.diff(values[~np.isnat(values)].astype("int64"))
    return float(min((steps < 0).mean(), (steps > 0).mean())) if len(steps) else 0.0


def _double(found: Profile, name: str) -> str:
    dates = found[name].dates
    assert dates
    first, second = dates.values[:2]
    row = int((first != second).argmax())
    return str(found[name].texts[row])


def _day(example: str, form: str) -> str:
    try:
        return f"{datetime.strptime(example, form.replace('%.f', '.%f')):%d %B %Y}"
    except ValueError:
        return form
