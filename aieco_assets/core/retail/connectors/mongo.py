"""A MongoDB collection by url, `mongodb://host/db?collection=transactions&cursor=updated_at`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.connectors.days import DailyTable, Group, Row, canonical, is_settled

_DATE = "InvoiceDate"
# A document lacks what is not known, so all documents of a day may lack these; without another the day is refused.
_MAY_BE_LACKING = ("Description", "CustomerID", "Country", _DATE)
_TEXT_DAY = r"^\d{4}-\d{2}-\d{2}"
_TIMEOUT_MS = 10_000
_LOOK_AT = 100  # documents in which the name of the date is looked for

Condition = Mapping[str, Any]


class MongoCollection(DailyTable):
    """A connector over a collection. Its dates may be dates (UTC) or texts, also side by side.

    A document's mark is its `cursor` field, which has to grow when the document changes; neither it nor `_id` is part
    of the row. The date's field is what one of the first documents calls it.
    """

    def __init__(self, url: str, first_day: date, last_day: date) -> None:
        super().__init__(url, first_day, last_day)
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

    def close(self) -> None:
        self._client.close()

    def _date_field(self) -> str:
        documents = [*self._documents.find().limit(_LOOK_AT)]
        if not documents:
            raise AiecoError(f"{self.name} names a collection that is empty or not there: mend AIECO_TRANSACTIONS.")
        return next((name for document in documents for name in document if canonical(name) == _DATE), _DATE)

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
                value = document.get(self._date)
                day = value.isoformat() if isinstance(value, datetime) else value if isinstance(value, str) else ""
                yield day[:10], self._row(document)

    def _row(self, document: Mapping[str, Any]) -> Row:
        row: dict[str, Any] = {}
        for name, value in document.items():
            if name in ("_id", self._cursor):
                continue
            known = canonical(name)
            # Of two spellings of one column the usual one counts, and the other is kept as an added column.
            row[name if known in document and name != known else known] = _value(known, value)
        return dict.fromkeys(_MAY_BE_LACKING) | row

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from pymongo.errors import PyMongoError

        try:
            yield
        except (PyMongoError, ValueError) as error:
            # What a driver adds on the state of its servers is not for people.
            raise self.refusal(str(error).partition(", Timeout:")[0].partition(", full error:")[0]) from None


def _value(name: str, value: Any) -> Any:
    from bson.decimal128 import Decimal128

    if isinstance(value, Decimal128):
        return value.to_decimal()
    if name == _DATE and isinstance(value, datetime):
        return value.replace(microsecond=0)
    return value
