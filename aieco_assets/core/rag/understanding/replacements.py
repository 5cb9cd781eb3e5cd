"""Which documents replace which: by what they say, or as later ones of a series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from aieco_assets.core.contracts import Document
from aieco_assets.core.knowledge.days import MONTHS, periods_in

_WORD = re.compile(r"[^\W_]+")
VERSION = re.compile(r"\b(?:version|revision|rev|release|fassung|edition|v)[ .]*(\d+(?:\.\d+){0,3})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
# Words of a title or path that say which of a series it is.
_WHICH_WORDS = """
version v rev revision release edition fassung final draft entwurf old new current archive archived archiv alt neu
from to until since as of in the a and ab vom bis und du de des desde hasta en force effective valid gültig
"""
_WHICH = frozenset(_WHICH_WORDS.split()) | MONTHS.keys()


def replacements(documents: Sequence[Document]) -> Iterator[tuple[Document, Document]]:
    """(new, old) of all pairs: what documents say, then what a series shows."""
    saying = [one for one in documents if one.replaces]
    said = {(new.path, old.path): (new, old) for new in saying for old in documents if _says_it_replaces(new, old)}
    by_series: dict[tuple[str, str], list[Document]] = {}
    for one in documents:
        if (title := series_key(one.title)) and (path := series_key(str(PurePosixPath(one.path).with_suffix("")))):
            by_series.setdefault((title, path), []).append(one)
    for same in by_series.values():
        said |= {(new.path, old.path): (new, old) for new in same for old in same if _is_later(new, old)}
    for (new, old), pair in said.items():
        if (old, new) not in said or _is_later(*pair):
            yield pair


def _is_later(new: Document, old: Document) -> bool:
    if new.in_force_from and old.in_force_from and new.in_force_from != old.in_force_from:
        return new.in_force_from > old.in_force_from
    versions = _number(new.version), _number(old.version)
    return bool(versions[0] and versions[1]) and versions[0] > versions[1]


def _says_it_replaces(new: Document, old: Document) -> bool:
    return new.path != old.path and any(_is_named(old, name, new) for name in new.replaces)


def _is_named(old: Document, name: str, new: Document) -> bool:
    """Whether a name that `new` gives is that of `old`: its path, its title, or its version or day within a series."""
    path = PurePosixPath(old.path)
    if name.casefold() in (old.path.casefold(), path.name.casefold(), path.stem.casefold()):
        return True
    told, title = plain_words(name), plain_words(old.title)
    if title and told == title:
        return True
    key = series_key(old.title)
    named = set(key.split()) <= set(told) if key else False
    of_series = bool(key) and key == series_key(new.title)
    if not (named or of_series):
        return False
    periods, versions = periods_in(name), VERSION.findall(name)
    if versions:
        return old.version in versions
    if periods:
        days = [day for day in (old.in_force_from, old.dated) if day]
        years = {str(first.year) for first, _ in periods}
        return any(first <= day <= last for first, last in periods for day in days) or (
            not days and bool(years & years_named(old))
        )
    return named and (not of_series or _is_later(new, old))


def series_key(text: str) -> str:
    """What is left of a title or path without what says which of a series it is."""
    return " ".join(word for word in plain_words(text) if word not in _WHICH and not any(map(str.isdigit, word)))


def plain_words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def years_named(one: Document) -> set[str]:
    """Years in a document's path and title."""
    return set(_YEAR.findall(f"{one.path} {one.title}"))
