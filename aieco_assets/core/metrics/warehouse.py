"""Reading metrics: one read-only snapshot with a time limit, statements of the catalogue, values as parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.metric import MONEY, SHARE, Metric
from aieco_assets.core.metrics.shop import UNKNOWN, Shop
from aieco_assets.core.metrics.statements import CANCELLED, ITEM_NAMES, PARAMETERS, TABLE, grouped, total
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

SECONDS = 10
Entities = tuple[Metric, str] | None  # see `statements.total`
_NO_LIMITS: dict[str, Any] = dict.fromkeys(PARAMETERS)
MOST_ROWS = 1000
_TABLES = {table.partition(".")[2]: table for table in (TABLE, CANCELLED, ITEM_NAMES)}  # by what Postgres says of them
_PRESENT = {
    "country": f"country <> '{UNKNOWN}'",
    "category": "category is not null",
    "store": "store is not null",
    "customer": "customer_id is not null",
    "order": "customer_id is not null or invoiced_at::time <> '00:00'",
}


class NoWarehouse(AiecoError):
    """The numbers can't be read now, and the sentence says why."""


@dataclass(frozen=True)
class Freshness:
    """First and latest invoice date that the table holds; when lines were last loaded (None: not to be seen)."""

    first_day: date
    as_of: date
    loaded_at: datetime | None


@contextmanager
def read(settings: Settings) -> Iterator[Reader]:
    """A reader of one snapshot. Raises NoWarehouse when the warehouse is away, empty, closed to us or too slow."""
    from psycopg import IsolationLevel, OperationalError, errors

    try:
        connection = connect(settings.warehouse)
    except AiecoError:
        raise NoWarehouse("The warehouse, which holds the numbers, does not answer: `aieco doctor` says why.") from None
    try:
        with connection:
            connection.read_only, connection.isolation_level = True, IsolationLevel.REPEATABLE_READ
            connection.execute("select set_config('statement_timeout', %s, true)", (f"{SECONDS}s",))
            yield Reader(connection)
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise NoWarehouse(f"The warehouse has no {_table(error)} yet: run `aieco run`.") from None
    except errors.InsufficientPrivilege as error:
        table = _table(error)
        mend = "on the schema marts" if table in _TABLES.values() else "on it"
        raise NoWarehouse(f"The database user may not read {table}: grant it select {mend}.") from None
    except errors.QueryCanceled:
        raise NoWarehouse(f"The warehouse took longer than {SECONDS} s: ask for a shorter period.") from None
    except OperationalError:
        raise NoWarehouse("The warehouse, which holds the numbers, went away: ask again in a moment.") from None


def _table(error: psycopg.Error) -> str:
    """Which relation an error is about: a metric by customer is also made of linked cancellations."""
    said = error.diag.message_primary or ""
    found = re.search(r'relation "([\w.]+)"', said) or re.search(r"denied for (?:table|view) (\w+)", said)
    return _TABLES.get(found[1], found[1]) if found else TABLE


class Reader:
    """Values, groups and names, all of one snapshot."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._names: dict[str, list[str]] = {}

    def freshness(self) -> Freshness:
        """Raises NoWarehouse while the table has no rows."""
        ((first, last),) = self._rows(f"select min(invoice_date), max(invoice_date) from {TABLE}")  # noqa: S608
        if last is None:
            raise NoWarehouse(f"{TABLE} holds no lines yet: run `aieco run`.")
        return Freshness(first, last, self._loaded_at(last))

    def shop(self) -> Shop:
        """Nothing is known before lines were landed, and to who only reads the marts."""
        rows = self._rows("select currency, columns from raw.shop") if self.may_read("raw", "shop") else []
        return Shop(*rows[0]) if rows else Shop()

    def countries(self) -> list[str]:
        return self._distinct("country")

    def stores(self) -> list[str]:
        return self._distinct("store")

    def categories(self) -> list[str]:
        return self._distinct("category")

    def has(self, role: str) -> bool:
        """Whether any line has a country, a category, a store or a customer, or what tells an order without number."""
        return bool(self._rows(f"select from {TABLE} where {_PRESENT[role]} limit 1"))

    def items(self) -> list[tuple[str, str]]:
        """Stock code and description of every item."""
        return self._rows(
            f"select stock_code, coalesce(description, '') from {ITEM_NAMES} where is_current order by stock_code"  # noqa: S608
        )

    def descriptions(self, codes: list[str]) -> dict[str, str]:
        return dict(
            self._rows(
                f"select stock_code, description from {ITEM_NAMES}"  # noqa: S608
                " where is_current and stock_code = any(%(codes)s) and description is not null",
                {"codes": codes},
            )
        )

    def value(
        self, metric: Metric, filters: dict[str, Any], groups: Sequence[str] = (), having: Entities = None
    ) -> int | float | None:
        """Over all lines that the groups are made of. `filters`: those of PARAMETERS that limit it."""
        ((value,),) = self._rows(total(metric, groups, having), _NO_LIMITS | filters)
        return plain(value, metric.unit)

    def groups(
        self,
        metric: Metric,
        filters: dict[str, Any],
        groups: Sequence[str],
        order: str,
        top: int,
        having: Entities = None,
    ) -> tuple[list[tuple[tuple[str, ...], int | float | None]], int]:
        """Keys and value of the groups, and how many there are in all."""
        limits = _NO_LIMITS | filters | {"limit": min(top or MOST_ROWS, MOST_ROWS)}
        found = self._rows(grouped(metric, groups, order, having), limits)
        return [(tuple(keys), plain(value, metric.unit)) for *keys, value, _ in found], found[0][-1] if found else 0

    def rows(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Of a statement that is written in this package; `values`: its parameters."""
        return self._rows(statement, values)

    def _loaded_at(self, as_of: date) -> datetime | None:
        """Who only reads the marts is not shown the loads: the day of the data must do then."""
        if not self.may_read("raw", "loads"):
            return None
        ((loaded,),) = self._rows("select max(loaded_at) from raw.loads where invoice_date <= %(day)s", {"day": as_of})
        return loaded

    def may_read(self, schema: str, table: str) -> bool:
        """Whether there is such a table or view, and we may read it."""
        seen = self._rows(
            "select from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
            " where nspname = %(schema)s and relname = %(table)s"
            " and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')",
            {"schema": schema, "table": table},
        )
        return bool(seen)

    def _distinct(self, column: str) -> list[str]:
        if column not in self._names:
            statement = f"select distinct {column} from {TABLE} where {column} is not null order by {column}"  # noqa: S608
            self._names[column] = [name for (name,) in self._rows(statement)]
        return self._names[column]

    def _rows(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement.encode(), values).fetchall()


def plain(value: Decimal | int | None, unit: str) -> int | float | None:
    """Cents, per mille with one digit, a whole number or a fraction: what JSON carries without lying of precision."""
    if value is None:
        return None
    if unit == MONEY:
        return float(round(Decimal(value), 2))
    return int(value) if unit != SHARE and value == int(value) else float(round(Decimal(value), 4))
