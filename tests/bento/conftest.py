"""A small platform for the service: five documents published, two customers, twelve invoice lines, real models; shared
by the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHAMPION, CLV
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.writing import Writing, listening
from tests.core.knowledge.files import pdf
from tests.core.metrics.literal import fill
from tests.waiting import until

DOCUMENTS = {
    "returns.md": "# Returns\n\nYou have 45 days to return an unused item. A refund reaches your card within 5 days.\n",
    "delivery.md": "# Delivery\n\nStandard delivery takes 3 working days and costs 4.95 pounds per order.\n",
    "leave.md": "---\ntitle: Leave policy\ndate: 2011-02-01\n---\n"
    "# Annual leave\n\nEvery full-time employee gets 28 days of paid annual leave each year.\n",
    "boats.md": "# Boat hire\n\n## Rowing boat\n\nAn hour costs 12 euros, a whole day 70 euros.\n\n"
    "## Sailing boat\n\nAn hour costs 25 euros, a whole day 140 euros.\n",
}
TRAVEL = (
    "Travel policy\n\nBook trains before flights.",
    "Meals\n\nReceipts are kept for a year.\n"
    "The meal allowance is 38 pounds per day on business\ntrips. Wine is not refunded.",
)
# Of the first customer: five purchase days until the features' day, a cancellation, and one purchase after it.
ORDERS = [
    ("2001", "2011-01-01", "sale", 30),
    ("2002", "2011-02-10", "sale", 20),
    ("2003", "2011-02-10", "sale", 15.5),
    ("2004", "2011-04-05", "sale", 12),
    ("2005", "2011-04-20", "sale", 8),
    ("C2006", "2011-05-02", "cancellation", 0),
    ("2007", "2011-06-01", "sale", 40),
    ("2008", "2011-12-02", "sale", 99),
]
CUSTOMERS = [("12346", 4, 200.0, 260.0), ("12347", 0, 0.0, 90.0)]


@pytest.fixture(scope="session")
def served(platform: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home with a published knowledge base, registered champions and customer features."""
    home = tmp_path_factory.mktemp("served")
    source = home / "documents"
    source.mkdir()
    for name, text in DOCUMENTS.items():
        (source / name).write_text(text)
    (source / "travel.pdf").write_bytes(pdf(*TRAVEL))
    with connect(platform.warehouse, autocommit=True) as connection:
        for name in ("served", "served_mlflow", "served_dagster"):
            connection.execute(f'create database "{name}"'.encode())
    url = urlsplit(platform.warehouse)._replace(path="/served").geturl()
    ensure_schema(url)
    settings = Settings(home=home, documents=str(source), postgres_url=SecretStr(url), _env_file=None)  # type: ignore[call-arg]
    publish(settings)
    _register(settings)
    _add_features(settings)
    fill(url)
    _add_orders(settings)
    yield settings
    with connect(platform.warehouse, autocommit=True) as connection:
        for name in ("served", "served_mlflow", "served_dagster"):
            connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture(scope="session")
def backend(served: Settings) -> Iterator[Backend]:
    """The models, loaded once for all tests."""
    opened = Backend(served)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_client(backend: Backend) -> Iterator[TestClient]:
    with client_of(Guard(create_app(backend))) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shared_client: TestClient, backend: Backend) -> TestClient:
    """The whole application, guard included, as this machine sees it.

    Other modules name champions and challengers in the same registry: what the service tries of theirs is over.
    """
    assert backend.following is not None
    backend.following.look()
    assert in_step(shared_client)
    return shared_client


@pytest.fixture(scope="module")
def writing(served: Settings) -> Iterator[Writing]:
    """A service of its own, whose model writes what a test says."""
    with closing(Writing(served)) as opened:
        opened.open()
        yield opened


@pytest.fixture(scope="module")
def writing_url(writing: Writing) -> Iterator[str]:
    with listening(Guard(create_app(writing))) as address:
        yield address


