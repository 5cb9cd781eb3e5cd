"""A table or view of a SQL database by url, `postgresql://host/db?table=schema.name&cursor=updated_at`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.connectors.days import DailyTable, Group, Row, is_settled
from aieco_assets.core.retail.connectors.sql_session import Column, open_session, parse_address, read_columns
from aieco_assets.core.retail.lines.roles import positions

if TYPE_CHECKING:
    import sqlalchemy as sa

    from aieco_assets.core.retail.shop.mapping import Shop

_ISO_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}")
_LOOK_AT = 100  # texts of times in which a day is looked for


class SqlTable(DailyTable):
    """A connector over a SQL table or view, through SQLAlchemy.

    A row's mark is the transaction that wrote it (xmin) in a table of Postgres, else its `cursor` column, which has to
    grow when the row changes; the cursor itself is no part of the row.
    """

    def __init__(self, url: str, first_day: date, last_day: date, mapping: Shop | None = None) -> None:
        super().__init__(url, first_day, last_day, mapping)
        self._address = parse_address(url)
        with self._explained():
            self._connection = open_session(self._address.url, mapping.written.time_zone if mapping else None)
        try:
            with self._explained():
                self._columns, shop, self._is_table = read_columns(self._connection, self._address, self.name, mapping)
                names = [*self._columns]
                self._date = names[positions(shop, names)["time"][0]]
                self.by_day = self._has_days()
        except BaseException:
            self.close()
            raise

    @property
    def layout(self) -> str:
        import sqlalchemy as sa

        driver = getattr(self._connection.dialect.dbapi, "__version__", "")
        columns = [(name, column.name, str(column.type)) for name, column in self._columns.items()]
        return repr((columns, self._cursor, sa.__version__, driver))

    def groups(self) -> list[Group]:
        import sqlalchemy as sa

        mark = self._mark()
        found = self._select(self._day().label("day"), (sa.null() if mark is None else mark).label("mark")).subquery()
        rows, marked = sa.func.count(), sa.func.count(found.c.mark)
        if self._is_postgres:
            # A sum over all rows: the latest alone misses a transaction that began earlier and ended later.
            total = sa.func.sum(sa.func.hashtextextended(found.c.mark, 0))
        else:
            total = sa.func.max(found.c.mark)
        query = sa.select(found.c.day, rows, marked, sa.cast(total, sa.String)).group_by(found.c.day)
        with self._explained():
            groups = self._connection.execute(query).all()
        return [
            Group(day, rows, str(total) if marked == rows and (self._is_postgres or is_settled(total)) else "")
            for day, rows, marked, total in groups
        ]

    def fetch(self, first: str, last: str) -> Iterator[tuple[str | None, Row]]:
        import sqlalchemy as sa

        date_column = self._columns[self._date]
        # By the column itself where that is safe, so that its index serves.
        if self._connection.dialect.name == "sqlite" or not isinstance(date_column.type, sa.Date | sa.DateTime):
            return self._read(self._day().between(first, last))
        low, high = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
        if isinstance(date_column.type, sa.DateTime):
            low, high = datetime.combine(low, time()), datetime.combine(high, time())
        column = sa.column(date_column.name, date_column.type)
        return self._read(sa.and_(column >= low, column < high))

    def fetch_others(self, days: Sequence[str]) -> Iterator[Row]:
        import sqlalchemy as sa

        day = self._day()
        return (row for _, row in self._read(sa.or_(day.is_(None), day.not_in(days))))

    def fetch_all(self) -> Iterator[Row]:
        import sqlalchemy as sa

        return (row for _, row in self._read(sa.true()))

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    @property
    def _cursor(self) -> str:
        return self._address.cursor

    @property
    def _is_postgres(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _has_days(self) -> bool:
        """Whether the times begin with a day as ISO writes it, so that the database can group by it."""
        import sqlalchemy as sa

        column = self._columns[self._date]
        if isinstance(column.type, sa.Date | sa.DateTime):
            return True
        text = _as_text(column)
        found = self._connection.execute(self._select(text).where(text.is_not(None)).limit(_LOOK_AT)).scalars().all()
        return not found or any(_ISO_DAY.match(str(value)) for value in found)

    def _mark(self) -> sa.ColumnElement[Any] | None:
        import sqlalchemy as sa

        if self._is_postgres and self._is_table:
            return sa.cast(sa.literal_column("xmin"), sa.String)
        if not self._cursor:
            return None
        column = sa.column(self._cursor)
        return sa.cast(column, sa.String) if self._is_postgres else column

    def _day(self) -> sa.ColumnElement[str]:
        """The first 10 characters of a row's date."""
        import sqlalchemy as sa

        return sa.func.substr(sa.func.trim(_as_text(self._columns[self._date])), 1, 10, type_=sa.String)

    def _select(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        import sqlalchemy as sa

        return sa.select(*columns).select_from(sa.table(self._address.table, schema=self._address.schema))

    def _read(self, which: sa.ColumnElement[bool]) -> Iterator[tuple[str | None, Row]]:
        names = [name for name, column in self._columns.items() if column.name != self._cursor]
        values = [
            _value(self._columns[name], name == self._date).label(f"c{index}") for index, name in enumerate(names)
        ]
        query = self._select(self._day().label("day"), *values).where(which).execution_options(yield_per=10_000)
        with self._explained():
            for day, *row in self._connection.execute(query):
                yield day, dict(zip(names, row, strict=True))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from sqlalchemy import exc

        try:
            yield
        except exc.SQLAlchemyError as error:
            raise self.refusal(getattr(error, "orig", None) or error) from None


def _as_text(column: Column) -> sa.ColumnElement[str]:
    import sqlalchemy as sa

    found = sa.column(column.name, column.type)
    return found if isinstance(column.type, sa.String) else sa.cast(found, sa.String)


def _value(column: Column, is_date: bool) -> sa.ColumnElement[Any]:
    """What is read of a column: numbers and texts as they are, all else as the database writes it.

    A date in its own type is believed: cut to whole seconds, by the session's clocks where it has a zone, at midnight
    without an hour.
    """
    import sqlalchemy as sa

    if is_date and isinstance(column.type, sa.DateTime):
        return sa.func.substr(_as_text(column), 1, 19)
    if is_date and isinstance(column.type, sa.Date):
        return _as_text(column).concat(" 00:00:00")
    if isinstance(column.type, sa.String | sa.Numeric | sa.Float | sa.Integer | sa.Boolean):
        return sa.column(column.name)  # without the type: the driver's own value is the exact one
    return _as_text(column)
