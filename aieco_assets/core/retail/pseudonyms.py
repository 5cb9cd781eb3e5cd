"""The names under which analysts see customers: a keyed hash of the customer number.

The same number gives the same key in every table and at every time, so tables join, and without the secret nobody can
go from one to the other. The secret stays out of the database.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.secret_file import read_or_make_secret

if TYPE_CHECKING:
    import psycopg
    from adbc_driver_manager.dbapi import Cursor

    from aieco_assets.core.settings import Settings

_HEX = 32  # digits of a key: 128 bits, so that two customers of a billion share one with a chance of 1 in 10^21
_STORED = "select fingerprint from raw.pseudonym_secret"


@dataclass(frozen=True)
class PseudonymSecret:
    """The secret; `chosen` when the user named it, not when it was made in the home."""

    value: bytes
    chosen: bool

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another; of no use for anything else."""
        return self._hash("fingerprint of this secret")

    def key_of(self, customer_id: str) -> str:
        return self._hash(f"customer {customer_id}")

    def _hash(self, text: str) -> str:
        return hmac.new(self.value, text.encode(), hashlib.sha256).hexdigest()[:_HEX]

    def __repr__(self) -> str:
        return f"PseudonymSecret(chosen={self.chosen})"


def pseudonym_secret(settings: Settings) -> PseudonymSecret:
    """AIECO_PSEUDONYM_KEY, else the one of the home, which is made when it is first asked for."""
    if given := settings.pseudonym_key.get_secret_value():
        return PseudonymSecret(given.encode(), chosen=True)
    return PseudonymSecret(read_or_make_secret(settings.home / "pseudonym-key"), chosen=False)


def secret_changed(settings: Settings) -> bool:
    """Whether the user named another secret than the one that the warehouse's pseudonyms were made with."""
    if not settings.pseudonym_key.get_secret_value():
        return False
    with connect(settings.warehouse) as connection:
        stored = connection.execute(_STORED).fetchone()
    return stored is not None and stored[0] != pseudonym_secret(settings).fingerprint


def must_rename(connection: psycopg.Connection[Any], secret: PseudonymSecret) -> bool:
    """Whether every pseudonym has to be made: there are none yet, or the user named another secret.

    Raises AiecoError when they were made with another secret than the home's, which nobody chose: a second machine
    must not give the customers new names behind the back of the first.
    """
    stored = connection.execute(_STORED).fetchone()
    if stored is not None and stored[0] != secret.fingerprint and not secret.chosen:
        raise AiecoError(
            "The customers of this warehouse were given their pseudonyms with another key than this home's: set "
            "AIECO_PSEUDONYM_KEY to that one, or to a new one, which gives every customer a new pseudonym."
        )
    return stored is None or stored[0] != secret.fingerprint


def add_new(
    connection: psycopg.Connection[Any], cursor: Cursor, secret: PseudonymSecret, customers: Iterable[str]
) -> None:
    """Name those customers that have no pseudonym. `cursor` is the load's transaction, `connection` sees what was."""
    seen = sorted(set(customers))
    known = connection.execute(
        "select customer_id from raw.customer_pseudonyms where customer_id = any(%s)", (seen,)
    ).fetchall()
    _insert(cursor, secret, sorted(set(seen) - {customer for (customer,) in known}))


def rename_all(cursor: Cursor, secret: PseudonymSecret) -> None:
    """A pseudonym by this secret for each customer of raw.transactions, and no other."""
    import pyarrow as pa

    cursor.execute("delete from raw.customer_pseudonyms")
    cursor.execute("delete from raw.pseudonym_secret")
    cursor.execute("select distinct customer_id from raw.transactions where customer_id is not null order by 1")
    _insert(cursor, secret, cursor.fetch_arrow_table()["customer_id"].to_pylist())
    fingerprint = pa.table({"fingerprint": [secret.fingerprint]})
    cursor.adbc_ingest("pseudonym_secret", fingerprint, mode="append", db_schema_name="raw")


def forget_gone(cursor: Cursor) -> None:
    """Remove the customers of whom no line is left."""
    cursor.execute(
        "delete from raw.customer_pseudonyms as known where not exists"
        " (select from raw.transactions as lines where lines.customer_id = known.customer_id)"
    )


def _insert(cursor: Cursor, secret: PseudonymSecret, customers: list[str]) -> None:
    import pyarrow as pa

    if customers:
        keys = {"customer_id": customers, "customer_key": [secret.key_of(customer) for customer in customers]}
        cursor.adbc_ingest("customer_pseudonyms", pa.table(keys), mode="append", db_schema_name="raw")
