"""Older versions of the knowledge base: searched by number, day or time, and refused in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from aieco_assets.core.embeddings.as_of import kept_versions, open_as_of
from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import write
from tests.core.rag.scripted import WordEmbedder


def publish(settings: Settings, source: Path, text: str, published: str) -> int:
    """A version that says `text`, as if published at that moment."""
    write(source, note__md=text)
    sync_documents(settings)
    refresh_chunks(settings)
    embed_missing(settings, Words())  # type: ignore[arg-type]
    version = VectorStore.open(settings).publish()
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update lake.knowledge_versions set published_at = %s where version = %s", (published, version)
        )
    return version


class Words(WordEmbedder):
    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        return super().encode(texts)


def test_the_version_that_answered_then_is_searched_and_what_is_kept_no_more_is_named(
    settings: Settings, tmp_path: Path
):
    source = tmp_path / "documents"
    own = settings.model_copy(update={"documents": str(source), "keep_versions": 2})
    with pytest.raises(AiecoError, match="No knowledge base is published yet"):
        open_as_of(own, "1")
    source.mkdir()
    days = ("2026-01-10 08:00+00", "2026-02-10 08:00+00", "2026-03-10 08:00+00")
    first, second, third = (publish(own, source, f"The limit is {n} euros.", day) for n, day in enumerate(days, 1))

    def said(wanted: str) -> str:
        index = open_as_of(own, wanted)
        return index.search("limit", Words().encode(["limit"])[0], 1)[0].chunk.text

    assert said(str(third)) == said("2026-03-10") == said("2031-01-01") == "The limit is 3 euros."
    assert said(str(second)) == said("2026-03-09") == said("2026-02-10T08:00Z") == "The limit is 2 euros."
    assert open_as_of(own, "2026-03-09").knowledge_version().stale
    assert list(kept_versions(own)) == [second, third]
    assert kept_versions(own)[second] == datetime(2026, 2, 10, 8, tzinfo=timezone.utc)
    kept = rf"Version {first} of the knowledge base is not kept: there are {second} \(2026-02-10 08:00 UTC\), {third} "
    for gone in (str(first), "2026-01-31"):
        with pytest.raises(AiecoError, match=kept):
            open_as_of(own, gone)
    with pytest.raises(AiecoError, match="published by 2026-01-10 07:59 UTC: the first was on 2026-01-10 08:00 UTC"):
        open_as_of(own, "2026-01-10T07:59")
    for wrong in ("yesterday", "-3", "v2", "", "9" * 30):
        with pytest.raises(AiecoError):
            open_as_of(own, wrong)
