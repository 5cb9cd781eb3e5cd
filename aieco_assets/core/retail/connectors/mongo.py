"""A MongoDB collection by url, `mongodb://host/db?collection=transactions&cursor=updated_at`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.connectors.days import DailyTable, Group, Row, is_settled
from aieco_assets.core.retail.lines.roles import positions, shop_of, unfit
from aieco_assets.core.retail.shop.layouts import ONLINE_RETAIL
from aieco_assets.core.retail.shop.mapping import plain
from aieco_assets.core.retail.tables.json_lines import flat

# A document lacks what is not known, so all documents of a day may lack these; without another the day is refused.
_MAY_BE_LACKING = ("description", "customer", "country", "time")
_TEXT_DAY = r"^\d{4}-\d{2}-\d{2}"
_TIMEOUT_MS = 10_000
_LOOK_AT = 100  # documents in which the name of the date is looked for

if TYPE_CHECKING:
    from aieco_assets.core.retail.shop.mapping import Shop

Condition = Mapping[str, Any]


class MongoCollection(DailyTable):
    """A connector over a collection. Its dates may be dates (UTC) or texts, also side by side.

    A document's mark is its `cursor` field, which has to grow when the document changes; neither it nor `_id` is part
    of the row. The date's field is what one of the first documents calls it.
    """

    def __init__(self, url: str, first_day: date, last_day: date, mapping: Shop | None = None) -> None:
        super().__init__(url, first_day, last_day, mapping)
        import pymongo

        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        collection, self._cursor = given.pop("collection", ""), given.pop("cursor", "")
        if not collection:
            raise AiecoError(f"{self.name} names no collection: add ?collection=name to AIECO_TRANSACTIONS.")
        if not parts.path.strip("/"):
            raise AiecoError(f"{self.name} names no database: write mongodb://host/database in AIECO_TRANSACTIONS.")
        self._odd_texts: list[str] = []
        with self._explained():
            self._client: pymongo.MongoClient[Any] = pymongo.MongoClient(
                parts._replace(query=urlencode(given)).geturl(),
                appname="aieco",
                serverSelectionTimeoutMS=_TIMEOUT_MS,
                datetime_conversion="DATETIME_AUTO",  # a year beyond 9999 is a bad date, not the end of the run
            )
        try:
            with self._explained():
                self._documents = self._client.get_default_database()[collection]
                self._lacking = self._may_be_lacking()
                self._date = self._date_field()
        except BaseException:
            self.close()
            raise

    @property
    def layout(self) -> str:
        import pymongo

        return repr((self._date, self._cursor, pymongo.version))

    def groups(self) -> list[Group]:
        day_of_date = {"$dateToString": {"format": "%Y-%m-%d", "date": f"${self._date}"}}
        # The pattern has only one-byte characters, so $substr, which counts bytes, cuts none in two.
        day_of_text = {"$substr": [f"${self._date}", 0, 10]}
        with self._explained():
            dates = self._counted(self._dates(), day_of_date)
            texts = self._counted(self._texts({"$regex": _TEXT_DAY}), day_of_text)
            others = self._counted(self._neither(), None)
        self._odd_texts = [str(group.day) for group in texts if not self.is_day(group.day)]
        return [*dates, *texts, *others]

    def fetch(self, first: str, last: str) -> Iterator[tuple[str | None, Row]]:
        end = date.fromisoformat(last) + timedelta(days=1)
        return self._read(
            self._dates(datetime.fromisoformat(first), datetime.fromisoformat(str(end))),
            self._texts({"$gte": first, "$lt": str(end)}),
        )

    def fetch_others(self, days: Sequence[str]) -> Iterator[Row]:
        conditions = [self._neither()]
        if days:
            end = date.fromisoformat(max(days)) + timedelta(days=1)
            conditions += [self._dates(before=datetime.fromisoformat(min(days)))]
            conditions += [self._dates(datetime.fromisoformat(str(end)))]
        else:
            conditions += [self._dates()]
        if self._odd_texts:
            conditions += [self._texts({"$regex": f"^({'|'.join(map(re.escape, self._odd_texts))})"})]
        known = frozenset(days)
        return (row for day, row in self._read(*conditions) if day not in known)

    def fetch_all(self) -> Iterator[Row]:
        return (row for _, row in self._read({}))

    def close(self) -> None:
        self._client.close()

    def _may_be_lacking(self) -> list[str]:
        """Names of the columns that are there, if empty, where no document of a day has them."""
        known = self.mapping.columns.named() if self.mapping else ONLINE_RETAIL.columns
        return [known[role][0] for role in _MAY_BE_LACKING if role in known]

    def _date_field(self) -> str:
        documents = [*self._documents.find().limit(_LOOK_AT)]
        if not documents:
            raise AiecoError(f"{self.name} names a collection that is empty or not there: mend AIECO_TRANSACTIONS.")
        names = [*dict.fromkeys(name for document in documents for name, _ in flat(self._row(document)))]
        if (shop := shop_of(names, self.mapping)) is None:
            found = f"it has {', '.join(names)[:300]}"
            raise AiecoError(f"{self.name} cannot be read: {unfit(names, self.mapping, found)}.")
        return names[positions(shop, names)["time"][0]]

    def _dates(self, start: datetime = datetime.min, before: datetime = datetime.max) -> Condition:
        return {self._date: {"$gte": start, "$lt": before, "$not": {"$type": "array"}}}

    def _texts(self, which: Condition) -> Condition:
        # A condition on an array holds when one of its entries fits.
        return {self._date: {**which, "$not": {"$type": "array"}}}

    def _neither(self) -> Condition:
        return {"$nor": [self._dates(), self._texts({"$regex": _TEXT_DAY})]}

    def _counted(self, condition: Condition, day: Condition | None) -> list[Group]:
        cursor = f"${self._cursor}" if self._cursor else None
        found = self._documents.aggregate(
            [
                {"$match": condition},
                {
                    "$group": {
                        "_id": day,
                        "rows": {"$sum": 1},
                        "latest": {"$max": cursor},
                        "marked": {"$sum": {"$cond": [{"$gt": [cursor, None]}, 1, 0]}},
                    }
                },
            ]
        )
        return [
            Group(
                group["_id"],
                group["rows"],
                repr(group["latest"]) if group["marked"] == group["rows"] and is_settled(group["latest"]) else "",
            )
            for group in found
            if group["rows"]
        ]

    def _read(self, *conditions: Condition) -> Iterator[tuple[str | None, Row]]:
        with self._explained():
            for document in self._documents.find({"$or": [*conditions]}):
                value = document
                for part in self._date.split("."):
                    value = value.get(part) if isinstance(value, Mapping) else None
                day = value.isoformat() if isinstance(value, datetime) else value if isinstance(value, str) else ""
                yield day[:10], self._row(document)

    def _row(self, document: Mapping[str, Any]) -> Row:
        row = {name: _value(value) for name, value in document.items() if name not in ("_id", self._cursor)}
        have = {plain(name) for name in row}
        return {**row, **{name: None for name in self._lacking if plain(name) not in have}}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from pymongo.errors import PyMongoError

        try:
            yield
        except (PyMongoError, ValueError) as error:
            # What a driver adds on the state of its servers is not for people.
            raise self.refusal(str(error).partition(", Timeout:")[0].partition(", full error:")[0]) from None


def _value(value: Any) -> Any:
    from bson.decimal128 import Decimal128

    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return value
