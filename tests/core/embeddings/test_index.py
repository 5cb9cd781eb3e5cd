"""From documents to hits: real Postgres, LanceDB and MiniLM."""

from __future__ import annotations

import re
import sys
import threading
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from lancedb.index import FTS
from lancedb.query import MatchQuery

from aieco_assets.core.contracts import Hit, Within
from aieco_assets.core.embeddings import store
from aieco_assets.core.embeddings.as_of import kept_versions
from aieco_assets.core.embeddings.coverage import IncompleteIndex
from aieco_assets.core.embeddings.embed import EmbedSync, embed_missing
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.in_memory import InMemory
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors, open_table, write_rows
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.chunks import ChunkSync, refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import pdf, write
from tests.waiting import until

RETURNS = "# Returns\n\nUnworn shoes may be returned within 30 days."
DELIVERY = "# Delivery\n\nParcels arrive within three working days."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "documents", returns__md=RETURNS, delivery__md=DELIVERY)


@pytest.fixture
def knowledge(settings: Settings, source: Path) -> Settings:
    return settings.model_copy(update={"documents": str(source)})


def run(settings: Settings) -> tuple[ChunkSync, EmbedSync, int, int]:
    """The assets' work: (chunks, embeddings, published version, documents given to the reader)."""
    sync_documents(settings)
    reader = DocumentReader()
    chunks = refresh_chunks(settings, reader=reader)
    embedded = embed_missing(settings, load_embedder(settings))
    return chunks, embedded, VectorStore.open(settings).publish(), reader.requests


def ask(settings: Settings, question: str, k: int = 8) -> list[Hit]:
    live = VectorStore.open(settings).live()
    assert live is not None
    return live.search(question, load_embedder(settings).encode([question])[0], k)


def documents(hits: list[Hit]) -> set[str]:
    return {hit.chunk.document for hit in hits}


def test_readers_find_the_live_version_while_old_ones_are_dropped(knowledge: Settings):
    version = run(knowledge)[2]
    table, ended = open_table(connect_vectors(knowledge), "chunks"), threading.Event()

    def drop_again_and_again() -> None:
        while not ended.is_set():
            table.tags.create("published-999", version)
            table.tags.delete("published-999")

    dropping = threading.Thread(target=drop_again_and_again)
    dropping.start()
    try:
        index = VectorStore.open(knowledge).live()
        assert index is not None
        for _ in range(10):
            assert {index.refresh() for _ in range(30)} == {index}
            assert kept_versions(knowledge).keys() >= {version}
        assert dropping.is_alive()
    finally:
        ended.set()
        dropping.join()


def test_the_best_hit_answers_and_its_chunk_is_a_span_of_its_page(knowledge: Settings):
    run(knowledge)
    hits = ask(knowledge, "How long can I bring shoes back?")
    best = hits[0].chunk
    live = VectorStore.open(knowledge).live()
    assert live is not None
    page = live.page(best.sha256, best.page)
    assert best.document == "returns.md"
    assert page.text[best.start : best.end] == best.text
    assert live.pages("returns.md") == [page]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_add_change_delete_and_rename_reach_the_answers_and_touch_nothing_else(knowledge: Settings, source: Path):
    assert run(knowledge)[3] == 2

    write(source, gifts__md="# Gift cards\n\nA gift card is valid for 36 months.")
    chunks, embedded, _, requests = run(knowledge)
    assert (chunks.parsed, embedded.embedded, requests) == (1, 1, 1)
    assert ask(knowledge, "How long is a gift card valid?")[0].chunk.document == "gifts.md"

    write(source, returns__md=RETURNS.replace("30 days", "45 days"))
    chunks, embedded, _, requests = run(knowledge)
    assert (chunks.parsed, chunks.removed, embedded.embedded, requests) == (1, 1, 1, 1)
    texts = [hit.chunk.text for hit in ask(knowledge, "How long can I bring shoes back?")]
    assert any("45 days" in text for text in texts)
    assert not any("30 days" in text for text in texts)

    (source / "gifts.md").rename(source / "presents.md")
    chunks, embedded, _, requests = run(knowledge)
    assert (chunks.renamed, chunks.parsed, chunks.removed, embedded.embedded, requests) == (1, 0, 0, 0, 0)
    assert ask(knowledge, "How long is a gift card valid?")[0].chunk.document == "presents.md"

    (source / "presents.md").unlink()
    chunks, embedded, _, requests = run(knowledge)
    assert (chunks.removed, embedded.embedded, requests) == (1, 0, 0)
    assert documents(ask(knowledge, "How long is a gift card valid?")) == {"returns.md", "delivery.md"}


