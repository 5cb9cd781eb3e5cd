"""A SQL database by url: which table is meant, a session to read it in, what its columns are."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.lines.roles import double, shop_of, unfit
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    import sqlalchemy as sa

    from aieco_assets.core.retail.shop.mapping import Shop

_POSTGRES = ("postgresql", "postgres")
# One session reads in one time zone and one way to write a date, whatever server and user are set to.
_SESSION = {
    "postgresql": ("set time zone 'UTC'", "set datestyle to 'ISO'"),
    "mysql": ("set time_zone = '+00:00'",),
    "mariadb": ("set time_zone = '+00:00'",),
}


@dataclass(frozen=True)
class Address:
    """What a transaction url says. `url`: what to connect to; `cursor`: empty when there is none."""

    url: sa.URL
    schema: str | None
    table: str
    cursor: str


@dataclass(frozen=True)
class Column:
    """A column as the database has it."""

    name: str
    type: Any


def parse_address(url: str) -> Address:
    """Raises AiecoError when it is no SQL database, or names no table."""
    import sqlalchemy as sa
    from sqlalchemy import exc

    name = shown(url)
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in _POSTGRES:
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except exc.NoSuchModuleError:
        raise AiecoError(
            f"{name} is not a folder, an s3:// or http(s):// url, or one of a SQL or MongoDB database: "
            "set AIECO_TRANSACTIONS to one of these."
        ) from None
    except (exc.ArgumentError, ValueError):
        raise AiecoError(f"{name} cannot be read as a url: mend AIECO_TRANSACTIONS.") from None
    table, cursor = (parsed.query.get(key, "") for key in ("table", "cursor"))
    if not isinstance(table, str) or not table or not isinstance(cursor, str):
        raise AiecoError(f"{name} names no table: add ?table=schema.name to AIECO_TRANSACTIONS.")
    # SQLite would make an empty database of a wrong name.
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise AiecoError(f"{name} is not there: set AIECO_TRANSACTIONS to a database file that exists.")
    schema, _, table = table.rpartition(".")
    return Address(parsed.difference_update_query(("table", "cursor")), schema or None, table, cursor)


def open_session(url: sa.URL, zone: str | None = None) -> sa.Connection:
    """A connection that only reads; on Postgres all that it reads is one snapshot, and times with a zone are told by
    the clocks of `zone` (else UTC).

    Raises SQLAlchemyError, and AiecoError when the driver is not installed.
    """
    import sqlalchemy as sa


    backend = url.get_backend_name()
    options: dict[str, Any] = {} if backend == "sqlite" else {"connect_timeout": 10}
    if url.drivername == "postgresql+psycopg":
        options |= {"application_name": "aieco", "prepare_threshold": None}
    try:
        engine = sa.create_engine(url, connect_args=options, poolclass=sa.NullPool)
    except ImportError as error:
        raise AiecoError(f"{url.drivername} needs the Python package {error.name}: install it into .venv.") from None
    if backend == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    connection = engine.connect()
    for statement in _SESSION.get(backend, ()):
        connection.exec_driver_sql(statement)
    if zone and backend == "postgresql":
        connection.execute(sa.text("select set_config('TimeZone', :zone, false)"), {"zone": zone})
    return connection


def read_columns(
    connection: sa.Connection, address: Address, name: str, mapping: Shop | None
) -> tuple[dict[str, Column], Shop, bool]:
    """The columns by name, the mapping that they are read by, and whether it is a table (and no view).

    Raises AiecoError when the table, a column of the mapping or the cursor is missing.
    """
    import sqlalchemy as sa
    from sqlalchemy import exc

    inspector = sa.inspect(connection)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a type that SQLAlchemy does not know is read as text
            columns = inspector.get_columns(address.table, address.schema)
    except exc.NoSuchTableError:
        raise AiecoError(
            f"{name} names a table that is not there, or that its user may not see: "
            "mend table= in AIECO_TRANSACTIONS, as schema.name."
        ) from None
    found = {column["name"]: Column(column["name"], column["type"]) for column in columns}
    names = [*found]
    if (shop := shop_of(names, mapping)) is None:
        has = f"it has {', '.join(names)[:300]}"
        raise AiecoError(f"{name} cannot be read: {unfit(names, mapping, has)}.")
    if same := double(shop, names):
        raise AiecoError(f"{name} has two spellings of one column, {' and '.join(same)}: read a view that has one.")
    if address.cursor and address.cursor not in names:
        raise AiecoError(f"{name} has no column {address.cursor}: mend cursor= in AIECO_TRANSACTIONS.")
    return found, shop, address.table in inspector.get_table_names(address.schema)
