"""From documents to the published index. All writers of LanceDB share one pool: one at a time."""

import time

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.retries import retried

POOL = "lancedb"


@dg.asset(
    **catalog("knowledge/chunks", {"lancedb"}),
    description="Pages, and chunks of about 600 characters cut from them by structure. Grain: chunk_id, from content.",
    deps=[["lake", "documents"]],
    pool=POOL,
)
@retried
def chunks(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.governance.personal_data_documents import count_personal_data
    from aieco_assets.core.knowledge.chunks import refresh_chunks

    started = time.perf_counter()
    sync = refresh_chunks(settings)
    personal = count_personal_data(settings)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sync.chunks,
            "changed": sync.changed,
            "parsed": sync.parsed,
            "removed": sync.removed,
            "renamed": sync.renamed,
            "documents": sync.documents,
            "quarantined": sync.quarantined,
            "pages": sync.pages,
            "bytes_parsed": sync.bytes_parsed,
            "documents_with_personal_data": personal.documents,
            "personal_data": dg.MetadataValue.json(personal.values),
            "seconds": round(time.perf_counter() - started, 2),
        },
        data_version=dg.DataVersion(sync.digest),
    )


@dg.asset(
    **catalog("knowledge/embeddings", {"lancedb", "huggingface"}),
    description="A vector for every chunk, of the current embedder, and its sentences read ahead. Grain: chunk_id + "
    "embedder version.",
    deps=[["knowledge", "chunks"], ["models", "embedder"]],
    pool=POOL,
)
@retried
def embeddings(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.evaluation.embedder_gate import embed_knowledge

    started = time.perf_counter()
    tenths = set()

    def progress(done: int, total: int) -> None:
        if (tenth := 10 * done // total) not in tenths:
            tenths.add(tenth)
            context.log.info(f"embedded {done} of {total} chunks")

    done = embed_knowledge(settings, progress)
    sync, read, seconds = done.sync, done.read, time.perf_counter() - started
    if done.gate:
        context.log.info(f"new embedder: {done.gate}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sync.chunks,
            "changed": sync.embedded + sync.taken,
            "gate": done.gate,
            "embedder": sync.embedder,
            "embedder_version": sync.embedder_version,
            "bytes": sync.bytes,
            "pages_read_ahead": read.pages,
            "sentences_read_ahead": read.sentences,
            "words_read_ahead": read.words,
            "seconds": round(seconds, 2),
            "chunks_per_second": round(sync.embedded / seconds, 1),
        },
        data_version=dg.DataVersion(sync.digest),
    )


@dg.asset(
    **catalog("knowledge/index", {"lancedb"}),
    description="The published knowledge base: full-text and vector index, verified, tagged. Grain: one version; "
    "readers open the tag `live` only.",
    deps=[["knowledge", "embeddings"]],
    pool=POOL,
)
@retried
def index(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.embeddings.store import VectorStore

    started = time.perf_counter()
    store = VectorStore.open(settings)
    before = store.live_version()
    version = store.publish()
    shape = store.shape()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": shape.rows,
            "changed": int(version != before),
            "version": version,
            "versions_kept": shape.versions,
            "fragments": shape.fragments,
            "bytes": shape.bytes,
            "seconds": round(time.perf_counter() - started, 2),
        },
        data_version=dg.DataVersion(str(version)),
    )
