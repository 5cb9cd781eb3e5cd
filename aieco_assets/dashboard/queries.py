"""What the dashboard reads, with an analyst's rights: the views of `analytics`, values as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.shop import UNKNOWN, Shop
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

SECONDS = 15
TOP = 10

_ORDERS = """
    from {orders} as orders
    where invoice_date between %(first)s and %(last)s
        and (%(country)s::text is null or country = %(country)s) and (%(store)s::text is null or store = %(store)s)
"""
_LINES = """
    invoice_date between %(first)s and %(last)s
    and (%(country)s::text is null or country = %(country)s) and (%(store)s::text is null or store = %(store)s)
    and (%(category)s::text is null or category = %(category)s)
"""
# Orders, or what of them is of one category.
_WHOLE_ORDERS = "analytics.fct_orders"
_PARTS_OF_ORDERS = """(
    select
        invoice_date, country, store, min(customer_key) as customer_key,
        coalesce(sum(amount) filter (where line_type = 'sale'), 0) as sales_amount,
        coalesce(sum(amount) filter (where line_type = 'return'), 0) as returns_amount,
        case when bool_or(line_type = 'sale') then 'sale' end as order_type
    from analytics.fct_sales_lines
    where category = %(category)s and invoice_date between %(first)s and %(last)s
    group by invoice_no, invoice_date, country, store
)"""
DAILY = f"""
    select invoice_date as day, sum(sales_amount)::float8 as revenue, -sum(returns_amount)::float8 as returned
    {_ORDERS} group by 1 order by 1
"""
COUNTRIES = f"""
    select country, sum(sales_amount)::float8 as revenue {_ORDERS}
    group by 1 having sum(sales_amount) > 0 order by 2 desc, 1
"""
TILES = f"""
    select
        coalesce(sum(sales_amount), 0)::float8 as revenue,
        count(*) filter (where order_type = 'sale') as orders,
        count(distinct customer_key) filter (where order_type = 'sale') as customers,
        coalesce(-sum(returns_amount), 0)::float8 as returned
    {_ORDERS}
"""
CATEGORIES = f"""
    select category, sum(amount)::float8 as revenue
    from analytics.fct_sales_lines
    where line_type = 'sale' and category is not null and {_LINES}
    group by 1 having sum(amount) > 0 order by 2 desc, 1 limit %(top)s
"""  # noqa: S608
ITEMS = f"""
    select coalesce(items.description, lines.stock_code) as item, lines.revenue
    from (
        select stock_code, sum(amount - coalesce(cancelled_amount, 0))::float8 as revenue
        from analytics.fct_sales_lines
        left join analytics.fct_linked_cancellations using (line_id, invoice_date)
        where line_type = 'sale' and is_product and {_LINES}
        group by 1 order by 2 desc, 1 limit %(top)s
    ) as lines
    left join analytics.dim_items as items on items.stock_code = lines.stock_code and items.is_current
    order by lines.revenue desc, lines.stock_code
"""  # noqa: S608
COHORTS = """
    select cohort_month, months_since, retention::float8 as retention, cohort_customers
    from analytics.agg_cohort_retention where month <= %(last)s order by 1, 2
"""
_EXTENT = """
    select
        min(invoice_date), max(invoice_date), array_agg(distinct country order by country),
        array_agg(distinct store order by store) filter (where store is not null), bool_or(customer_key is not null)
    from analytics.fct_orders
"""
_CATEGORIES = "select distinct category from analytics.fct_sales_lines where category is not null order by 1"

SIGNAL_DAYS = 30
_SIGNALS = """
    select metric, entity, day, value from monitoring.signals
    where metric = any(%s) and day > (select max(day) from monitoring.signals) - %s order by 1, 2, 3
"""


@dataclass(frozen=True)
class Extent:
    """What there is to choose from: first and latest invoice date; countries, categories, stores (empty: has none)."""

    first: date
    last: date
    countries: tuple[str, ...]
    categories: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    has_customers: bool = True


@dataclass(frozen=True)
class Choice:
    """What a reader chose: days, both included, and a country, a category, a store (None: all)."""

    first: date
    last: date
    country: str | None = None
    category: str | None = None
    store: str | None = None

    @property
    def before(self) -> Choice:
        """The period of the same length that ends the day before."""
        days = (self.last - self.first).days + 1
        return replace(self, first=self.first - timedelta(days=days), last=self.first - timedelta(days=1))


@contextmanager
def reading(warehouse: str) -> Iterator[psycopg.Connection[Any]]:
    """One read-only snapshot with a time limit. Raises AiecoError that says what is missing."""
    from psycopg import IsolationLevel, errors

    try:
        with connect(warehouse) as connection:
            connection.read_only, connection.isolation_level = True, IsolationLevel.REPEATABLE_READ
            connection.execute("select set_config('statement_timeout', %s, true)", (f"{SECONDS}s",))
            yield connection
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise AiecoError("The warehouse has no marts yet: `aieco run` makes them.") from None
    except errors.InsufficientPrivilege:
        raise AiecoError(
            "The database user may not read the schemas analytics and monitoring: `aieco doctor` says how."
        ) from None
    except errors.QueryCanceled:
        raise AiecoError(f"The warehouse took longer than {SECONDS} s: choose a shorter period.") from None


def read_extent(connection: psycopg.Connection[Any]) -> Extent:
    """Raises AiecoError while there are no orders."""
    ((first, last, countries, stores, has_customers),) = connection.execute(_EXTENT).fetchall()
    if last is None:
        raise AiecoError("The warehouse holds no orders yet: `aieco run` loads them.")
    categories = tuple(name for (name,) in connection.execute(_CATEGORIES).fetchall())
    known = () if countries == [UNKNOWN] else tuple(countries)
    return Extent(first, last, known, categories, tuple(stores or ()), has_customers)


def read_shop(connection: psycopg.Connection[Any]) -> Shop:
    rows = connection.execute("select currency, columns from analytics.shop").fetchall()
    return Shop(*rows[0]) if rows else Shop()


def read_frame(connection: psycopg.Connection[Any], query: str, choice: Choice) -> pd.DataFrame:
    """The rows of one of the queries above for a choice."""
    import pandas as pd

    statement = query.replace("{orders}", _PARTS_OF_ORDERS if choice.category else _WHOLE_ORDERS)
    cursor = connection.execute(statement.encode(), {**asdict(choice), "top": TOP})
    return pd.DataFrame(cursor.fetchall(), columns=pd.Index([column.name for column in cursor.description or ()]))


def read_signals(connection: psycopg.Connection[Any], metrics: Sequence[str]) -> pd.DataFrame:
    """metric, entity, day, value of the SIGNAL_DAYS up to the last day that has any; no rows before there is one."""
    import pandas as pd

    rows = connection.execute(_SIGNALS, (list(metrics), SIGNAL_DAYS)).fetchall()
    return pd.DataFrame(rows, columns=pd.Index(["metric", "entity", "day", "value"]))
