"""What makes a return, what is no item, whose orders are tests, which currency: told by values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.lines.currencies import code_of, mark_of, two_of
from aieco_assets.core.retail.proposal import vocabulary as known
from aieco_assets.core.retail.proposal.profile import Profile
from aieco_assets.core.retail.proposal.readings import Question
from aieco_assets.core.retail.proposal.values import share_of
from aieco_assets.core.retail.proposal.words import folded

if TYPE_CHECKING:
    import numpy as np

_MOST = 60  # items that a rule names one by one
_PREFIX = re.compile(r"^([A-Za-z]{0,3})[-_ ]?\d+$")
_OF_RETURNS = frozenset(
    ["C", "CN", "CR", "CM", "R", "RET", "RMA", "RE", "RT", "GS", "G", "ST", "SR", "AV", "A", "NC", "ND"]
)
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}


def kinds_of(
    found: Profile, columns: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str], list[Question]]:
    """Entries of shop.yaml beside `columns` and `written`, a reason for each, and what has to be asked."""
    entries: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    questions: list[Question] = []
    negative, share = _negative(found, columns)
    returns: dict[str, Any] = {"negative": negative} if negative else {}
    if share:
        reasons["returns"] = f"{share:.1%} of the lines have a {negative} below zero"
    elif negative:
        reasons["returns"] = f"no line is below zero yet; a {negative} below zero will be one"
    if kind := columns.get("order_type"):
        values = found[kind].values
        back = [value for value in values if known.RETURNS.search(folded(value))]
        off = [value for value in values if value not in back and known.CANCELLED.search(folded(value))]
        if back:
            returns["order_types"] = back
            reasons["returns"] = f"{kind} says {', '.join(back)}"
        if off:
            entries["adjustments"] = {"order_types": off}
            reasons["adjustments"] = f"{kind} says {', '.join(off)}: never sold"
    elif (order := columns.get("order")) and (prefix := _odd_prefix(found, order, columns)):
        if "returns.order_prefixes" not in given:
            questions.append(
                Question(
                    "returns.order_prefixes",
                    f"Are orders that begin with {prefix} returns?",
                    {prefix: f"yes: what begins with {prefix} and a digit is taken back", "": "no: they are sales"},
                )
            )
        elif given["returns.order_prefixes"]:
            returns["order_prefixes"] = [prefix]
            reasons["returns"] = f"orders that begin with {prefix}, as was answered"
    if returns:
        entries["returns"] = returns
    if why := _anew_in_each_store(found, columns):
        entries["order_by_store"], reasons["order_by_store"] = True, why
    charges = _items(found, columns, known.is_charge)
    if charges:
        entries["non_products"] = {"items": charges}
        reasons["non_products"] = f"by their text: {', '.join(charges[:6])}"
    tests = _items(found, columns, lambda text: bool(known.TESTS.match(folded(text))))
    if tests:
        entries["tests"] = {"items": tests}
        reasons["tests"] = f"by their text: {', '.join(tests[:6])}"
    if customer := columns.get("customer"):
        tested = [
            value for value in found[customer].values if re.match(r"(?i)^(test|test[-_.]?\w*@.*|.*@test\..*)$", value)
        ]
        if tested:
            entries["tests"] = {**entries.get("tests", {}), "customers": tested[:_MOST]}
            reasons["tests"] = f"customers {', '.join(tested[:4])}"
    currency = _currency(found, columns, given, questions)
    if currency:
        entries["currency"], reasons["currency"] = currency
    return entries, reasons, questions


def _anew_in_each_store(found: Profile, columns: Mapping[str, Any]) -> str:
    """Why numbers of orders begin anew in each store, empty where they do not.

    They do where the same number stands on one day in several stores, at other times or for other customers.
    """
    import polars as pl

    order, store, time = columns.get("order"), columns.get("store"), columns.get("time")
    times = (time,) if isinstance(time, str) else tuple(time or ())
    dates = found[times[0]].dates if times else None
    if not order or not store or not dates:
        return ""
    own = [name for name in (*times, columns.get("customer")) if name]
    frame = pl.DataFrame(
        {
            "order": found[order].codes,
            "day": dates.values[0].astype("datetime64[ms]"),
            "store": found[store].codes,
            **{f"own{index}": found[name].codes for index, name in enumerate(own)},
        }
    ).with_columns(pl.col("day").dt.date())
    numbers = frame.group_by("order", "day").agg(
        stores=pl.col("store").n_unique(), differs=pl.max_horizontal(pl.col("^own.*$").n_unique()) > 1
    )
    several = numbers.filter(pl.col("stores") > 1)
    if several.height < max(5, 0.02 * numbers.height) or several["differs"].mean() < 0.9:  # pyright: ignore[reportOperatorIssue]
        return ""
    return f"{several.height:,} numbers stand on one day in more than one {store}, for other customers or times"


def _negative(found: Profile, columns: Mapping[str, Any]) -> tuple[str | None, float]:
    """Which number below zero makes a return, and the share of such lines."""
    shares = {}
    for role, name in (
        ("quantity", columns.get("quantity")),
        ("amount", columns.get("amount") or columns.get("unit_price")),
    ):
        numbers = found[name].numbers if name else None
        if numbers is not None:
            shares[role] = float((numbers.values < 0).mean())
    if not shares:
        return None, 0.0
    if shares.get("quantity", 0) >= shares.get("amount", 0) and "quantity" in shares:
        return (
            ("quantity", shares["quantity"])
            if shares["quantity"] or "amount" not in shares
            else (("amount" if columns.get("amount") else "quantity"), 0.0)
        )
    return "amount", shares["amount"]


def _odd_prefix(found: Profile, order: str, columns: Mapping[str, Any]) -> str | None:
    """A prefix that returns often have, on few of the orders, whose lines are not below zero anyway."""
    import numpy as np

    values = found[order].texts.to_list()
    found_marks = [_PREFIX.match(value or "") for value in values]
    if sum(mark is not None for mark in found_marks) < 0.98 * len(values):
        return None
    marks = [mark[1].upper() if mark else "" for mark in found_marks]
    counts = {mark: marks.count(mark) for mark in {*marks}}
    if len(counts) < 2:
        return None
    usual = max(counts, key=counts.__getitem__)
    money = columns.get("quantity") or columns.get("amount") or columns.get("unit_price")
    numbers = found[money].numbers if money else None
    for mark, count in counts.items():
        if mark in _OF_RETURNS and mark != usual and count < 0.3 * len(marks) and numbers is not None:
            of_mark: np.ndarray = np.array([one == mark for one in marks])
            if (numbers.values[of_mark] < 0).mean() < 0.5:
                return mark
    return None


def _items(found: Profile, columns: Mapping[str, Any], is_such: Any) -> list[str]:
    """Codes of the items whose text, or code where they have no text, says that they are such."""
    item, text = columns.get("item"), columns.get("description")
    if not isinstance(item, str):
        return []
    if not isinstance(text, str):
        return [value for value in found[item].values if is_such(value)][:_MOST]
    pairs = dict(zip(found[item].texts.to_list(), found[text].texts.to_list(), strict=True))
    return [code for code, said in pairs.items() if code and (is_such(code) or (said and is_such(said)))][:_MOST]


def _currency(
    found: Profile, columns: Mapping[str, Any], given: Mapping[str, str], questions: list[Question]
) -> tuple[str, str] | None:
    if answer := given.get("currency"):
        return answer, "as was answered"
    if name := columns.get("currency"):
        codes = [value.upper() for value in found[name].values]
        if len(codes) == 1:
            return None  # each line says it
        questions.append(
            Question(
                "currency",
                f"Which currency counts: {' or '.join(codes[:5])}?",
                {code: f"lines in others than {code} are rejected" for code in codes[:5]},
            )
        )
        return None
    for role in ("unit_price", "amount"):
        if column := columns.get(role):
            if two := two_of(
                found[column].texts.to_frame("t").select(mark_of("t"))["t"].drop_nulls().unique().sort().to_list()
            ):
                codes = [code_of(one) for one in two]
                questions.append(
                    Question(
                        "currency",
                        f"{column} is written in {' and '.join(two)}: which currency counts?",
                        {code: f"lines in others than {code} are rejected" for code in codes},
                    )
                )
                return None
            for sign, code in _SIGNS.items():
                if share_of(found[column].texts.drop_nulls().str.contains(sign, literal=True)) > 0.5:
                    return code, f"{column} is written with {sign}"
            for value in found[column].values[:20]:
                for code in re.findall(r"[A-Z]{3}", value):
                    if code.lower() in known.CURRENCIES:
                        return code, f"{column} is written with {code}"
    return None