def test_a_run_without_changes_writes_no_new_version(knowledge: Settings):
    _, _, version, _ = run(knowledge)
    before = tables_versions(knowledge)
    chunks, embedded, again, requests = run(knowledge)
    assert (chunks.changed, embedded.embedded, again, requests) == (0, 0, version, 0)
    assert tables_versions(knowledge) == before


def tables_versions(settings: Settings) -> list[int]:
    database = connect_vectors(settings)
    return [open_table(database, name).version for name in ("chunks", "pages")]


def test_equal_documents_are_one_until_the_last_copy_goes(knowledge: Settings, source: Path):
    write(source, copy__md=RETURNS)
    chunks, *_ = run(knowledge)
    assert (chunks.parsed, chunks.documents) == (2, 2)
    assert ask(knowledge, "shoes")[0].chunk.document == "copy.md"
    (source / "copy.md").unlink()
    chunks, *_ = run(knowledge)
    assert (chunks.parsed, chunks.removed, chunks.renamed) == (0, 0, 1)
    assert ask(knowledge, "shoes")[0].chunk.document == "returns.md"


def test_a_broken_pdf_is_quarantined_once_and_the_rest_goes_on(knowledge: Settings, source: Path):
    write(source, broken__pdf=b"%PDF-1.7 cut", guide__pdf=pdf("Warranty lasts two years."))
    chunks, _, _, requests = run(knowledge)
    assert (chunks.documents, chunks.quarantined, requests) == (3, 1, 4)
    assert ask(knowledge, "How long is the warranty?")[0].chunk.document == "guide.pdf"
    with connect(knowledge.warehouse) as connection:
        rows = connection.execute("select source, path, place, reason from lake.document_quarantine").fetchall()
    assert rows[0][:3] == ("knowledge/chunks", "broken.pdf", "content")
    assert "it is broken" in rows[0][3]
    assert run(knowledge)[3] == 0
    write(source, broken__pdf=pdf("Whole again."))
    assert run(knowledge)[0].quarantined == 0


def test_readers_keep_the_published_version_until_the_next_is_complete(knowledge: Settings, source: Path):
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    write(source, gifts__md="A gift card is valid for 36 months.")
    (source / "delivery.md").unlink()
    sync_documents(knowledge)
    refresh_chunks(knowledge)
    with pytest.raises(IncompleteIndex, match="1 of 2 chunks are embedded"):
        VectorStore.open(knowledge).publish()
    assert live.refresh() is live
    assert live.knowledge_version().stale
    assert documents(ask(knowledge, "gift card")) == {"returns.md", "delivery.md"}
    assert live.pages("delivery.md")
    run(knowledge)
    newer = live.refresh()
    assert newer.version > live.version
    assert live.refresh() is newer  # opened once, however often the old one is asked
    assert not newer.knowledge_version().stale
    assert newer.pages("delivery.md") == []
    # Whoever is in the middle of an answer can finish it.
    assert live.pages("delivery.md")
    assert documents(live.search("gift card", [0.1] * 384)) == {"returns.md", "delivery.md"}


def test_as_of_is_when_the_documents_were_last_seen(knowledge: Settings):
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    run(knowledge)
    again = VectorStore.open(knowledge).live()
    assert again is not None
    assert again.version == live.version
    assert live.as_of is not None
    assert again.as_of is not None
    assert again.as_of > live.as_of
    assert live.knowledge_version().as_of == again.as_of


