"""What a shop says of its customers, from a table beside its transactions: age, income, whatever `shop.yaml` names."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.connectors.combined import own_prefix, parts_of
from aieco_assets.core.retail.erased_lines import Erased
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.find import FILE_NAME
from aieco_assets.core.retail.shop.layouts import LAYOUTS
from aieco_assets.core.retail.shop.mapping import UNTOLD, Customers, Written, plain
from aieco_assets.core.retail.shop.rules import matches
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.storage.postgres import copy_rows

if TYPE_CHECKING:
    import polars as pl
    import psycopg

    from aieco_assets.core.retail.connectors import Connector
    from aieco_assets.core.retail.reading_rules import Rules

_LONGEST = 100  # characters of a value: more is no group of customers
Row = tuple[str, str, str]


def keep_attributes(
    connection: psycopg.Connection[Any],
    source: Connector,
    paths: Sequence[str],
    erased: Erased,
    rules: Rules,
) -> int:
    """Brings lake.customer_attributes up to the sources, without customers who were erased; rows that changed.

    Of a customer of several sources the first says what is so. Raises AiecoError where `shop.yaml` names a table that
    is not there, or columns that it has not.
    """
    told: dict[tuple[str, str], str] = {}
    for name, one, files in parts_of(source, paths):
        own = rules.of(f"{name}/")
        prefix = own.own.get("customer_id", "")
        others = tuple(own_prefix(other) for other in own.taken.get("customer_id", ()))
        rows = [
            (prefix + customer, attribute, value)
            for customer, attribute, value in sorted(_read(one, files))
            if not customer.startswith(others)  # whose lines are rejected: the attributes are not those of a namesake
        ]
        gone = erased({customer for customer, _, _ in rows}, name)
        for customer, attribute, value in rows:
            if customer not in gone:
                told.setdefault((customer, attribute), value)
    wanted = {(*key, value) for key, value in told.items()}
    known = {*connection.execute("select customer_id, attribute, value from lake.customer_attributes").fetchall()}
    with connection.cursor() as cursor:
        cursor.executemany(
            "delete from lake.customer_attributes where customer_id = %s and attribute = %s",
            sorted((customer, attribute) for customer, attribute, _ in known - wanted),
        )
    new = sorted(wanted - known)
    if new:
        copy_rows(connection, "lake.customer_attributes", ["customer_id", "attribute", "value"], new)
    return len(known ^ wanted)


def _read(source: Connector, paths: Sequence[str]) -> set[Row]:
    mapping = source.mapping
    if mapping is not None and mapping.customers is not None:
        table = mapping.customers
        path = next((path for path in paths if matches(path, table.file)), None)
        if path is None:
            raise AiecoError(f"{source.name} has no {table.file}, which {FILE_NAME} names: mend customers.file in it.")
        try:
            return read_attributes(source.get(path), path, table, mapping.written)
        except UnreadableFile as error:
            raise AiecoError(
                f"{path} says nothing of customers as {FILE_NAME} wants it: {error}. Mend customers in {FILE_NAME}."
            ) from None
    if mapping is not None:
        return set()
    for known in (layout.customers for layout in LAYOUTS if layout.customers):
        for path in paths:
            if fnmatchcase(path.lower(), known.file):
                try:
                    return read_attributes(source.get(path), path, known, UNTOLD)
                except UnreadableFile:
                    continue  # of another publication
    return set()


def read_attributes(data: bytes, name: str, table: Customers, written: Written) -> set[Row]:
    """(customer, attribute, value) of a file, for what is said. Raises UnreadableFile where it lacks a column, or a
    customer stands in it twice with other values."""
    wanted = [table.customer, *table.attributes.values()]

    def fits(names: Sequence[str]) -> bool:
        return {plain(one) for one in wanted} <= {plain(one) for one in names}

    found = read_tables(data, name, fits, written)[0]
    place = {plain(one): f"c{index}" for index, one in reversed([*enumerate(found.names)])}
    customers = _texts(found.frame, place[plain(table.customer)])
    rows: dict[tuple[str, str], str] = {}
    for attribute, column in table.attributes.items():
        for customer, value in zip(customers, _texts(found.frame, place[plain(column)]), strict=True):
            if not customer or not value:
                continue
            if rows.setdefault((customer, attribute), value[:_LONGEST]) != value[:_LONGEST]:
                raise UnreadableFile(f"a customer stands in it twice with another {attribute}")
    return {(*key, value) for key, value in rows.items()}


def _texts(frame: pl.DataFrame, column: str) -> list[str | None]:
    import polars as pl

    return (
        frame.select(pl.col(column).cast(pl.String).str.strip_chars().str.replace(r"^(\d+)\.0$", "$1"))
        .to_series()
        .to_list()
    )
