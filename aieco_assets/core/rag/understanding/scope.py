"""In which documents the answer to a question is looked for: what the filter admits and the question means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from aieco_assets.core.contracts import Document, DocumentFilter, Within
from aieco_assets.core.errors import NoSuchDocument
from aieco_assets.core.rag.understanding.validity import Validity

_SHOWN = 5


@dataclass(frozen=True)
class Scope:
    """`within`: where to look first (None: everywhere). `wider`: with what is not in force by itself, to be looked at
    where the first gives no answer; equal to `within` where there is nothing of that kind. `named`: paths of documents
    whose time or version the question names."""

    within: Within | None = None
    wider: Within | None = None
    named: frozenset[str] = frozenset()


class Documents:
    """The documents of one version of the knowledge base. Safe to share between threads."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents, self._validity = documents, Validity(documents)

    def scope(self, question: str, wanted: DocumentFilter, today: date) -> Scope:
        """Raises NoSuchDocument when no document is as wanted."""
        admitted = frozenset(self._admitted(wanted)) if wanted != DocumentFilter() else None
        meant = self._validity.meant(question, today, admitted)
        return Scope(
            _without(admitted, meant.replaced | meant.not_in_force), _without(admitted, meant.replaced), meant.named
        )

    def _admitted(self, wanted: DocumentFilter) -> list[str]:
        for name in wanted.documents:
            if not any(_is_at(one.path, name) for one in self._documents):
                raise NoSuchDocument(f"No document is at {name}: give a path, a folder or a path with * as documents.")
        for tag in wanted.tags:
            if not any(tag.casefold() in one.tags for one in self._documents):
                raise NoSuchDocument(f"No document has the tag {tag}: {self._tags()}.")
        found = [one.path for one in self._documents if _is_wanted(one, wanted)]
        if not found:
            raise NoSuchDocument("No document is of that language, day and tag at once: leave one of them out.")
        return found

    def _tags(self) -> str:
        tags = sorted({tag for one in self._documents for tag in one.tags})
        more = f" and {len(tags) - _SHOWN} more" if len(tags) > _SHOWN else ""
        return f"there are {', '.join(tags[:_SHOWN])}{more}" if tags else "none of them has any"


def _without(admitted: frozenset[str] | None, left_out: frozenset[str]) -> Within | None:
    if admitted is not None:
        return Within(admitted - left_out)
    return Within(left_out, excluded=True) if left_out else None


def _is_wanted(one: Document, wanted: DocumentFilter) -> bool:
    if wanted.documents and not any(_is_at(one.path, name) for name in wanted.documents):
        return False
    if wanted.tags and not any(tag.casefold() in one.tags for tag in wanted.tags):
        return False
    if wanted.languages and not any(_is_language(one.language, name) for name in wanted.languages):
        return False
    if not (wanted.dated_from or wanted.dated_until):
        return True
    return bool(one.dated and (wanted.dated_from or date.min) <= one.dated <= (wanted.dated_until or date.max))


def _is_at(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name.rstrip('/')}/") or ("*" in name and fnmatchcase(path, name))


def _is_language(language: str, name: str) -> bool:
    """Whether a language is one, or a kind of one: de-AT is de."""
    return language.casefold() == name.casefold() or language.casefold().startswith(f"{name.casefold()}-")
