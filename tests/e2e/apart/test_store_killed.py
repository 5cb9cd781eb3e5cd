"""A run whose S3 store is killed in the middle ends in one sentence; once it is back, the next run ends as any other.

The store is moto's server, a stand-in: its address is killed, behind which the objects stay (see servers.py).
"""

from __future__ import annotations

import signal
from datetime import date
from pathlib import Path

import lancedb
import psycopg
import pytest

from tests.e2e.apart.conftest import SKIP, home_beside
from tests.e2e.apart.servers import AWS, BUCKET, Parts, client
from tests.e2e.conftest import Home, remove

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1_800), SKIP]
SELECT = ("--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/chunks" or key:"knowledge/embeddings"')


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, str]:
    from aieco_assets.core.sample.documents import write_documents
    from aieco_assets.core.sample.transactions import write_transactions

    documents, transactions = tmp_path / "documents", tmp_path / "transactions"
    documents.mkdir()
    transactions.mkdir()
    write_documents(documents)
    write_transactions(transactions, start=date(2024, 10, 1), end=date(2024, 12, 31))
    return {"AIECO_DOCUMENTS": str(documents), "AIECO_TRANSACTIONS": str(transactions)}


@pytest.mark.parametrize("made", ["lake/documents", "lake/transactions", "knowledge/chunks"])
def test_a_run_whose_store_is_killed_says_so_and_the_next_one_ends_as_an_undisturbed_one(
    apart: Parts, sources: dict[str, str], made: str
) -> None:
    name = made.replace("/", "_")
    undisturbed, killed = home_beside(apart, f"{name}_calm", **sources), home_beside(apart, name, **sources)
    try:
        assert undisturbed.aieco("run", *SELECT).returncode == 0
        code, said = run_and_kill_the_store_after(made, killed, apart)
        assert code == 1, said
        assert "Traceback" not in said
        sentences = [line for line in said.splitlines() if line.startswith("aieco: ")]
        assert len(sentences) == 1, said
        assert "S3 store" in sentences[0]
        assert f"at {apart.s3.url} does not answer: start it, or mend AIECO_S3_ENDPOINT_URL." in sentences[0]
        again = killed.aieco("run", *SELECT)
        assert again.returncode == 0, again.stdout + again.stderr
        assert lines_of(killed) == lines_of(undisturbed)
        assert lake_of(killed, apart) == lake_of(undisturbed, apart)
        assert vectors_of(killed, apart) == vectors_of(undisturbed, apart)
        assert killed.processes() == []
    finally:
        remove(undisturbed)
        remove(killed)


def run_and_kill_the_store_after(made: str, home: Home, apart: Parts) -> tuple[int, str]:
    """Exit code and everything said of a run whose store is gone from the moment that it says that `made` is made."""
    process, said = home.start("run", *SELECT), []
    assert process.stdout is not None
    try:
        for line in process.stdout:
            said.append(line)
            if f"✓ {made}" in line:
                apart.s3.kill()
        return process.wait(), "".join(said)
    finally:
        apart.s3.kill(signal.SIGKILL)
        apart.s3.start()


def lines_of(home: Home) -> list[tuple]:
    query = "select invoice_date, count(*), sum(quantity * unit_price) from raw.transactions group by 1 order by 1"
    with psycopg.connect(home.variables["AIECO_POSTGRES_URL"]) as connection:
        return connection.execute(query).fetchall()


def lake_of(home: Home, apart: Parts) -> dict[str, str]:
    """What each object of the lake holds, by the digest that the store keeps of it."""
    prefix = home.variables["AIECO_LAKE_URL"].removeprefix(f"s3://{BUCKET}/")
    pages = client(apart.s3.url).get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {item["Key"].removeprefix(prefix): item["ETag"] for page in pages for item in page["Contents"]}


def vectors_of(home: Home, apart: Parts) -> list[dict]:
    options = {"endpoint": apart.s3.url, "allow_http": "true", "region": AWS["AWS_DEFAULT_REGION"]}
    keys = {"aws_access_key_id": AWS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": AWS["AWS_SECRET_ACCESS_KEY"]}
    database = lancedb.connect(home.variables["AIECO_LANCEDB_URL"], storage_options={**options, **keys})
    return sorted(database.open_table("chunks").to_arrow().to_pylist(), key=lambda row: row["chunk_id"])
