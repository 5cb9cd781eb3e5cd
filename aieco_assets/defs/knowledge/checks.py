"""What must hold before anybody searches the knowledge base. One property each."""

import dagster as dg

from aieco_assets.core.settings import Settings

CHUNKS, EMBEDDINGS, INDEX = (dg.AssetKey(["knowledge", name]) for name in ("chunks", "embeddings", "index"))


@dg.asset_check(
    asset=CHUNKS,
    blocking=True,
    description="Every current document has pages or stands in quarantine with its reason.",
)
def every_document_is_read_or_quarantined(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.knowledge.chunks import unread_documents

    unread, refused = unread_documents(settings)
    return dg.AssetCheckResult(
        passed=not unread,
        metadata={
            "unread": dg.MetadataValue.json(unread[:50]),
            "quarantined": len(refused),
            "reasons": dg.MetadataValue.json(dict(refused[:50])),
        },
    )


@dg.asset_check(asset=CHUNKS, blocking=True, description="No chunk id occurs twice.")
def chunk_ids_are_unique(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.embeddings.store import VectorStore

    coverage = VectorStore.open(settings).coverage()
    return dg.AssetCheckResult(
        passed=coverage.distinct_ids == coverage.chunks,
        metadata={"chunks": coverage.chunks, "distinct_ids": coverage.distinct_ids},
    )


@dg.asset_check(asset=EMBEDDINGS, blocking=True, description="Every chunk has a vector of one embedder version.")
def every_chunk_is_embedded(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.embeddings.store import VectorStore

    coverage = VectorStore.open(settings).coverage()
    return dg.AssetCheckResult(
        passed=coverage.embedded == coverage.chunks and len(coverage.embedders) == 1,
        metadata={
            "chunks": coverage.chunks,
            "embedded": coverage.embedded,
            "embedders": dg.MetadataValue.json([list(embedder) for embedder in coverage.embedders]),
        },
    )


@dg.asset_check(asset=INDEX, blocking=True, description="The published version has no row outside its indexes.")
def every_row_is_indexed(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.embeddings.store import VectorStore

    coverage = VectorStore.open(settings).coverage()
    return dg.AssetCheckResult(
        passed=coverage.unindexed == 0, metadata={"chunks": coverage.chunks, "unindexed": coverage.unindexed}
    )
