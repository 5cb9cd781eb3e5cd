"""The currency that stands beside amounts of money: a sign or a code, as € or USD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.columns import Places
from aieco_assets.core.retail.tables.table import ROW, Table

if TYPE_CHECKING:
    import polars as pl

MONEY = ("unit_price", "amount", "discounts")
_CODES = {
    **{"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "ZŁ": "PLN", "KČ": "CZK"},
    **{"US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "R$": "BRL"},
    **{"FT": "HUF", "FR": "CHF"},
}
# Signs that several currencies have.
_SHARED = {
    "$": frozenset(["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"]),
    "¥": frozenset(["JPY", "CNY"]),
    "KR": frozenset(["SEK", "NOK", "DKK", "ISK"]),
    "RS": frozenset(["INR", "PKR", "LKR", "NPR", "MUR"]),
}
_LISTED = """AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KRW MAD MXN
    MYR NGN NOK NZD PEN PHP PLN RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"""
KNOWN = frozenset(_LISTED.split())
# Other words of three letters (net, per) say nothing of a currency.
_MARK = rf"(?i)(?:^|[^a-z])({'|'.join(sorted(KNOWN))}|zł|kč|ft|fr|kr|rs|[a-z]{{0,2}}\$|\p{{Sc}})(?:[^a-z]|$)"


def mark_of(column: str) -> pl.Expr:
    """The code or the shared sign that stands beside an amount; null where none does."""
    import polars as pl

    return pl.col(column).str.extract(_MARK).str.to_uppercase().replace(_CODES)


def may_be(found: str, code: str) -> bool:
    """Whether two marks can be of one currency, as $ and USD can."""
    return found == code or code in _SHARED.get(found, ()) or found in _SHARED.get(code, ())


def written_columns(table: Table, at: Places) -> list[int]:
    """Positions of the columns of money that people wrote as text."""
    import polars as pl

    places = [place for role in MONEY for place in at.get(role, ())]
    return [place for place in places if table.frame.schema[f"c{place}"] == pl.String]


def marks_beside(table: Table, at: Places) -> list[tuple[str, str, int]]:
    """(mark, column, row) of each mark that stands beside the money, in the order in which they come first."""
    import polars as pl

    found: dict[str, tuple[str, str, int]] = {}
    for place in written_columns(table, at):
        column = f"c{place}"
        if not table.frame[column].str.contains(r"[\p{L}\p{Sc}]").any():
            continue
        marks = table.frame.select(mark_of(column).alias("mark"), ROW).filter(pl.col("mark").is_not_null())
        for text, row in marks.unique("mark", keep="first", maintain_order=True).iter_rows():
            found.setdefault(text, (text, table.names[place], row))
    return [*found.values()]


def two_of(marks: Sequence[str]) -> tuple[str, str] | None:
    """The first two marks that can't be of one currency."""
    return next(((one, other) for one in marks for other in marks if not may_be(one, other)), None)


def told(marks: Sequence[str]) -> str:
    """The currency of marks that are all of one: its code where one says it, else the sign; empty without marks."""
    return next(filter(is_code, marks), marks[0] if marks else "")


def is_code(found: str) -> bool:
    """Whether a mark is the code of one currency, and no sign that several have."""
    return len(found) == 3 and found.isalpha()


def is_other(column: str, code: str) -> pl.Expr:
    """Whether an amount is written in another currency than `code`."""
    import polars as pl

    fitting = [code, *(sign for sign, codes in _SHARED.items() if code in codes)]
    return ~mark_of(column).is_in(pl.Series(fitting).implode())


def code_of(found: str) -> str:
    """The code to write for a mark: itself, or for a sign that several have the most usual of theirs."""
    usual = {"$": "USD", "¥": "JPY", "KR": "SEK", "RS": "INR"}
    return usual.get(found, found)
