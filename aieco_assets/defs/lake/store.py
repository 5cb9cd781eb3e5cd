"""The lake as Dagster gives it: a bucket is reached through dagster-aws's S3Resource, a folder needs nobody."""

from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store


@dg.resource(
    required_resource_keys={"settings"},
    description="dagster-aws's S3 client where the lake is a bucket, else None. Imported here: it costs a second.",
)
def lake_bucket(context: dg.InitResourceContext) -> Any:
    settings: Settings = context.resources.settings
    if not settings.lake.startswith("s3://"):
        return None
    from dagster_aws.s3 import S3Resource

    return S3Resource(endpoint_url=settings.s3_endpoint_url or None).get_client()


def lake_store(settings: Settings, s3: Any) -> ObjectStore:
    """The lake's objects, through the client of the `s3` resource."""
    return open_store(settings.lake, settings, s3)
