"""Who may do what in the warehouse, as a user of each role meets it; analysts see customers by pseudonym only."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from pydantic import SecretStr

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, prepare_manifest, run_dbt
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.access import LOADER, READER, SERVICE, TRANSFORMER, as_role, missing_access
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.dbt.conftest import HEADER
from tests.dbt.test_project import DECEMBER, JANUARY

WHOLE = date(2010, 1, 1), date(2011, 12, 31)
VIEWS = {"dim_date", "dim_items", "dim_customers", "fct_sales_lines", "fct_orders", "fct_returns"}
VIEWS |= {
    "fct_linked_cancellations",
    "shop",
    "agg_daily_sales",
    "agg_cohort_retention",
    "agg_item_pairs",
    "customer_predictions",
}
# Numbers that are nothing else in these lines.
LINES = [
    line.replace(",7,", ",17850,").replace(",8,", ",12583,")
    for line in (*DECEMBER, *JANUARY, "10,85123A,Spoke to 17850,-1,2011-01-06 10:00:00,0,7,Belgium")
]

ALLOWED = {
    LOADER: (
        "insert into raw.loads values ('2011-02-01', 'x', 1, now())",
        "delete from raw.transactions",
        "select raw.month_of('2011-02-01')",
        "update lake.transaction_days set bytes = 1",
        "delete from lake.transaction_files",
    ),
    TRANSFORMER: (
        "select * from raw.transactions, raw.customer_pseudonyms, raw.shop",
        "select * from predictions.customer_profiles, predictions.daily_sales",
        "create table marts.made as select 1 as n",
        "drop table marts.dim_date cascade",
        "analyze marts.fct_sales_lines",
        "create temporary table t (n int)",
    ),
    READER: ("select * from analytics.fct_sales_lines", "select * from analytics.dim_customers"),
    SERVICE: (
        "insert into service.feedback (trace_id, rating) values ('t', 'up')",
        "select * from features.customer_rfm, marts.dim_customers, predictions.customers, registry.alias_moves",
        "select * from predictions.customer_profiles, predictions.churn, predictions.daily_sales",
        "select * from lake.documents, lake.knowledge_versions, raw.shop",
        "select * from marts.fct_sales_lines left join marts.fct_linked_cancellations using (line_id)",
        "select * from service.inference_log, evaluation.rag_runs, evaluation.rag_questions",
        "select * from monitoring.graph_picture",
    ),
}
REFUSED = {
    LOADER: ("select * from marts.dim_customers", "create table marts.x (n int)", "select * from service.feedback"),
    TRANSFORMER: (
        "insert into raw.loads values ('2011-02-01', 'x', 1, now())",
        "delete from raw.transactions",
        "select * from raw.pseudonym_secret",
        "create table raw.x (n int)",
        "delete from predictions.customers",
        "insert into service.feedback (trace_id, rating) values ('t', 'up')",
    ),
    READER: (
        "select * from raw.transactions",
        "select * from raw.transactions_2010_12",
        "select * from raw.customer_pseudonyms",
        "select * from staging.stg_retail__transactions",
        "select * from marts.dim_customers",
        "select * from features.customer_rfm",
        "select * from predictions.customers",
        "select * from predictions.customer_profiles",
        "select * from ops.sources",
        "delete from analytics.dim_date",
        "create view analytics.mine as select 1",
    ),
    SERVICE: (
        "select * from raw.transactions",
        "select * from raw.customer_pseudonyms",
        "delete from predictions.customers",
        "delete from evaluation.rag_runs",
        "delete from monitoring.graph_picture",
        "select * from monitoring.incidents",
        "delete from marts.dim_customers",
        "insert into features.customer_rfm select * from features.customer_rfm",
    ),
}


@pytest.fixture
def user(shop: Settings) -> Iterator[Callable[[str], psycopg.Connection]]:
    """Make a user as the README says, and let it in."""
    made: list[str] = []

    def enter(role: str) -> psycopg.Connection:
        name = f"u_{uuid.uuid4().hex[:8]}"
        with connect(shop.warehouse) as connection:
            connection.execute(f"create user {name} password 's3cret-word' in role {role}".encode())
        made.append(name)
        port = urlsplit(shop.warehouse).port
        return connect(urlsplit(shop.warehouse)._replace(netloc=f"{name}:s3cret-word@127.0.0.1:{port}").geturl())

    yield enter
    with connect(shop.warehouse) as connection:
        for name in made:
            connection.execute(f"drop user {name}".encode())


def test_each_role_can_do_its_work_and_nothing_else(shop, send, dbt, user):
    send("lines.csv", *LINES)
    with connect(shop.warehouse) as connection:
        connection.execute(
            "insert into predictions.customers (as_of, customer_id, p_alive, expected_purchases_30d,"
            " expected_purchases_90d, expected_purchases_365d, model_name, model_version, scored_at)"
            " values ('2010-12-31', '17850', 0.5, 1, 2, 3, 'clv', 1, now())"
        )
        connection.execute("insert into raw.shop (layout, currency) values ('any', 'GBP') on conflict do nothing")
    dbt("build", "--exclude-resource-type", "unit_test")
    for role, statements in ALLOWED.items():
        with user(role) as connection:
            for statement in statements:
                with connection.transaction(force_rollback=True):
                    connection.execute(statement.encode())
    for role, statements in REFUSED.items():
        with user(role) as connection:
            for statement in statements:
                with pytest.raises(InsufficientPrivilege), connection.transaction():
                    connection.execute(statement.encode())

    with user(READER) as connection:
        views = rows_by_view(connection)
        assert views.keys() == VIEWS
        assert all(views[name] for name in VIEWS - {"agg_item_pairs"})
        said = {str(value) for rows in views.values() for row in rows for value in row.values()}
        # No number anywhere, not inside a text either.
        assert not [text for text in said if "17850" in text or "12583" in text]
        keys = {
            name: {row["customer_key"] for row in rows} - {None}
            for name, rows in views.items()
            if rows and "customer_key" in rows[0]
        }
        assert keys.keys() == {"dim_customers", "fct_sales_lines", "fct_orders", "fct_returns", "customer_predictions"}
        assert keys["dim_customers"] == keys["fct_sales_lines"] == keys["fct_orders"] >= keys["fct_returns"] != set()
        joined = connection.execute(
            "select p.as_of, p.p_alive, count(*) from analytics.customer_predictions p"
            " join analytics.fct_orders using (customer_key) where order_type = 'sale' group by 1, 2"
        ).fetchall()
        assert joined == [(date(2010, 12, 31), 0.5, 3)]
        comment = connection.execute(
            "select col_description('analytics.fct_orders'::regclass, attnum) from pg_attribute"
            " where attrelid = 'analytics.fct_orders'::regclass and attname = 'pieces_sold'"
        ).fetchone()
        assert comment == ("Pieces on sale lines.",)

    profiles = columns(shop, "predictions", customer_id="customer_key", customer_profiles="customer_predictions")
    assert columns(shop, "analytics") == {
        *columns(shop, "marts", customer_id="customer_key") - {("fct_sales_lines", "description")},
        *((view, column) for view, column in profiles if view == "customer_predictions"),
        *(("shop", column) for column in ("layout", "currency", "columns")),
    }

    # Another secret shows at once, and the views outlive their marts' next build.
    renamed = shop.model_copy(update={"pseudonym_key": SecretStr("x" * 32)})
    load_days(renamed, *WHOLE)
    dbt("build", "--exclude-resource-type", "unit_test", "test", "--select", "aieco.marts")
    with user(READER) as connection:
        again = rows_by_view(connection)
        assert {row["customer_key"] for row in again["dim_customers"]}.isdisjoint(keys["dim_customers"])
        assert len(again["dim_customers"]) == len(views["dim_customers"])


def columns(shop: Settings, schema: str, **renamed: str) -> set[tuple[str, str]]:
    """(table or view, column) of a schema."""
    with connect(shop.warehouse) as connection:
        found = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = %s", (schema,)
        ).fetchall()
    return {(renamed.get(table, table), renamed.get(column, column)) for table, column in found}


def rows_by_view(connection: psycopg.Connection) -> dict[str, list[dict]]:
    from psycopg.rows import dict_row

    names = connection.execute("select viewname from pg_views where schemaname = 'analytics'").fetchall()
    with connection.cursor(row_factory=dict_row) as cursor:
        return {name: cursor.execute(f"select * from analytics.{name}".encode()).fetchall() for (name,) in names}


@pytest.fixture
def hosted(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, str]]:
    """A server of its own without our roles, for a user who may make none; and the administrator's url."""
    home = tmp_path_factory.mktemp("hosted")
    with EmbeddedPostgres(home).lease() as url:
        administrator = urlsplit(url)._replace(path="/postgres").geturl()
        with connect(administrator, autocommit=True) as connection:
            connection.execute("create user tenant password 'word'")
            for name in ("shop", "shop_dagster", "shop_mlflow"):
                connection.execute(f"create database {name} owner tenant".encode())
        own = urlsplit(url)._replace(netloc=f"tenant:word@127.0.0.1:{urlsplit(url).port}", path="/shop").geturl()
        with open_platform(shop.model_copy(update={"home": home, "postgres_url": SecretStr(own)})) as opened:
            yield opened, administrator.replace("/postgres", "/shop")


