"""The source of the settings and those that are declared beside it, as one set of files."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource
    from aieco_assets.core.retail.connectors import Connector
    from aieco_assets.core.retail.shop.mapping import Shop

# What is counted or given by a shop of its own, by what of it may be that of all.
_IDS = {"invoice_no": "", "customer_id": "customers", "stock_code": "items"}


class CombinedSources:
    """A connector over connectors. Paths of a declared source begin with its name and a slash, which those of the
    source of the settings have not."""

    def __init__(self, main: Connector, declared: Mapping[str, Connector], sources: Sequence[DeclaredSource]) -> None:
        self.name = ", ".join([main.name, *(one.name for one in declared.values())])
        self.mapping: Shop | None = main.mapping
        self.connectors = {"": main, **declared}
        self.sources = {one.name: one for one in sources}

    def list(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, one in self.connectors.items():
            found |= {_joined(name, path): stamp for path, stamp in one.list().items()}
        return dict(sorted(found.items()))

    def read(self, paths: Sequence[str]) -> Generator[tuple[str, bytes]]:
        for name, group in groupby(paths, lambda path: _cut(path)[0]):
            for path, data in self.connectors[name].read([_cut(path)[1] for path in group]):
                yield _joined(name, path), data

    def get(self, path: str) -> bytes:
        name, own = _cut(path)
        return self.connectors[name].get(own)

    def age_s(self, path: str) -> float:
        name, own = _cut(path)
        return self.connectors[name].age_s(own)

    def counted_under(self, path: str) -> date | None:
        name, own = _cut(path)
        return self.connectors[name].counted_under(own)

    def close(self) -> None:
        for one in self.connectors.values():
            one.close()


def parts_of(source: Connector, paths: Sequence[str]) -> Iterator[tuple[str, Connector, list[str]]]:
    """Each source by its name ("": that of the settings), with its files among `paths` as it calls them."""
    connectors = source.connectors if isinstance(source, CombinedSources) else {"": source}
    for name, one in connectors.items():
        yield name, one, [_cut(path)[1] for path in paths if _cut(path)[0] == name]


def own_ids(source: Connector, name: str) -> dict[str, str]:
    """What stands in front of the ids of a declared source, by column: 1234 of one shop is another than of the next."""
    shared = source.sources[name].shared if isinstance(source, CombinedSources) else ()
    return {column: own_prefix(name) for column, what in _IDS.items() if what not in shared}


def taken_names(source: Connector, name: str) -> dict[str, tuple[str, ...]]:
    """By column without a prefix of its own: the declared sources that have one there, with which no other id may
    begin, or two things would become one by chance. `name`: the source ("": that of the settings)."""
    if not isinstance(source, CombinedSources):
        return {}
    own = own_ids(source, name) if name else {}
    taken = {
        column: tuple(other for other in source.sources if column in own_ids(source, other))
        for column in _IDS
        if column not in own
    }
    return {column: others for column, others in taken.items() if others}


def source_of(path: str) -> str:
    """The declared source that a file's path begins with; empty for that of the settings."""
    return _cut(path)[0]


def own_prefix(name: str) -> str:
    return f"{name}-"


def _cut(path: str) -> tuple[str, str]:
    name, below, own = path.partition("/")
    return (name, own) if below else ("", path)


def _joined(name: str, path: str) -> str:
    return f"{name}/{path}" if name else path
