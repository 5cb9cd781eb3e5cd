"""How much personal data each document holds, by kind: counts, never values. The cost follows what changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import PAGES_TABLE
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, open_table
from aieco_assets.core.governance.personal_data import VERSION, PersonalDataFinder, Unsearchable
from aieco_assets.core.governance.personal_data_kinds import Found
from aieco_assets.core.governance.personal_data_patterns import TITLE
from aieco_assets.core.governance.pii_rules import load_rules
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb.table import Table

_PAGES = 256  # whose texts are in memory at once
UNSEARCHED = "unsearched"  # in place of a kind: pages that the finder could not look at


@dataclass(frozen=True)
class PersonalDataSync:
    """What is there now: `documents` that hold any, `values` by kind. `searched`: documents looked through just now."""

    documents: int = 0
    searched: int = 0
    values: dict[str, int] = field(default_factory=dict)


def count_personal_data(settings: Settings, finder: PersonalDataFinder | None = None) -> PersonalDataSync:
    """Looks through the documents whose text is new, or that other kinds were looked for in, and forgets those gone.

    Killed anywhere and run again it ends in the same rows. Raises AiecoError for a pii.yaml that is not valid, and
    where the finder can't be started.
    """
    kinds = load_rules(settings).marked
    version = f"{VERSION}:{','.join(sorted(kinds))}"
    pages = open_table(connect_vectors(settings), PAGES_TABLE)
    current = {row["sha256"] for row in column(pages, "sha256").group_by("sha256").aggregate([]).to_pylist()}
    with connect(settings.warehouse) as connection:
        connection.execute(
            "delete from lake.document_personal_data where not sha256 = any(%s) or %s", (sorted(current), not kinds)
        )
        known = connection.execute(
            "select sha256 from lake.document_personal_data where finder = %s", (version,)
        ).fetchall()
        languages = dict(connection.execute("select sha256, language from lake.document_facts").fetchall())
    new = sorted(current - {sha256 for (sha256,) in known}) if kinds else []
    if new:
        with _opened(finder) as found:
            for batch in _batches(pages, new):
                _write(settings, _counted(found, batch, kinds, languages), version)
    return _summary(settings, len(new))


class _opened:
    """The finder given, or one for this look alone: a run that goes on has better use for its memory."""

    def __init__(self, given: PersonalDataFinder | None) -> None:
        self._given, self._own = given, None if given else PersonalDataFinder()

    def __enter__(self) -> PersonalDataFinder:
        return self._given or self._own  # type: ignore[return-value] - one is there

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._own.close()


_Pages = dict[str, list[str]]  # by document


def _batches(pages: Table, hashes: Sequence[str]) -> Iterator[_Pages]:
    """Whole documents, as many as have _PAGES pages together."""
    counts = column(pages, "sha256").group_by("sha256").aggregate([("sha256", "count")]).to_pylist()
    sizes = {row["sha256"]: row["sha256_count"] for row in counts}
    batch: list[str] = []
    for sha256 in hashes:
        batch.append(sha256)
        if sum(sizes[one] for one in batch) >= _PAGES or len(batch) == _PAGES:
            yield _texts(pages, batch)
            batch = []
    if batch:
        yield _texts(pages, batch)


def _texts(pages: Table, hashes: list[str]) -> _Pages:
    rows = pages.search().where(any_of("sha256", hashes)).select(["sha256", "text"]).limit(10_000_000).to_list()
    texts: _Pages = {sha256: [] for sha256 in hashes}
    for row in rows:
        texts[row["sha256"]].append(row["text"])
    return texts


def _counted(
    finder: PersonalDataFinder, batch: _Pages, kinds: frozenset[str], languages: dict[str, str]
) -> dict[str, Counter[str]]:
    """By document. Names are looked for in English alone: in other languages the model takes any word for one."""
    counts: dict[str, Counter[str]] = {sha256: Counter() for sha256 in batch}
    english = [sha256 for sha256 in batch if languages.get(sha256, "") in ("", "en")]
    others = [sha256 for sha256 in batch if sha256 not in set(english)]
    for hashes, wanted in ((english, kinds), (others, kinds - {"name"})):
        texts = [(sha256, text) for sha256 in hashes for text in batch[sha256]]
        for sha256, found in _found(finder, texts, wanted):
            counts[sha256].update(found)
    return counts


def _found(
    finder: PersonalDataFinder, texts: list[tuple[str, str]], kinds: frozenset[str]
) -> Iterator[tuple[str, list[str]]]:
    """The kinds of the values in each text; all together, and one by one where one of them can't be looked at."""
    try:
        together = finder.find([text for _, text in texts], kinds) if texts else []
        for (sha256, text), found in zip(texts, together, strict=True):
            yield sha256, [one.kind for one in found if one.kind != "name" or in_full(text, one)]
    except Unsearchable:
        if len(texts) == 1:
            yield texts[0][0], [UNSEARCHED]
            return
        for one in texts:
            yield from _found(finder, [one], kinds)


def in_full(text: str, name: Found) -> bool:
    """Whether a name has two words, or a title before it: in headings and tables the model takes any word for one."""
    words = text[name.start : name.end]
    return bool(re.search(rf"{TITLE}\s+$", text[max(0, name.start - 20) : name.start])) or (
        " " in words and "\n" not in words
    )


def _write(settings: Settings, counts: dict[str, Counter[str]], version: str) -> None:
    from psycopg.types.json import Jsonb

    with connect(settings.warehouse) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into lake.document_personal_data (sha256, counts, finder) values (%s, %s, %s)"
            " on conflict (sha256) do update set counts = excluded.counts, finder = excluded.finder, found_at = now()",
            [(sha256, Jsonb(dict(found)), version) for sha256, found in counts.items()],
        )


def _summary(settings: Settings, searched: int) -> PersonalDataSync:
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select key, sum(value::bigint)::bigint from lake.document_personal_data, jsonb_each_text(counts)"
            " group by key order by key"
        ).fetchall()
        held = connection.execute(
            "select count(*) from lake.document_personal_data where counts <> '{}'::jsonb"
        ).fetchone()
    return PersonalDataSync(held[0] if held else 0, searched, {kind: int(values) for kind, values in rows})
