"""The bento: the service and the champions it was tested with, ready for `bentoml serve` and `bentoml containerize`."""

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.retries import retried

DEPS = [
    "evaluation/rag",
    "models/embedder",
    "models/llm",
    "models/clv",
    "knowledge/index",
    "predictions/customers",
]


@dg.asset(
    **catalog("serving/bento", {"bentoml"}),
    description="The deployable service. Grain: one bento per content of sources and champions; three are kept.",
    deps=[dg.AssetKey(key.split("/")) for key in DEPS],
)
@retried
def bento(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.serving.package import build_bento

    built = build_bento(settings)
    context.log.info(f"{built.tag}: {'built' if built.built else 'unchanged'} in {built.seconds:.1f} s")
    return dg.MaterializeResult(
        metadata={
            "tag": built.tag,
            "path": dg.MetadataValue.path(built.path),
            "built": built.built,
            "files": built.files,
            "dagster/row_count": built.files,
            "bytes": built.bytes,
            "seconds": round(built.seconds, 2),
            "champions": dg.MetadataValue.table(
                [
                    dg.TableRecord({"name": one.name, "version": one.version, "sha256": one.sha256, "uri": one.uri})
                    for one in built.champions
                ]
            ),
            "serve": dg.MetadataValue.md(f"`bentoml serve {built.tag}`"),
        },
        data_version=dg.DataVersion(built.path.name),
    )
