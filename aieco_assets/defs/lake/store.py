"""The lake as Dagster gives it: a bucket is reached through dagster-aws's S3Resource, a folder needs nobody."""

from dagster_aws.s3 import S3Resource

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store


def lake_store(settings: Settings, s3: S3Resource) -> ObjectStore:
    return open_store(settings.lake, settings, s3.get_client() if settings.lake.startswith("s3://") else None)