def client_of(app: object, base_url: str = "http://127.0.0.1:3001", host: str = "127.0.0.1") -> TestClient:
    """A client at `host` that came by `base_url`; errors come back as responses, as over the wire."""
    return TestClient(app, base_url=base_url, client=(host, 50_000), raise_server_exceptions=False)  # type: ignore[arg-type]


def in_step(client: TestClient) -> bool:
    """The service has followed the registry: what it serves is champion there, and nothing is tried beside it."""
    version = client.get("/version").json()
    served = {name: one["version"] for name, one in version["served"].items()}
    return version["candidate"] is None and all(
        served.get(name) == one["version"] for name, one in version["champion"].items()
    )


def stored(settings: Settings, query: str, *values: object) -> list[tuple]:
    """Rows that the service's journal brings to Postgres in a moment."""
    rows: list[tuple] = []

    def there() -> bool:
        with connect(settings.warehouse) as connection:
            rows[:] = connection.execute(query.encode(), values).fetchall()
        return bool(rows)

    until(there, 20, "the row in Postgres")
    return rows


def publish(settings: Settings) -> int:
    """Read, cut, embed and publish what the document source holds now; returns the version."""
    from aieco_assets.core.embeddings.embed import embed_missing
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.embeddings.store import VectorStore
    from aieco_assets.core.knowledge.chunks import refresh_chunks
    from aieco_assets.core.knowledge.lake import sync_documents

    sync_documents(settings)
    refresh_chunks(settings)
    embed_missing(settings, load_embedder(settings))
    return VectorStore.open(settings).publish()


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """What `aieco env` would export, for a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIECO_", "BENTOML_"))}
    return kept | {
        "AIECO_HOME": str(settings.home),
        "AIECO_DOCUMENTS": settings.documents,
        "AIECO_POSTGRES_URL": settings.warehouse,
        "BENTOML_HOME": str(settings.bentoml_home),
        "BENTOML_DO_NOT_TRACK": "True",
        **more,
    }


def _register(settings: Settings) -> None:
    from aieco_assets.core.registry.models import MODEL_FILE, register_embedder, register_llm, set_alias
    from aieco_assets.core.registry.versions import register_data_model, to_json

    register_embedder(settings)
    register_llm(settings)
    # The published CDNOW parameters: training itself is tested where it lives.
    parameters = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    made = register_data_model(settings, CLV, {MODEL_FILE: to_json({"parameters": parameters})}, kind="bg-nbd")
    set_alias(settings, CLV, CHAMPION, made.version, "test", "literal parameters", {})


def _add_features(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute("create schema if not exists features")
        connection.execute(
            "create table features.customer_rfm (as_of date, customer_id text, frequency integer, recency_days float8,"
            " t_days float8, monetary numeric, revenue numeric, orders integer, items_bought integer,"
            " first_purchase date, last_purchase date, country text, mean_gap_days numeric, distinct_items integer,"
            " returned numeric, returns_share numeric, first_day_revenue numeric, first_country text,"
            " recent_frequency integer)"
        )
        connection.execute("grant select on features.customer_rfm to aieco_service")  # as dbt does
        for customer, frequency, recency, age in CUSTOMERS:
            connection.execute(
                "insert into features.customer_rfm values (%s, %s, %s, %s, %s, null, 10, 1, 3, %s, %s, 'France',"
                " null, 1, 0, 0, 10, 'France', 0)",
                (date(2011, 11, 30), customer, frequency, recency, age, date(2011, 1, 1), date(2011, 6, 1)),
            )


def _add_orders(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "create table marts.fct_orders (invoice_no text, invoice_date date, customer_id text, order_type text,"
            " sales_amount numeric(28, 4))"
        )
        connection.execute(
            "create view features.purchases as select customer_id, invoice_date, sales_amount as amount,"
            " invoice_date as known_from, date 'infinity' as known_until from marts.fct_orders"
            " where order_type = 'sale'"
        )
        connection.execute("grant select on features.purchases to aieco_service")  # as dbt does
        for invoice, day, kind, amount in ORDERS:
            connection.execute(
                "insert into marts.fct_orders values (%s, %s, %s, %s, %s)",
                (invoice, day, CUSTOMERS[0][0], kind, amount),
            )


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]
