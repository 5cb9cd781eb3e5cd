"""The sample and real input on two nodes of a Ray cluster and in one process: the same bytes, with a node killed on
the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString, cast

import pytest

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, READINGS_TABLE, WORDS_TABLE
from aieco_assets.core.customers.scoring import PREDICTIONS
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.settings import Settings
from tests.core.engine.conftest import Nodes, nodes
from tests.e2e.conftest import Home, make_home, remove
from tests.waiting import until

__all__ = ["nodes"]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif("AIECO_SCALE" not in os.environ, reason="two runs of each input: `make scale`"),
]
KEYS = {CHUNKS_TABLE: "chunk_id", PAGES_TABLE: "page_id", READINGS_TABLE: "reading_id", WORDS_TABLE: "text"}
SCORED = f"select as_of, customer_id, {', '.join(PREDICTIONS)} from predictions.customers order by 1, 2"
ANSWERED = """
    select position, question, answer, abstained, correct, cited, citations from evaluation.rag_questions order by 1"""


@pytest.fixture(params=["sample", "real"])
def two_homes(request: pytest.FixtureRequest) -> Iterator[tuple[Home, Home]]:
    sources = {}
    if request.param == "real":
        data = request.getfixturevalue("real_data")
        sources = {"AIECO_DOCUMENTS": str(data / "documents"), "AIECO_TRANSACTIONS": str(data / "online_retail")}
    homes = make_home(**sources), make_home(**sources)
    yield homes
    for home in homes:
        remove(home)


def made(home: Home) -> dict[str, Any]:
    """The knowledge base with its vectors, the files of the lake, the predictions, the answers to golden questions."""
    database = connect_vectors(Settings(home=home.path, _env_file=None))  # type: ignore[call-arg]
    vectors = {
        name: sorted(open_table(database, name).to_arrow().to_pylist(), key=lambda row, by=key: row[by])
        for name, key in KEYS.items()
    }
    lake = home.path / "lake"
    files = {str(one.relative_to(lake)): one.read_bytes() for one in lake.rglob("*") if one.is_file()}
    return {**vectors, "lake": files, "scored": home.rows(cast(LiteralString, SCORED)), "answered": home.rows(ANSWERED)}


def is_read(home: Home) -> bool:
    """Whether the documents are cut into chunks, which are embedded next."""
    settings = Settings(home=home.path, _env_file=None)  # type: ignore[call-arg]
    if not Path(settings.lancedb, f"{CHUNKS_TABLE}.lance").is_dir():
        return False
    return open_table(connect_vectors(settings), CHUNKS_TABLE).count_rows() > 0


def test_a_run_on_a_cluster_gives_the_same_bytes(two_homes: tuple[Home, Home], nodes: Nodes) -> None:
    here, away = two_homes
    assert here.aieco("run", timeout=800).returncode == 0
    away.variables |= {"AIECO_ENGINE": "ray", "AIECO_RAY_ADDRESS": nodes.address}
    running = away.start("run")
    until(lambda: is_read(away) or running.poll() is not None, 800, "the end of reading", every=0.2)
    nodes.kill_one()
    nodes.add()
    said, _ = running.communicate(timeout=800)
    assert running.returncode == 0, said
    found, wanted = made(away), made(here)
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in wanted.items()}
    assert [name for name in found if found[name] != wanted[name]] == []
