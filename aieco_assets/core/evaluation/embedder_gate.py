"""A new embedder goes live when it finds the pages of the golden questions no worse than the one in production."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHAMPION, CHUNKS_TABLE, EMBEDDER, PAGES_TABLE
from aieco_assets.core.embeddings.candidate_vectors import drop_beside, embed_beside, vectors_beside, versions_beside
from aieco_assets.core.embeddings.embed import EmbedSync, embed_missing
from aieco_assets.core.embeddings.embedder import Embedder, identify_embedder, load_embedder
from aieco_assets.core.embeddings.index import PAGE_COLUMNS, page_of
from aieco_assets.core.embeddings.production import LostEmbedder, candidate, in_production, worth_keeping
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.rag.evidence.precompute import ReadSync, read_ahead
from aieco_assets.core.settings import Settings
from aieco_assets.core.text.sentences import split_page

if TYPE_CHECKING:
    import pyarrow as pa

    from aieco_assets.core.registry.promotion import Verdict

LOOKED_AT = 20  # chunks
AMONG = 5
GOLDEN = "golden questions"
OWN_SENTENCES = 60  # pages that are asked for by a sentence of their own where there are no golden questions


@dataclass(frozen=True)
class Embedded:
    """What a run of the embedding step did. `gate`: what became of a new embedder, empty when there was none."""

    sync: EmbedSync
    read: ReadSync
    gate: str


def embed_knowledge(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Embedded:
    """Every chunk gets its vector of the embedder in production; a new one is judged first, on vectors beside.

    Killed anywhere and run again it ends in the same state. Raises AiecoError when the embedder in production is gone.
    """
    gate = ""
    try:
        present = in_production(settings)
    except LostEmbedder as lost:
        gate = _replace(settings, lost)
        present = in_production(settings)
    sync = embed_missing(present, progress=progress)
    gate = gate or _judge(settings, present)
    if gate and in_production(settings).embedder != present.embedder:
        present = in_production(settings)
        sync = embed_missing(present, progress=progress)
    _tidy(settings)
    return Embedded(sync, read_ahead(present), gate)


def _judge(settings: Settings, present: Settings) -> str:
    """Puts the settings' embedder into production if it may. A version is judged once: see `registry.promotion`."""
    new = candidate(settings)
    if new is None or new.sha256 == identify_embedder(present)[1]:
        return ""
    from aieco_assets.core.registry.aliases import history
    from aieco_assets.core.registry.promotion import REFUSED, enter, is_judged

    moves = history(settings, EMBEDDER)
    if is_judged(settings, EMBEDDER, new.version) or any(
        move.alias == CHAMPION and move.to_version == new.version for move in moves
    ):
        return (
            f"AIECO_EMBEDDER names version {new.version}, which is not in production: "
            f"`aieco promote {EMBEDDER} {new.version}` puts it there."
        )
    verdict = compare(settings, load_embedder(present), load_embedder(settings))
    outcome = enter(settings, EMBEDDER, new.version, verdict)
    if outcome == REFUSED:
        drop_beside(connect_vectors(settings), new.sha256)
    return f"version {new.version} {outcome}: {verdict.reason}"


def _replace(settings: Settings, lost: LostEmbedder) -> str:
    """Without its embedder nobody can ask, so the one of the settings takes over unless it was refused before."""
    from aieco_assets.core.registry.promotion import PROMOTED, Verdict, enter, is_judged

    new = candidate(settings)
    if new is None or is_judged(settings, EMBEDDER, new.version):
        raise lost
    verdict = Verdict(True, f"the one in production is lost, so nothing was compared: {lost}")
    if enter(settings, EMBEDDER, new.version, verdict) != PROMOTED:
        raise lost
    return f"version {new.version} promoted: {verdict.reason}"


def compare(
    settings: Settings, present: Embedder, new: Embedder, asked: tuple[Sequence[Question], str] | None = None
) -> Verdict:
    """Whether the new embedder finds what is asked for no worse: share of pages among the first five, and their rank.

    By meaning alone and exactly, so that neither words in common nor an index hides a difference. `asked`: questions
    and what they are, in the plural; left out, `gate_questions`.
    """
    from aieco_assets.core.registry.promotion import Verdict

    embed_beside(settings, new)
    database = connect_vectors(settings)
    chunks = column(open_table(database, CHUNKS_TABLE), "chunk_id", "document", "page", "vector")
    beside = vectors_beside(database, new.version)
    assert beside is not None
    questions, kind = asked or gate_questions(settings)
    if not questions:
        return Verdict(False, "there is no question and no sentence to compare with", {"questions": 0})
    place = {row["chunk_id"]: (row["document"], row["page"]) for row in chunks.drop_columns(["vector"]).to_pylist()}
    old_score, new_score = (
        _score(questions, embedder, table, place) for embedder, table in ((present, chunks), (new, beside))
    )
    numbers = {"questions": len(questions), "kind": kind, "champion": old_score, "challenger": new_score}
    worse = [name for name in old_score if new_score[name] < old_score[name]]
    told = "; ".join(f"{name} {new_score[name]:.3f} against {old_score[name]:.3f}" for name in old_score)
    return Verdict(not worse, f"retrieval on {len(questions)} {kind}: {told}", numbers)


def _score(
    questions: Sequence[Question], embedder: Embedder, table: pa.Table, place: dict[str, tuple[str, int]]
) -> dict[str, float]:
    import numpy as np

    ids = table["chunk_id"].to_pylist()
    vectors = np.stack(table["vector"].combine_chunks().to_numpy(zero_copy_only=False))
    asked = embedder.encode_query([question.question for question in questions])
    ranks = []
    for question, vector in zip(questions, asked, strict=True):
        best = np.argsort(-(vectors @ vector), kind="stable")[:LOOKED_AT]
        pages = [place[ids[one]] for one in best]
        ranks.append(next((n for n in range(1, len(pages) + 1) if question.is_found(pages[:n])), 0))
    found = [1 / rank if rank else 0.0 for rank in ranks]
    return {
        f"recall_at_{AMONG}": round(sum(0 < rank <= AMONG for rank in ranks) / len(ranks), 4),
        "mrr": round(sum(found) / len(found), 4),
    }


def gate_questions(settings: Settings) -> tuple[list[Question], str]:
    """The golden questions that name a page; where there is none, sentences that must find the page they are from."""
    from aieco_assets.core.evaluation.golden import golden_questions

    golden = [question for question in golden_questions(settings) if question.citations]
    if golden:
        return golden, GOLDEN
    rows: list[dict[str, Any]] = column(open_table(connect_vectors(settings), PAGES_TABLE), *PAGE_COLUMNS).to_pylist()
    pages = sorted(map(page_of, rows), key=lambda page: (page.document, page.page))
    own = []
    for page in pages[:: max(1, len(pages) // OWN_SENTENCES)]:
        sentences = [unit.text for unit in split_page(page) if unit.kind == "sentence" and len(unit.text) > 40]
        own += [Question(text[:300], citations=((page.document, page.page),)) for text in sentences[:1]]
    return own, "sentences of the documents"


def _tidy(settings: Settings) -> None:
    """Vectors beside are kept of the embedder before and of one that waits for a person."""
    database = connect_vectors(settings)
    for version in versions_beside(database) - worth_keeping(settings):
        drop_beside(database, version)