def test_old_versions_are_removed_but_not_the_last_ones(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "CLEANUP_MARGIN", timedelta(seconds=1))
    _, _, first, _ = run(knowledge)
    numbers = count()

    def published_until_the_first_is_gone() -> bool:
        write(source, note__md=f"Note number {next(numbers)}.")
        run(knowledge)
        versions = {entry["version"] for entry in open_table(connect_vectors(knowledge), "chunks").list_versions()}
        return min(versions) > first

    until(published_until_the_first_is_gone, 60, "the removal of the first version")  # the margin passes meanwhile
    table = open_table(connect_vectors(knowledge), "chunks")
    kept = {tag["version"] for name, tag in table.tags.list().items() if name.startswith("published-")}
    assert len(kept) == 3
    assert kept <= {entry["version"] for entry in table.list_versions()}


def test_a_repeated_chunk_id_is_not_published(knowledge: Settings):
    run(knowledge)
    table = open_table(connect_vectors(knowledge), "chunks")
    table.add(table.to_arrow().slice(0, 1))
    with pytest.raises(IncompleteIndex, match="1 chunk ids occur more than once"):
        VectorStore.open(knowledge).publish()


def test_a_vector_index_is_used_from_the_given_number_of_rows(knowledge: Settings, source: Path):
    write(source, long__txt="\n\n".join(f"Paragraph {number} is about thing {number}. " * 12 for number in range(60)))
    sync_documents(knowledge)
    refresh_chunks(knowledge)
    embed_missing(knowledge, load_embedder(knowledge))
    vectors = VectorStore.open(knowledge)
    vectors.publish(vector_index_rows=50)
    assert vectors.coverage().unindexed == 0
    names = {index.name for index in open_table(connect_vectors(knowledge), "chunks").list_indices()}
    assert names == {"indexed_text_idx", "vector_idx"}
    assert "thing 17" in ask(knowledge, "What is paragraph 17 about?")[0].chunk.text


def test_a_search_of_many_chunks_reads_only_the_partitions_near_the_question(knowledge: Settings):
    table = open_table(connect_vectors(knowledge), "chunks")
    vectors = np.random.default_rng(7).normal(size=(6_000, 384)).astype(np.float32)
    ids = [f"{number:05}" for number in range(len(vectors))]
    same = {
        "sha256": "s",
        "document": "d",
        "text": "text",
        "heading": "",
        "indexed_text": "text",
        "embedder": "e",
        "embedder_version": "1",
    }
    columns = {name: [value] * len(ids) for name, value in same.items()}
    columns |= {"chunk_id": ids, **dict.fromkeys(("page", "start", "end"), [0] * len(ids))}
    columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 384)
    table.add(pa.table([columns[field.name] for field in table.schema], schema=table.schema))
    VectorStore.open(knowledge).publish(vector_index_rows=6_000)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    assert live.search("nothing of this kind", vectors[123], 1)[0].chunk.chunk_id == "00123"
    table.checkout_latest()
    plan = table.search(vectors[123], vector_column_name="vector").nprobes(5).limit(1).analyze_plan()
    (compared,) = {float(found) for found in re.findall(r"index_comparisons=([\d.]+) K", plan)}
    assert compared < 5  # thousands of 6


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_search_within_some_documents_ranks_no_others(
    knowledge: Settings, monkeypatch: pytest.MonkeyPatch, in_memory: bool
):
    if not in_memory:
        monkeypatch.setattr(InMemory, "of", lambda chunks: None)
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    vector = load_embedder(knowledge).encode(["Within how many days?"])[0]

    def found(within: Within | None) -> set[str]:
        return documents(live.search("Within how many days?", vector, within=within))

    assert found(None) == {"returns.md", "delivery.md"}
    assert found(Within(frozenset({"returns.md"}))) == {"returns.md"}
    assert found(Within(frozenset({"returns.md"}), excluded=True)) == {"delivery.md"}
    assert found(Within(frozenset())) == set()
    assert found(Within(frozenset({"it's.md"}))) == set()


