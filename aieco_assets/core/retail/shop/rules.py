"""By what the files of a source are read: its mapping, and the tables beside it that lines are joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.connectors.combined import own_ids, parts_of, taken_names
from aieco_assets.core.retail.lines.lookups import read_lookup
from aieco_assets.core.retail.reading_rules import Rules
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.find import FILE_NAME, read_mapping
from aieco_assets.core.retail.shop.layouts import LAYOUTS
from aieco_assets.core.retail.shop.mapping import UNTOLD, Shop, Table, Written
from aieco_assets.core.retail.tables import is_readable

if TYPE_CHECKING:
    from datetime import date

    from aieco_assets.core.retail.connectors import Connector
    from aieco_assets.core.retail.lines.lookups import Lookup
    from aieco_assets.core.settings import Settings


def named_mapping(settings: Settings) -> Shop | None:
    """The mapping that AIECO_SHOP names, None when it names none. Raises AiecoError when it can't be read."""
    return mapping_at(settings.shop, "AIECO_SHOP")


def mapping_at(place: str, setting: str) -> Shop | None:
    """The mapping in a file, which a setting names; None when it names none. Raises AiecoError."""
    if not place:
        return None
    path = Path(place).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise AiecoError(f"{path} cannot be read ({reason}): mend {setting}, or unset it.") from None
    return read_mapping(text, str(path))


def source_rules(source: Connector, first_day: date, last_day: date, paths: Sequence[str]) -> Rules:
    """The rules of a source whose files are `paths`, lookups among them.

    Raises AiecoError when the mapping names a table that is not there or can't be joined.
    """
    mapping = source.mapping
    if mapping is not None:
        return Rules(
            first_day, last_day, mapping, [_lookup(source, paths, table, mapping.written) for table in mapping.tables]
        )
    known = []
    for layout in LAYOUTS:
        for table in layout.tables:
            path = next((path for path in paths if fnmatchcase(path.lower(), table.file)), None)
            if path is not None and (found := _known_lookup(source, path, table)):
                known.append(found)
    return Rules(first_day, last_day, None, known)


def all_rules(source: Connector, first_day: date, last_day: date, paths: Sequence[str]) -> Rules:
    """The rules of a source and of those that are declared beside it. Raises AiecoError as `source_rules` does."""
    parts = {name: source_rules(one, first_day, last_day, own) for name, one, own in parts_of(source, paths)}
    taken = {name: taken_names(source, name) for name in parts}
    declared = {
        name: replace(rules, own=own_ids(source, name), taken=taken[name]) for name, rules in parts.items() if name
    }
    return replace(parts[""], declared=declared, taken=taken[""])


def is_of_lines(path: str, rules: Rules) -> bool:
    """Whether a file of the source is to be read as lines: neither the mapping nor a table that is joined, nor one
    that the mapping leaves out."""
    rules, path = rules.of(path), path.rpartition("/")[2]
    if path == FILE_NAME or any(lookup.path == path for lookup in rules.lookups):
        return False
    if rules.mapping is not None:
        beside = [table.file for table in rules.mapping.tables]
        beside += [rules.mapping.customers.file] if rules.mapping.customers else []
        if any(matches(path, pattern) for pattern in beside):
            return False
        return not rules.mapping.files or any(matches(path, pattern) for pattern in rules.mapping.files)
    layouts = {layout.name: layout for layout in LAYOUTS}
    joined = {name for lookup in rules.lookups for name, layout in layouts.items() if lookup.mapped in layout.tables}
    return not any(matches(path, pattern) for name in joined for pattern in layouts[name].ignored)


def _lookup(source: Connector, paths: Sequence[str], table: Table, written: Written) -> Lookup:
    path = next((path for path in paths if matches(path, table.file)), None)
    if path is None:
        raise AiecoError(f"{source.name} has no {table.file}, which {FILE_NAME} joins: mend tables.file in it.")
    data = source.get(path)
    try:
        return read_lookup(data, path, table, written, sha256(data).hexdigest())
    except UnreadableFile as error:
        wanted = ", ".join([*table.join.values(), *table.columns.values()])
        raise AiecoError(
            f"{path} cannot be joined as {FILE_NAME} says ({wanted}): {error}. Mend tables in {FILE_NAME}."
        ) from None


def _known_lookup(source: Connector, path: str, table: Table) -> Lookup | None:
    data = source.get(path)
    try:
        return read_lookup(data, path, table, UNTOLD, sha256(data).hexdigest())
    except UnreadableFile:
        return None


def matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path.lower(), pattern.lower()) or (not is_readable(pattern) and path.lower() == pattern.lower())
