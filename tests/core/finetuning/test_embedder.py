"""The packaged embedder trained further on literal documents: pairs, the folder, the gate, what is never promoted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.contracts import CHALLENGER, EMBEDDER
from aieco_assets.core.embeddings.candidate_vectors import versions_beside
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.finetuning.embedder import fine_tune_embedder, judged
from aieco_assets.core.finetuning.pairs import CASE, HEADING, SENTENCE, read_pairs
from aieco_assets.core.finetuning.sentence_training import Training
from aieco_assets.core.governance.erasure_limits import fine_tuned_models
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.promotion import promote
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings, get_settings
from tests.core.embeddings.conftest import small_model
from tests.core.finetuning.home import THINGS, accept_case, step

__all__ = ["small_model"]

pytestmark = pytest.mark.timeout(1800)  # training has the processor to itself, or waits for it


def test_pairs_are_headings_sentences_and_accepted_cases_and_never_what_the_gate_asks(knowledge: Settings) -> None:
    step(knowledge)
    for thing in THINGS[:8]:
        accept_case(knowledge, f"Until when must {thing} be back?", f"{thing}.md")
    pairs = read_pairs(knowledge)
    everything = [*pairs.learned, *pairs.held_out]
    one = next(pair for pair in everything if pair.asked == "Bicycles")
    assert one.kind == HEADING and one.pages == (("bicycles.md", 1),)
    assert one.passage.startswith("Whoever needs bicycles asks")
    rest = next(pair for pair in everything if pair.kind == SENTENCE and "lockers" in pair.asked)
    assert rest.asked.startswith("Whoever needs lockers") and rest.passage.startswith("Broken lockers")
    cases = {pair.asked: pair for pair in everything if pair.kind == CASE}
    assert len(cases) == 8 and "Broken parcels are brought back" in cases["Until when must parcels be back?"].passage
    assert not any(pair.asked.startswith("Where do I get") for pair in everything)
    assert {pair.asked for pair in pairs.learned} & {pair.asked for pair in pairs.held_out} == set()
    assert pairs.taught() == {pair.asked for pair in pairs.learned if pair.kind == CASE}
    assert read_pairs(knowledge).digest == pairs.digest


def test_a_trained_embedder_is_a_folder_that_is_loaded_as_its_base_and_a_challenger_that_a_person_promotes(
    knowledge: Settings,
) -> None:
    step(knowledge)
    done = fine_tune_embedder(knowledge)
    made, present = version_by_alias(knowledge, EMBEDDER, CHALLENGER), champion(knowledge, EMBEDDER)
    assert made is not None and present is not None
    assert (made.version, present.version, done.version) == (2, 1, 2)
    assert made.tags["fine_tuned"] and made.tags["gate"] == done.outcome
    assert mlflow_client(knowledge).get_run(made.run_id).data.params["learned"] == read_pairs(knowledge).digest
    held_out, golden = done.numbers["held_out"], done.numbers["golden"]
    assert (held_out["questions"], golden["questions"]) == (done.pairs["held_out"], 6)
    better = all(
        one["challenger"][name] >= one["champion"][name]
        for one in (held_out, golden)
        for name in ("mrr", "recall_at_5")
    )
    assert done.outcome == ("waiting" if better else "refused")

    new = knowledge.model_copy(update={"embedder": str(done.folder)})
    old_vector, new_vector = (load_embedder(one).encode(["Where are my keys?"])[0] for one in (knowledge, new))
    assert load_embedder(new).backend == load_embedder(knowledge).backend
    assert 0.5 < float(old_vector @ new_vector) < 0.999_999
    assert {path.name for path in done.folder.parent.iterdir()} == {done.folder.name}  # nothing half-written beside

    (learned,) = fine_tuned_models(knowledge)  # what an erasure of a document names
    assert (learned["model"], learned["version"]) == (EMBEDDER, 2) and str(done.folder) in str(learned["do"])

    again = fine_tune_embedder(knowledge)
    assert (again.version, again.outcome, again.numbers) == (2, done.outcome, done.numbers)
    promote(knowledge, EMBEDDER, 2, "a test")
    step(knowledge)
    (embedder,) = VectorStore.open(knowledge).coverage().embedders
    assert embedder == (done.folder.name, load_embedder(new).version)


@pytest.mark.long
def test_one_that_a_wild_training_has_spoilt_is_refused_and_the_reason_says_what_to_do(knowledge: Settings) -> None:
    step(knowledge)
    done = fine_tune_embedder(knowledge, Training(epochs=3, learning_rate=1e-2))
    present = champion(knowledge, EMBEDDER)
    assert present is not None and present.version == 1
    assert done.outcome == "refused"
    assert "smaller rate" in done.reason or "held-out pairs: recall_at_5 " in done.reason
    assert versions_beside(connect_vectors(knowledge)) == set()


def test_the_gate_looks_at_what_was_held_out_and_at_golden_questions_and_refuses_for_either(
    knowledge: Settings, small_model: Path
) -> None:
    step(knowledge)
    accept_case(knowledge, "Until when must bicycles be back?", "bicycles.md")
    pairs = read_pairs(knowledge)
    random = knowledge.model_copy(update={"embedder": str(small_model)})
    verdict = judged(knowledge, knowledge, random, pairs)
    assert not verdict.passed
    assert re.search(r"on \d+ held-out pairs: recall_at_5 .* on \d golden questions: recall_at_5 ", verdict.reason)
    assert verdict.numbers["held_out"]["challenger"]["mrr"] < verdict.numbers["held_out"]["champion"]["mrr"]
    assert verdict.numbers["golden"]["questions"] == 7 - len(pairs.taught())
    assert judged(knowledge, knowledge, knowledge, pairs).passed  # the same finds the same


def test_what_can_not_be_trained_is_said_in_a_sentence(
    knowledge: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AiecoError, match="No knowledge base is published yet"):
        fine_tune_embedder(knowledge)
    with pytest.raises(AiecoError, match="is no training"):
        Training(learning_rate=0.5)
    step(knowledge)
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(AiecoError, match="taken holds something else than this training"):
        fine_tune_embedder(knowledge, out=taken)
    for path in Path(knowledge.documents).glob("*s.md"):
        if path.stem not in THINGS[:4]:
            path.unlink()
    step(knowledge)
    with pytest.raises(NotTrainableError, match="An embedder needs 32 pairs to learn from and 8 to be measured by"):
        fine_tune_embedder(knowledge)


@pytest.mark.long
def test_the_command_prints_what_it_came_to_as_json(knowledge: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    step(knowledge)
    monkeypatch.setenv("AIECO_HOME", str(knowledge.home))
    monkeypatch.setenv("AIECO_DOCUMENTS", knowledge.documents)
    monkeypatch.setenv("AIECO_POSTGRES_URL", knowledge.postgres_url.get_secret_value())
    get_settings.cache_clear()
    try:
        said = CliRunner().invoke(app, ["finetune", "embedder", "--json"])
    finally:
        get_settings.cache_clear()
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert (told["version"], told["base"]) == (2, "sentence-transformers/all-MiniLM-L6-v2")
    assert Path(told["folder"]).parent == knowledge.home / "models"