def test_the_words_of_a_version_are_counted_without_what_the_packaged_service_lacks(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    write(source, hours__md="Öffnungszeiten: 9:00. ÖFFNUNGSZEITEN of the café; shoes, Shoes!")
    run(knowledge)
    monkeypatch.setitem(sys.modules, "polars", None)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    told = live.vocabulary()

    assert (told["öffnungszeiten"], told["café"], told["shoes"]) == (2, 1, 3)
    assert not {"of", "9", "00", ""} & set(told)


def test_words_are_counted_over_all_batches(knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch):
    write(source, one__md="Lantern, heart.", two__md="Lantern and lantern.")
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    monkeypatch.setattr("aieco_assets.core.embeddings.word_counts._AT_ONCE", 1)

    assert (live.vocabulary()["lantern"], live.vocabulary()["heart"]) == (3, 1)


def test_a_version_knows_what_its_documents_say_of_themselves(knowledge: Settings, source: Path):
    write(source, hours__md="---\ntags: [Shop, opening]\nversion: 1.2\ndate: 2026-03-02\n---\nOpen at 9:00.")
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    told = {one.path: one for one in live.documents}

    assert set(told) == {"returns.md", "delivery.md", "hours.md"}
    assert (told["hours.md"].tags, told["hours.md"].version) == (("shop", "opening"), "1.2")
    assert (told["hours.md"].dated, told["returns.md"].title) == (date(2026, 3, 2), "Returns")


def test_words_of_scripts_without_spaces_are_found_also_in_a_home_whose_index_did_not_part_them(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    write(
        source,
        ja__md="芥川龍之介の小説「悪魔」。",
        zh__md="我们的退货政策是三十天。",
        ko__md="반품은 30일 이내에 가능합니다.",
    )

    def worded(query: str) -> list[str]:
        table = open_table(connect_vectors(knowledge), "chunks")
        found = table.search(MatchQuery(query, "indexed_text"), query_type="fts").to_list()
        return [row["document"] for row in found]

    monkeypatch.setattr(store, "TOKENIZER", "simple")
    run(knowledge)
    assert (worded("小説"), worded("shoes")) == ([], ["returns.md"])
    monkeypatch.undo()
    write(source, new__md="Nothing else.")
    run(knowledge)
    assert (worded("小説"), worded("退货"), worded("30일")) == (["ja.md"], ["zh.md"], ["ko.md"])
    assert worded("shoes") == ["returns.md"]


def test_a_version_kept_in_memory_answers_as_the_engine_does(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    write(source, long__txt="\n\n".join(f"Paragraph {number} is about thing {number}. " * 12 for number in range(60)))
    run(knowledge)
    questions = ["shoes in three days", "What is paragraph 17 about?", "nothing of the kind", "thing 3 or thing 4"]

    def found() -> list[list[tuple[str, float]]]:
        answers = [ask(knowledge, question, 20) for question in questions]
        return [[(hit.chunk.chunk_id, pytest.approx(hit.score, abs=1e-5)) for hit in hits] for hits in answers]

    kept = found()
    monkeypatch.setattr(InMemory, "of", lambda table: None)
    assert found() == [[(one, score.expected) for one, score in hits] for hits in kept]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_section_is_found_by_the_title_of_its_document_and_by_its_heading(knowledge: Settings, source: Path):
    write(
        source,
        stork__html="<title>Stork City</title><h1>Care</h1><h2>Full service</h2><p>It costs 89 pounds.</p>",
        heron__html="<title>Heron Tour</title><h1>Care</h1><h2>Full service</h2><p>It costs 99 pounds.</p>",
    )
    run(knowledge)
    assert ask(knowledge, "How much is a full service of the Stork City?", 1)[0].chunk.document == "stork.html"
    assert ask(knowledge, "How much is a full service of the Heron Tour?", 1)[0].chunk.document == "heron.html"


def test_a_version_published_before_titles_were_searched_still_answers(knowledge: Settings):
    run(knowledge)
    table = open_table(connect_vectors(knowledge), "chunks")
    table.drop_columns(["indexed_text"])
    table.create_index("text", config=FTS(base_tokenizer=store.TOKENIZER), name="text_idx")
    store._set_tag(table, "live", table.version)
    pages = open_table(connect_vectors(knowledge), "pages")
    store._set_tag(pages, f"published-{table.version}", pages.version)
    assert ask(knowledge, "shoes", 1)[0].chunk.document == "returns.md"
    run(knowledge)  # documents are not read again, as their reader is today's: embedded by their text, searched by it
    assert ask(knowledge, "shoes", 1)[0].chunk.document == "returns.md"


def test_only_a_small_and_complete_version_is_kept_in_memory(knowledge: Settings, source: Path):
    run(knowledge)
    table = open_table(connect_vectors(knowledge), "chunks")
    rows = table.count_rows()
    kept = InMemory.of(table, most=rows)
    assert kept is not None and InMemory.of(table, most=rows - 1) is None
    write(source, news__md="# News\n\nNot embedded yet.")
    sync_documents(knowledge)
    refresh_chunks(knowledge)
    table.checkout_latest()
    assert table.count_rows() > rows and InMemory.of(table) is None


def test_any_question_is_text_and_raises_nothing(knowledge: Settings):
    run(knowledge)
    questions = ['"unclosed (quote', "a AND OR NOT", "text:* ~2 ^3 +x -y", "'; drop table chunks; --", "\\", "[{<>}]"]
    for question in [*questions, "", "the", "惡魔", "word " * 5_000]:
        assert documents(ask(knowledge, question)) == {"returns.md", "delivery.md"}


def test_names_with_quotes_are_only_names(knowledge: Settings, source: Path):
    write(source, **{'it\'s "x"; -- __md': "Quoted name."})
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    assert [page.text for page in live.pages('it\'s "x"; -- .md')] == ["Quoted name."]
    assert live.pages("' or 1=1 --") == []


def test_threads_search_one_index_at_once(knowledge: Settings):
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    found: list[str] = []

    def search() -> None:
        vector = load_embedder(knowledge).encode(["shoes"])[0]
        found.extend(live.search("shoes", vector, 1)[0].chunk.document for _ in range(5))

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["returns.md"] * 20


def test_a_killed_chunking_is_taken_up_where_it_was(knowledge: Settings):
    """Chunks are written before pages: rows of a document without pages are replaced by the next run."""
    run(knowledge)
    database = connect_vectors(knowledge)
    pages, chunks = open_table(database, "pages"), open_table(database, "chunks")
    pages.delete("document = 'returns.md'")
    write_rows(chunks, "chunk_id", [{**chunks.to_arrow().to_pylist()[0], "chunk_id": "left over", "sha256": "unknown"}])
    done, *_ = run(knowledge)
    assert (done.parsed, done.removed) == (1, 1)
    assert open_table(connect_vectors(knowledge), "chunks").count_rows() == 2


def test_nothing_published_is_none_and_makes_no_table(settings: Settings):
    assert VectorStore.open(settings).live() is None
    assert not Path(settings.lancedb).exists() or not list(Path(settings.lancedb).iterdir())


def test_a_vector_of_another_embedder_is_refused_with_the_mend(knowledge: Settings):
    run(knowledge)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    with pytest.raises(AiecoError, match=r"384 numbers.*aieco run"):
        live.search("shoes", [1.0, 0.0])


def test_the_real_documents_are_found_by_page(settings: Settings, real_data: Path, tmp_path: Path):
    names = ("PerksPlus.pdf", "Simple Table.pdf", "employee_handbook.pdf")
    folder = tmp_path / "real"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes((real_data / "documents" / name).read_bytes())
    real = settings.model_copy(update={"documents": str(folder)})
    run(real)
    hits = ask(real, "How much can employees expense for fitness-related programs?", 3)
    assert ("PerksPlus.pdf", 3) in {(hit.chunk.document, hit.chunk.page) for hit in hits}
    live = VectorStore.open(real).live()
    assert live is not None
    for name in names:
        pages = {page.page: page.text for page in live.pages(name)}
        for hit in ask(real, name, 50):
            if hit.chunk.document == name:
                assert pages[hit.chunk.page][hit.chunk.start : hit.chunk.end] == hit.chunk.text
