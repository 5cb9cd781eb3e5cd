"""Where transactions come from: files in a folder, a bucket or a listing, a SQL table, a MongoDB collection."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource
    from aieco_assets.core.retail.shop.mapping import Shop
    from aieco_assets.core.settings import Settings


class Connector(Protocol):
    """A source as files by name. `name` is what messages call it, and holds no secret.

    `mapping`: how the shop says that its files are written; None: by a known layout.

    Every method raises AiecoError when the source can't be read.
    """

    name: str
    mapping: Shop | None

    def list(self) -> dict[str, str]:
        """Path -> stamp, in path order; the stamp changes when the content does, empty: it can't be told, read it."""
        ...

    def read(self, paths: Sequence[str]) -> Generator[tuple[str, bytes]]:
        """(path, bytes) in the order asked for, fetched a few at a time. Close it where it is not read to its end: a
        collector that ends its threads in the start of another thread waits for itself."""
        ...

    def get(self, path: str) -> bytes:
        """One file; cheap for files that follow each other in what `read` was asked for."""
        ...

    def age_s(self, path: str) -> float:
        """Seconds since the file was last written to; endless when it is always whole."""
        ...

    def counted_under(self, path: str) -> date | None:
        """The day of rows without a valid date, where the file itself can't say; None: it can."""
        ...

    def close(self) -> None: ...


@contextmanager
def open_source(settings: Settings, last_day: date, declared: Sequence[DeclaredSource] = ()) -> Iterator[Connector]:
    """The source that AIECO_TRANSACTIONS names, and those that are declared beside it, looked at so far that they can
    be read at all; closed at the end.

    Rows after `last_day` have no valid date yet. Raises AiecoError that names the thing and the mend.
    """
    with ExitStack() as opened:

        def kept(one: Connector) -> Connector:
            opened.callback(one.close)
            return one

        main = kept(_connector(settings, last_day))
        if not declared:
            yield main
            return
        from aieco_assets.core.declared.locations import refuse_overlap
        from aieco_assets.core.retail.connectors.combined import CombinedSources

        refuse_overlap(settings.transactions_source, declared)
        yield CombinedSources(main, {one.name: kept(open_declared(settings, one)) for one in declared}, declared)


def open_declared(settings: Settings, source: DeclaredSource) -> Connector:
    """One of those beside that of the settings; close it. Raises AiecoError that names the thing and the mend."""
    from aieco_assets.core.retail.connectors.files import Files
    from aieco_assets.core.retail.shop.rules import mapping_at

    mapping = mapping_at(source.mapping, f"`mapping` of the transaction source {source.name}")
    return Files(settings, mapping, source.url, source.said)


def _connector(settings: Settings, last_day: date) -> Connector:
    from aieco_assets.core.retail.shop.rules import named_mapping

    url = settings.transactions_source
    mapping = named_mapping(settings)
    scheme = urlsplit(url).scheme.lower() if "://" in url else ""
    if scheme in ("mongodb", "mongodb+srv"):
        from aieco_assets.core.retail.connectors.mongo import MongoCollection

        return MongoCollection(url, settings.first_day, last_day, mapping)
    if scheme not in ("", "file", "s3", "http", "https"):
        from aieco_assets.core.retail.connectors.sql import SqlTable

        return SqlTable(url, settings.first_day, last_day, mapping)
    from aieco_assets.core.retail.connectors.files import Files

    return Files(settings, mapping)