def test_a_user_who_may_make_no_roles_works_without_them_and_with_them_once_an_administrator_has_made_them(hosted):
    shop, administrator = hosted
    Path(shop.transactions, "lines.csv").write_text("\n".join([HEADER, *LINES]) + "\n")
    assert as_role(shop, LOADER) is shop
    land_days(shop, *WHOLE)
    assert load_days(shop, *WHOLE).rows == len(LINES)
    build(shop)
    mend = missing_access(shop)
    assert mend == (
        "create role aieco_loader nologin; create role aieco_transformer nologin; create role aieco_reader nologin;"
        " create role aieco_service nologin;"
        " grant aieco_loader, aieco_transformer, aieco_reader, aieco_service to tenant"
    )

    with connect(administrator, autocommit=True) as connection:
        connection.execute(mend.encode())
    ensure_schema(shop.warehouse)
    assert missing_access(shop) == ""
    Path(shop.transactions, "more.csv").write_text(f"{HEADER}\n20,22139,TIN,1,2011-02-01 10:00:00,1.45,9,Spain\n")
    land_days(shop, *WHOLE)
    assert load_days(shop, *WHOLE).rows == len(LINES) + 1
    build(shop)
    with connect(administrator) as connection:
        owners = connection.execute(
            "select distinct schemaname, tableowner from pg_tables where schemaname in ('raw', 'marts', 'features')"
            " union select distinct schemaname, viewowner from pg_views where schemaname in ('staging', 'analytics')"
        ).fetchall()
        connection.execute("set role aieco_reader")
        assert connection.execute("select count(*) from analytics.fct_sales_lines").fetchall() == [(len(LINES) + 1,)]
    assert dict(owners) == {"raw": LOADER} | dict.fromkeys(("staging", "marts", "features", "analytics"), TRANSFORMER)
    assert len(owners) == 5


def build(shop: Settings) -> None:
    prepare_manifest(shop)
    arguments = ("build", "--exclude-resource-type", "unit_test")
    result = run_dbt(shop.dbt_target, dbt_environment(shop.warehouse), *arguments)
    assert result.returncode == 0, result.stdout
