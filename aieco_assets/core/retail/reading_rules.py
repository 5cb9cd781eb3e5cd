"""By what rules the files of a source are read, and the names of those rules: what is read by others is read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.retail.lines.lookups import Lookup
    from aieco_assets.core.retail.shop.mapping import Shop

RULES_VERSION = "4"


@dataclass(frozen=True)
class Rules:
    """By what files are read: the days that are believed, the shop's mapping (None: known layouts), joined tables.

    `own`: what stands in front of the ids of a column, as those of another source are others. `taken`: by column, the
    sources whose names stand in front of theirs. `declared`: the rules of declared sources by their names, with which
    the paths of their files begin.
    """

    first_day: date
    last_day: date
    mapping: Shop | None = None
    lookups: Sequence[Lookup] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, Sequence[str]] = field(default_factory=dict)
    declared: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, path: str) -> Rules:
        """Those of the source that a file is from."""
        name, below, _ = path.partition("/")
        return self.declared.get(name, self) if below else self

    def know(self, path: str) -> bool:
        """Whether a file is from a source that there is."""
        name, below, _ = path.partition("/")
        return not below or name in self.declared

    @property
    def content_version(self) -> str:
        """Names what decides how a day is made of its rows, whatever they were read by."""
        return content_version(self.first_day)

    @cached_property
    def version(self) -> str:
        """Names what decides how any file of this source is read; when it changes, every one is read again."""
        shop = f":{self.mapping.digest}" if self.mapping else ""
        tables = "".join(f":{lookup.sha256[:16]}" for lookup in self.lookups)
        own = "".join(f":{column}={prefix}" for column, prefix in self.own.items())
        return f"{self.content_version}{shop}{tables}{own}"

    def version_of(self, named: bool) -> str:
        """Names what decides how a file was read. Which names are taken is nothing to one that is not `named`: when a
        source is declared, it need not be read again."""
        taken = "".join(f":{column}!{','.join(names)}" for column, names in self.taken.items())
        return f"{self.version}{taken}" if named else f"{self.version}:plain"

    @property
    def versions(self) -> str:
        """That of all sources."""
        declared = (f"{name} {one.version_of(True)}" for name, one in self.declared.items())
        return "\n".join([self.version_of(True), *declared])


def content_version(first_day: date) -> str:
    return f"{RULES_VERSION}:{first_day}"
