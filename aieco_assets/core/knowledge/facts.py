"""What a document says of itself: from its metadata and, where they are silent, from how its text begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from aieco_assets.core.knowledge.days import leading_day
from aieco_assets.core.knowledge.facts_phrases import DATED, FROM, REPLACES, TITLE_FROM, UNTIL, VERSION
from aieco_assets.core.knowledge.parsed import Facts, ParsedPage
from aieco_assets.core.text.language import language_of

_BEGINNING = 1_500  # characters; what stands further down may be about a part only
_NAMES = {
    "dated": (
        *("last_updated", "last_reviewed", "last_modified", "lastmod", "updated", "date", "datum", "published"),
        *("article:modified_time", "dcterms.modified", "article:published_time", "dcterms.date", "dc.date"),
        *("modified", "created"),
    ),
    "in_force_from": ("in_force_from", "effective_date", "effective_from", "effective", "valid_from", "gueltig_ab"),
    "in_force_until": ("in_force_until", "valid_until", "valid_to", "expires", "expiry_date", "gueltig_bis"),
    "version": ("version", "revision"),
    "replaces": ("replaces", "supersedes"),
    "language": ("language", "lang", "dc.language"),
    "tags": ("tags", "keywords", "keyword", "categories", "category", "article:tag", "dc.subject", "schlagworte"),
}
_CLAUSE = re.compile(r",\s+(?:which|and|der|die|das|qui)\b.*$", re.IGNORECASE)
_NEAR = 40  # characters after a phrase in which its day stands
_MOST_REPLACED = 10
_MOST_TAGS, _LONGEST_TAG = 50, 60
_TEMPLATE = "2013-12-23"  # the day on which a widely used library's empty document was made


def facts_from(told: Mapping[str, object]) -> Facts:
    """Facts of metadata by name (front matter, meta elements, properties of the file)."""
    known = {str(name).lower().replace(" ", "_").replace("-", "_"): value for name, value in told.items() if value}
    known |= {str(name).lower(): value for name, value in told.items() if value}

    def first(field: str) -> object:
        return next((known[name] for name in _NAMES[field] if name in known), "")

    days = {field: _day(first(field)) for field in ("in_force_from", "in_force_until")}
    dated = next((day for name in _NAMES["dated"] if (day := _day(known.get(name))) and day != _TEMPLATE), "")
    replaced = first("replaces")
    names = [str(one) for one in replaced] if isinstance(replaced, list) else [str(replaced)] if replaced else []
    return Facts(
        language=str(first("language")).replace("_", "-")[:20],
        dated=dated,
        version=str(first("version"))[:40],
        replaces=tuple(names[:_MOST_REPLACED]),
        tags=_tags(known[name] for name in _NAMES["tags"] if name in known),
        **days,
    )


def completed(facts: Facts, title: str, pages: Sequence[ParsedPage], dated_by_program: bool = False) -> Facts:
    """With what the text says where the metadata are silent. The language is that of the text, if that can be told.

    `dated_by_program`: the metadata have the day on which a program saved the file, so that the text knows better.
    """
    beginning = f"{title}\n{''.join(page.text for page in pages[:1])[:_BEGINNING]}"
    written = dated_in(beginning)
    found = Facts(
        language=language_of(" ".join(page.text for page in pages[:5])) or facts.language,
        dated=(written or facts.dated) if dated_by_program else (facts.dated or written),
        in_force_from=facts.in_force_from
        or next(chain(_days_after(TITLE_FROM, title), _days_after(FROM, beginning)), ""),
        in_force_until=facts.in_force_until or next(_days_after(UNTIL, beginning), ""),
        version=facts.version or (match[1] if (match := VERSION.search(REPLACES.sub("", beginning))) else ""),
        replaces=facts.replaces or tuple(dict.fromkeys(_replaced(beginning))),
        tags=facts.tags,
    )
    declared = facts.language.lower()
    return replace(found, language=facts.language) if declared.split("-")[0] == found.language else found


def dated_in(beginning: str) -> str:
    """The day that the beginning of a text gives as its own; empty where it gives none."""
    return next(_days_after(DATED, beginning), "")


def _days_after(phrase: re.Pattern[str], text: str) -> Iterator[str]:
    for match in phrase.finditer(text):
        rest = text[match.end() : match.end() + _NEAR].split("\n")[0]
        if day := leading_day(rest):
            yield day.isoformat()


def _replaced(text: str) -> Iterator[str]:
    for match in REPLACES.finditer(text):
        yield _CLAUSE.sub("", match[1]).strip(" ,\"'“”")


def _tags(told: Iterable[object]) -> tuple[str, ...]:
    """Tags as lists or as text between commas or semicolons; each once."""
    texts = [str(one) for value in told for one in (value if isinstance(value, list) else [value])]
    tags = (tag.strip().strip("#\"'").casefold() for text in texts for tag in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(tag[:_LONGEST_TAG] for tag in tags if tag))[:_MOST_TAGS]


def _day(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    day = leading_day(str(value or ""))
    return day.isoformat() if day else ""
