"""The same path with an S3 API (moto's server) as source, lake and home of the vectors."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import pending_documents, sync_documents
from aieco_assets.core.settings import Settings


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_documents_in_a_bucket_reach_an_index_in_a_bucket(settings: Settings, endpoint: str):
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket="company")
    client.put_object(Bucket="company", Key="docs/hr/leave.md", Body=b"Parents get 16 weeks of leave.")
    client.put_object(Bucket="company", Key="docs/hr/", Body=b"")
    client.put_object(Bucket="company", Key="elsewhere.md", Body=b"not ours")
    s3 = settings.model_copy(
        update={
            "documents": "s3://company/docs",
            "lake_url": "s3://company/lake",
            "lancedb_url": "s3://company/lancedb",
            "s3_endpoint_url": endpoint,
        }
    )
    assert sync_documents(s3).added == 1
    assert pending_documents(s3).changes == 0
    refresh_chunks(s3)
    embed_missing(s3)
    VectorStore.open(s3).publish()
    live = VectorStore.open(s3).live()
    assert live is not None
    (hit,) = live.search("parental leave", load_embedder(s3).encode(["parental leave"])[0])
    assert (hit.chunk.document, hit.chunk.text) == ("hr/leave.md", "Parents get 16 weeks of leave.")
