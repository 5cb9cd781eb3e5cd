"""The first rows of a SQL table or a MongoDB collection, whatever their columns are."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.urls import shown


def sql_rows(url: str, most: int) -> list[dict[str, Any]]:
    """Rows of the table that `?table=` names. Raises AiecoError when it cannot be read."""
    import sqlalchemy as sa
    from sqlalchemy import exc

    from aieco_assets.core.retail.connectors.sql_session import open_session, parse_address

    address = parse_address(url)
    try:
        connection = open_session(address.url)
        try:
            table = sa.table(address.table, schema=address.schema)
            query = sa.select(sa.text("*")).select_from(table).limit(most)
            return [dict(row) for row in connection.execute(query).mappings()]
        finally:
            connection.close()
            connection.engine.dispose()
    except exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise AiecoError(f"{shown(url)} cannot be read ({reason}): mend the url.") from None


def documents(url: str, most: int) -> list[dict[str, Any]]:
    """Documents of the collection that `?collection=` names. Raises AiecoError when it cannot be read."""
    import pymongo
    from pymongo.errors import PyMongoError

    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    collection = given.pop("collection", "")
    given.pop("cursor", "")
    if not collection or not parts.path.strip("/"):
        raise AiecoError(f"{shown(url)} names no collection: write mongodb://host/database?collection=name.")
    try:
        client: pymongo.MongoClient[Any] = pymongo.MongoClient(
            parts._replace(query=urlencode(given)).geturl(), appname="aieco", serverSelectionTimeoutMS=10_000
        )
        try:
            found = client.get_default_database()[collection].find().limit(most)
            return [{name: value for name, value in row.items() if name != "_id"} for row in found]
        finally:
            client.close()
    except (PyMongoError, ValueError) as error:
        raise AiecoError(f"{shown(url)} cannot be read ({str(error).partition(',')[0]}): mend the url.") from None
