"""What a reader sees is what a knowledge base gives that holds their documents and nothing else: real Postgres, LanceDB
and MiniLM, random documents, rules and readers. `make govern` tries 500, `make test` a few."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import EVERYONE, Document, DocumentFilter, Reader
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.embeddings.index import KnowledgeIndex
from aieco_assets.core.embeddings.sentence_vectors import Readings
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.examples import SILENT, heading_questions
from aieco_assets.core.governance.access import InForce
from aieco_assets.core.governance.readers import answerer_within
from aieco_assets.core.governance.rights import AccessRules
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.governance.knowledge import FOLDERS, QUESTIONS, TAGS, holding_only, publish, write_documents

TRIALS = int(os.environ.get("AIECO_RIGHTS", "12"))
DOCUMENTS, GROUPS, ASKED = 28, 12, 3
ROUNDED = 5e-3  # what the engine's own scores change of a probability
ALL = AccessRules(frozenset({EVERYONE}))


@pytest.fixture(scope="module")
def bases(
    platform: Settings, templates: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Settings]]:
    """Settings of the whole knowledge base, and of one that holds what a trial puts into it."""
    from tests.conftest import _database

    maintenance, names = _database(platform.warehouse, "postgres"), ("rights_whole", "rights_own")
    home = tmp_path_factory.mktemp("rights")
    with connect(maintenance, autocommit=True) as connection:
        for name in names:
            connection.execute(f'create database "{name}" template "{templates[0]}"'.encode())
    whole, own = (
        Settings(home=home / name, postgres_url=SecretStr(_database(platform.warehouse, name)), _env_file=None)  # type: ignore[call-arg]
        for name in names
    )
    yield whole.model_copy(update={"documents": str(home / "documents")}), own
    with connect(maintenance, autocommit=True) as connection:
        for name in names:
            connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture(scope="module")
def whole(bases: tuple[Settings, Settings], embedder: Embedder) -> KnowledgeIndex:
    source = Path(bases[0].documents)
    write_documents(source, random.Random(11), DOCUMENTS)
    return publish(bases[0], embedder)


@pytest.fixture(scope="module")
def plain_sentences(embedder: Embedder) -> Descriptions:
    return Descriptions(embedder)


def drawn_rules(drawn: random.Random, documents: list[Document]) -> AccessRules:
    """Rules of a random kind; half of the time what none names is closed."""

    def groups() -> frozenset[str]:
        return frozenset(f"g{number}" for number in drawn.sample(range(GROUPS), drawn.randint(0, 4)))

    folders = [one for one in FOLDERS if one and drawn.random() < 0.7]
    paths = [one.path for one in documents if drawn.random() < 0.25]
    tags = [one for one in TAGS if drawn.random() < 0.4]
    return AccessRules(
        frozenset({EVERYONE}) if drawn.random() < 0.5 else frozenset(),
        {one: groups() for one in folders},
        {one: groups() for one in paths},
        {one: groups() for one in tags},
    )


def told(answerer: Answerer, questions: list[str], documents: list[Document]) -> dict[str, Any]:
    """All that a reader can get out of a knowledge base, but for times."""
    index = answerer.index
    found: dict[str, Any] = {
        "documents": tuple(index.documents),
        "words": dict(index.vocabulary()),
        "examples": heading_questions(cast("KnowledgeIndex", index), answerer),
    }
    for question in questions:
        found[f"answer {question}"] = _answered(answerer, question)
        found[f"search {question}"] = [(hit.chunk, hit.score) for hit in answerer.search(question, 8)]
    for one in documents:
        found[f"pages {one.path}"] = [page.text for page in index.pages(one.path)]
        found[f"page {one.sha256}"] = _page(answerer, one.sha256)
        wanted = DocumentFilter(documents=(one.path,))
        found[f"only {one.path}"] = _answered(answerer, questions[0], wanted)
    for tag in TAGS:
        found[f"tag {tag}"] = _answered(answerer, questions[0], DocumentFilter(tags=(tag,)))
    return found


def _answered(answerer: Answerer, question: str, wanted: DocumentFilter | None = None) -> Any:
    try:
        answer = answerer.answer(question, wanted=wanted or DocumentFilter(), history=("What does a bonus cost?",))
    except AiecoError as error:
        return str(error)
    said = (answer.answer, answer.abstained, answer.citations, answer.suggestions, answer.retrieved)
    return (*said, answer.confidence, [score for _, score in answer.scores], answer.knowledge_base.stale)


def _page(answerer: Answerer, sha256: str) -> Any:
    try:
        return answerer.index.page(sha256, 1)
    except KeyError:
        return None


def approximately(value: Any, off: float) -> Any:
    """The same with numbers that may differ by so much, in any depth."""
    if isinstance(value, float):
        return pytest.approx(value, abs=off)
    if isinstance(value, list | tuple):
        return type(value)(approximately(one, off) for one in value)
    return value


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_reader_sees_what_a_knowledge_base_of_their_documents_alone_gives(
    trial: int,
    bases: tuple[Settings, Settings],
    whole: KnowledgeIndex,
    embedder: Embedder,
    plain_sentences: Descriptions,
    tmp_path: Path,
) -> None:
    drawn = random.Random(trial)
    rules = drawn_rules(drawn, list(whole.documents))
    reader = Reader(f"user{trial}", frozenset(f"g{one}" for one in drawn.sample(range(GROUPS), drawn.randint(0, 5))))
    questions: list[str] = drawn.sample(QUESTIONS, ASKED)
    base = Answerer(whole, embedder, SILENT, readings=Readings(bases[0], embedder.version))

    seen = answerer_within(base, reader, InForce(rules, f"trial {trial}"), rules)
    shown = [(one.sha256, one.path) for one in seen.index.documents]
    own = holding_only(bases[1], bases[0], shown, tmp_path / "own")

    some = drawn.sample(whole.documents, 6)
    if own is None:
        assert told(seen, questions, some)["words"] == {}
        return
    # Opened for somebody who may read all of it, and then as if there were no rights at all: by the engine's own
    # search. What was read of a sentence is kept for all trials.
    own.readable.kept |= whole.readable.kept
    alone = base.over(own, plain_sentences)
    through = answerer_within(alone, reader, InForce(ALL, "all"), ALL)
    mine, theirs, plain = (told(one, questions, some) for one in (seen, through, alone))
    assert mine == {name: approximately(value, 1e-6) for name, value in theirs.items()}
    assert seen.index.knowledge_version().version == through.index.knowledge_version().version
    del plain["examples"]  # of headings in the order in which the engine keeps them
    for name, value in plain.items():
        assert mine[name] == approximately(value, ROUNDED) or is_doubtful(mine[name], value), name


def is_doubtful(mine: Any, plain: Any) -> bool:
    """Whether an answer is so near the limit between answering and silence that last digits decide."""
    doubts = [abs(one[5] - calibrated_policy().sure) < ROUNDED for one in (mine, plain) if isinstance(one, tuple)]
    return any(doubts)
