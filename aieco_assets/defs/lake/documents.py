"""Documents of the knowledge base in the lake."""

import time
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.urls import shown
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.lake.sources import document_sources
from aieco_assets.defs.lake.store import lake_store
from aieco_assets.defs.retries import retried

DOCUMENTS = dg.AssetKey(["lake", "documents"])


@dg.asset(
    **catalog("lake/documents", {"file"}),
    description="Every document of the sources: bytes once per content, and a manifest of what was current when. "
    "Grain: path.",
    deps=[["documents", one.name] for one in document_sources()],
)
@retried
def documents(settings: dg.ResourceParam[Settings], s3: dg.ResourceParam[Any]) -> dg.MaterializeResult:
    from aieco_assets.core.governance.access import note_rules
    from aieco_assets.core.knowledge.lake import sync_documents
    from aieco_assets.core.knowledge.source import told

    started, declared = time.perf_counter(), document_sources()
    sync = sync_documents(settings, lake_store(settings, s3), declared)
    access = note_rules(settings)  # after the documents that its rules name
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sync.read - sync.quarantined - sync.erased,
            "read": sync.read,
            "changed": sync.changes,
            "added": sync.added,
            "replaced": sync.changed,
            "removed": sync.removed,
            "renamed": sync.renamed,
            "quarantined": sync.quarantined,
            "erased": sync.erased,
            "ignored": sync.ignored.total(),
            "ignored_types": told(sync.ignored),
            "access": "; ".join(access.problems) or ("rules" if access.rules else "everyone reads everything"),
            "bytes": sync.bytes,
            "source": ", ".join([shown(settings.documents_source), *(one.shown for one in declared)]),
            "seconds": round(time.perf_counter() - started, 2),
        },
        data_version=dg.DataVersion(sync.digest),
    )


@dg.asset_check(
    asset=DOCUMENTS,
    description="access.yaml can be read, and what its rules name is there: what it can't say is closed to readers.",
)
def access_rules_are_in_order(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.governance.access import note_rules

    found = note_rules(settings)
    return dg.AssetCheckResult(
        passed=not found.problems,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(found.problems) or None,
        metadata={"problems": dg.MetadataValue.json(list(found.problems)), "rules": found.rules is not None},
    )


@dg.asset_check(
    asset=DOCUMENTS,
    blocking=True,
    description="Files read = documents in the manifest + in quarantine + erased: none was dropped in silence.",
)
def every_document_is_accounted_for(
    context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.AssetCheckResult:
    from aieco_assets.core.knowledge.manifest import counts
    from aieco_assets.core.storage.postgres import connect

    made = context.instance.get_latest_materialization_event(DOCUMENTS)
    assert made is not None
    assert made.asset_materialization is not None
    shown = made.asset_materialization.metadata
    read = int(str(shown["read"].value))
    erased = int(str(shown["erased"].value)) if "erased" in shown else 0
    with connect(settings.warehouse) as connection:
        current, refused = counts(connection)
    return dg.AssetCheckResult(
        passed=read == current + len(refused) + erased,
        metadata={
            "read": dg.MetadataValue.int(read),
            "current": current,
            "quarantined": len(refused),
            "reasons": dg.MetadataValue.json(dict(refused[:50])),
        },
    )
