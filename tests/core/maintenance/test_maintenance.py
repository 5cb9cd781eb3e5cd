"""A home that changes keeps what is needed and loses the rest; asked to only look, it loses nothing."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from aieco_assets.core.contracts import READINGS_TABLE
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.knowledge.lake import document_bytes, sync_documents
from aieco_assets.core.maintenance.files import LOG_BYTES, TAIL_BYTES, cut_logs, remove_old_output, remove_old_reports
from aieco_assets.core.maintenance.lake import remove_orphans
from aieco_assets.core.maintenance.models import remove_unused_runs
from aieco_assets.core.maintenance.result import Freed
from aieco_assets.core.maintenance.vectors import compact_vectors
from aieco_assets.core.registry.tracking import experiment_id, mlflow_client
from aieco_assets.core.registry.versions import load_files, register_data_model, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store

AT_ONCE, MONTH = timedelta(0), timedelta(days=30)


def write(path: Path, days_old: int, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = time.time() - days_old * 86_400
    os.utime(path, (then, then))
    os.utime(path.parent, (then, then))
    return path


def test_old_versions_of_a_table_go_and_its_rows_stay(settings: Settings) -> None:
    table = open_table(connect_vectors(settings), READINGS_TABLE)
    row = {"page_id": "p", "made_by": "m", "words": []}
    for number in range(6):
        table.add([{"reading_id": str(number), **row}])
    files = len([*Path(settings.lancedb).rglob("*.lance")])
    assert compact_vectors(settings, dry_run=True, reading=AT_ONCE).items == len(table.list_versions()) - 1
    assert compact_vectors(settings, dry_run=False).items == 0  # a reader may still look at them
    assert compact_vectors(settings, dry_run=False, reading=AT_ONCE).bytes > 0
    assert len([*Path(settings.lancedb).rglob("*.lance")]) < files
    assert open_table(connect_vectors(settings), READINGS_TABLE).count_rows() == 6
    assert compact_vectors(settings, dry_run=False, reading=AT_ONCE).bytes == 0


def test_objects_that_no_document_names_go_and_past_versions_stay(settings: Settings, tmp_path: Path) -> None:
    (source := tmp_path / "documents").mkdir()
    settings = settings.model_copy(update={"documents": str(source)})
    for text in ("# One\n\nFirst.", "# One\n\nSecond."):
        (source / "one.md").write_text(text)
        sync_documents(settings)
    lake = open_store(settings.lake, settings)
    kept = lake.list("documents/objects/")
    lake.put("documents/objects/" + "0" * 64, b"of a killed sync")
    for dry_run in (True, False):
        assert remove_orphans(settings, dry_run) == Freed("objects of the lake that no document names", 1, 16)
    assert lake.list("documents/objects/") == kept
    assert len(kept) == 2
    assert remove_orphans(settings, dry_run=False).items == 0
    assert document_bytes(settings, kept[0].rpartition("/")[2])


def test_runs_that_no_model_came_from_go_with_their_files(settings: Settings) -> None:
    register_data_model(settings, "toy", {"model.json": b"{}"}, kind="toy")
    client = mlflow_client(settings)
    nobodys = client.create_run(experiment_id(settings), run_name="of nobody")
    client.log_text(nobodys.info.run_id, "text", "report.txt")
    client.set_terminated(nobodys.info.run_id)
    running = client.create_run(experiment_id(settings), run_name="still at work")
    assert remove_unused_runs(settings, MONTH, dry_run=False).items == 0
    for dry_run in (True, False):
        found = remove_unused_runs(settings, AT_ONCE, dry_run)
        assert (found.items, found.bytes) == (1, 4)
    assert remove_unused_runs(settings, AT_ONCE, dry_run=False).items == 0
    assert [*settings.artifacts.rglob("report.txt")] == []
    assert load_files(settings, versions(settings, "toy")[0]) == {"model.json": b"{}"}
    assert client.get_run(running.info.run_id).info.status == "RUNNING"


def test_old_output_reports_and_long_logs_go(settings: Settings) -> None:
    old = write(settings.dagster_home / "storage" / "run-1" / "compute_logs" / "a.out", 40)
    os.utime(old.parent.parent, (0, 0))
    new = write(settings.dagster_home / "storage" / "run-2" / "a.out", 3)
    report = write(settings.reports / "drift" / "2026-01-01.html", 100)
    latest = write(settings.reports / "drift" / "2026-04-01.html", 10)
    log = write(settings.home / "logs" / "run.log", 0, "x" * LOG_BYTES + "the end")
    for dry_run in (True, False):
        assert remove_old_output(settings, MONTH, dry_run).items == 1
        assert remove_old_reports(settings, timedelta(days=90), dry_run).items == 1
        assert cut_logs(settings, dry_run).bytes == LOG_BYTES + len("the end") - TAIL_BYTES
    assert [old.exists(), new.exists(), report.exists(), latest.exists()] == [False, True, False, True]
    assert log.stat().st_size == TAIL_BYTES
    assert log.read_text().endswith("the end")
    assert cut_logs(settings, dry_run=False).items == 0
