"""Which documents may answer: those in force on the days that a question means, each in the version that it means.

A document is replaced by another that says so, or by a later one of its own series: the same title and the same path
but for versions and days. What was replaced answers only a question that names its time, its version or calls it old.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from aieco_assets.core.contracts import Document
from aieco_assets.core.knowledge.days import periods_in
from aieco_assets.core.rag.understanding.replacements import (
    VERSION,
    plain_words,
    replacements,
    series_key,
    years_named,
)

_EARLIER = re.compile(
    r"\b(?:old|previous|former|earlier|superseded|replaced|outdated|alten?|frühere[nr]?|vorherigen?|bisherigen?"
    r"|ancienn?e?|précédente?|anterior)\s+((?:[^\W_]+[\s-]+){0,2}[^\W_]+)",
    re.IGNORECASE,
)
_A_DOCUMENT = "version policy rules rule edition document guideline richtlinie regelung fassung règlement política"


@dataclass(frozen=True)
class Meant:
    """Paths of the documents that a question does not mean.

    `replaced`: by others, or of a series in which it names another one. `not_in_force`: by themselves, not yet or no
    more; they may answer what nothing else does. `named`: those whose time or version it names.
    """

    replaced: frozenset[str] = frozenset()
    not_in_force: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()


class Validity:
    """The documents of one version of the knowledge base. Safe to share between threads."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._dated = [one for one in documents if one.in_force_from or one.in_force_until]
        self._documents = documents

    def meant(self, question: str, today: date, admitted: Container[str] | None = None) -> Meant:
        """What the question leaves out. A question that names no time means today.

        `admitted`: the only documents there are for it (None: all), so that only they can replace each other.
        """
        asked = _Asked.of(question)
        replaced: set[str] = set()
        for series in self._series:
            there = [one for one in series.documents if admitted is None or one.path in admitted]
            replaced |= {one.path for one in there} - {one.path for one in series.meant(there, asked, today)}
        periods = (*asked.periods, (today, today))
        out = {one.path for one in self._dated if not any(_is_in_force(one, *period) for period in periods)}
        out -= {one.path for series in self._series for one in series.documents}
        named = self._named(asked) if asked.periods or asked.versions else set()
        return Meant(frozenset(replaced), frozenset(out - replaced - named), frozenset(named - replaced))

    def _named(self, asked: _Asked) -> set[str]:
        return {one.path for one in self._documents if asked.names(one)}

    @cached_property
    def _series(self) -> list[_Series]:
        """Documents that follow each other, as sets that are joined by whoever replaces whom."""
        joined: dict[str, set[str]] = {}
        after: set[tuple[str, str]] = set()
        for new, old in replacements(self._documents):
            after.add((new.path, old.path))
            both = joined.get(new.path, {new.path}) | joined.get(old.path, {old.path})
            for path in both:
                joined[path] = both
        known = {one.path: one for one in self._documents}
        sets = {id(paths): paths for paths in joined.values()}.values()
        return [_Series([known[path] for path in sorted(paths)], after) for paths in sets]


@dataclass(frozen=True)
class _Asked:
    periods: tuple[tuple[date, date], ...]
    versions: frozenset[str]
    earlier: frozenset[str]  # words after one that says "old"

    @classmethod
    def of(cls, question: str) -> _Asked:
        earlier = {word for told in _EARLIER.findall(question) for word in plain_words(told)}
        return cls(periods_in(question), frozenset(VERSION.findall(question)), frozenset(earlier))

    def names(self, one: Document) -> bool:
        """Whether the question names the document's version, the time from which it is in force, or its day."""
        if one.version and one.version in self.versions:
            return True
        told = [one.in_force_from, *(() if one.in_force_from else (one.dated,))]
        years = years_named(one)
        return any(
            any(day and first <= day <= last for day in told) or str(first.year) in years
            for first, last in self.periods
        )


class _Series:
    """Documents of which later ones replace earlier ones. `after`: (path, path of one that it replaces)."""

    def __init__(self, documents: list[Document], after: set[tuple[str, str]]) -> None:
        self.documents, self._after = documents, after
        self._words = {*_A_DOCUMENT.split(), *(word for one in documents for word in series_key(one.title).split())}

    def meant(self, there: list[Document], asked: _Asked, today: date) -> list[Document]:
        """Those of `there` that the question means; all where it can't be told."""
        if asked.versions and (told := [one for one in there if one.version in asked.versions]):
            return told
        named = [one for one in there if asked.names(one)]
        for first, last in asked.periods:
            told = self._in_force(there, first, last)
            if named and not any(one in told for one in named):
                return named  # of a series without days its paths say the years
            if told:
                return told
        now = self._in_force(there, today, today) or there
        if asked.earlier & self._words and (told := [one for one in there if one not in now]):
            return told
        return now

    def _in_force(self, there: list[Document], first: date, last: date) -> list[Document]:
        """Those that are in force on a day of the period, and not replaced when it begins."""
        begun = [one for one in there if _begins(one) <= last]
        gone = self._replaced_by({one.path for one in begun if _begins(one) <= first})
        return [
            one for one in begun if one.path not in gone and not (one.in_force_until and one.in_force_until < first)
        ]

    def _replaced_by(self, paths: set[str]) -> set[str]:
        """What these replace, and what that had replaced before."""
        gone: set[str] = set()
        new = paths
        while new := {old for later, old in self._after if later in new} - gone:
            gone |= new
        return gone


def _begins(one: Document) -> date:
    return one.in_force_from or one.dated or date.min


def _is_in_force(one: Document, first: date, last: date) -> bool:
    begins, ends = one.in_force_from or date.min, one.in_force_until or date.max
    return begins <= last and ends >= first
