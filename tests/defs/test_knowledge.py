"""The knowledge assets as Dagster runs them, on real storage; the embedder's registration stands outside."""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.settings import Settings
from aieco_assets.defs.knowledge import assets, checks
from aieco_assets.defs.lake import document_sensor, documents
from aieco_assets.defs.lake.store import lake_bucket
from tests.core.knowledge.files import write

STEPS = ["lake/documents", "knowledge/chunks", "knowledge/embeddings", "knowledge/index"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "documents", returns__md="Shoes: 30 days.", broken__pdf=b"%PDF-1.7 cut", empty__txt="")


@pytest.fixture
def knowledge(settings: Settings, source: Path) -> Settings:
    return settings.model_copy(update={"documents": str(source)})


def graph(settings: Settings) -> dg.Definitions:
    modules = [documents, document_sensor, assets, checks]
    return dg.Definitions(
        assets=dg.load_assets_from_modules(modules),
        asset_checks=dg.load_asset_checks_from_modules(modules),
        sensors=[document_sensor.document_sensor],
        jobs=[document_sensor.knowledge_base],
        resources={"settings": settings, "s3": lake_bucket},
    )


def materialize(settings: Settings, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return graph(settings).resolve_job_def("knowledge_base").execute_in_process(instance=instance, raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult, key: str) -> dict[str, object]:
    (made,) = (
        event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey(key.split("/"))
    )
    return {name: value.value for name, value in made.materialization.metadata.items()}


def test_documents_reach_the_published_index_and_every_check_passes(knowledge: Settings):
    with dg.instance_for_test() as instance:
        result = materialize(knowledge, instance)
    assert result.success
    evaluations = result.get_asset_check_evaluations()
    assert {evaluation.check_name: evaluation.passed for evaluation in evaluations} == {
        "every_document_is_accounted_for": True,
        "access_rules_are_in_order": True,
        "every_document_is_read_or_quarantined": True,
        "chunk_ids_are_unique": True,
        "every_chunk_is_embedded": True,
        "every_row_is_indexed": True,
    }
    assert {name: metadata(result, "lake/documents")[name] for name in ("read", "added", "quarantined")} == {
        "read": 3,
        "added": 2,
        "quarantined": 1,
    }
    assert metadata(result, "knowledge/chunks")["quarantined"] == 1
    live = VectorStore.open(knowledge).live()
    assert live is not None
    assert [page.text for page in live.pages("returns.md")] == ["Shoes: 30 days."]


def test_a_run_in_which_nothing_changed_says_so(knowledge: Settings):
    with dg.instance_for_test() as instance:
        first = materialize(knowledge, instance)
        second = materialize(knowledge, instance)
    assert [metadata(first, key)["changed"] for key in STEPS] == [2, 2, 1, 1]
    assert [metadata(second, key)["changed"] for key in STEPS] == [0, 0, 0, 0]


def test_a_failed_check_stops_everything_below(knowledge: Settings, monkeypatch: pytest.MonkeyPatch):
    """Chunk ids that repeat never reach the published version."""
    from aieco_assets.core.embeddings.tables import connect_vectors, open_table

    with dg.instance_for_test() as instance:
        materialize(knowledge, instance)
        table = open_table(connect_vectors(knowledge), "chunks")
        table.add(table.to_arrow().slice(0, 1))
        result = materialize(knowledge, instance)
    assert not result.success
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert made == {"lake/documents", "knowledge/chunks"}


def test_the_sensor_asks_once_for_a_new_document_and_not_again_when_it_is_published(knowledge: Settings, source: Path):
    def tick(instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
        context = dg.build_sensor_context(instance=instance, resources={"settings": knowledge})
        answer = document_sensor.document_sensor(context)
        assert isinstance(answer, dg.RunRequest | dg.SkipReason)
        return answer

    past = time.time() - 10
    for path in source.iterdir():
        os.utime(path, (past, past))
    with dg.instance_for_test() as instance:
        first, again = tick(instance), tick(instance)
        assert isinstance(first, dg.RunRequest)
        assert isinstance(again, dg.RunRequest)
        assert first.run_key == again.run_key
        assert materialize(knowledge, instance).success
        assert isinstance(tick(instance), dg.SkipReason)
        (source / "returns.md").unlink()
        write(source, delivery__md="Three days.")
        os.utime(source / "delivery.md", (past, past))
        third = tick(instance)
        assert isinstance(third, dg.RunRequest)
        assert third.run_key != first.run_key
