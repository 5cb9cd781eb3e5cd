"""Objects in a bucket of any S3-compatible store, and what the store says when it is away, as one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

_GONE = {"404", "NoSuchKey", "NotFound"}


class S3Store:
    """Objects under an optional prefix.

    Raises FileNotFoundError for a key that is not there, as a folder does, Unavailable when the store does not answer,
    and AiecoError when it refuses.
    """

    s3 = True

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix

    def put(self, key: str, data: bytes) -> None:
        with self._named(key):
            self._by_a_store(self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data), "ETag")

    def get(self, key: str) -> bytes:
        with self._named(key):
            found = self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            return self._by_a_store(found, "ETag")["Body"].read()

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except FileNotFoundError:
            return False
        return True

    def list(self, prefix: str = "") -> list[str]:
        return sorted(item["Key"][len(self.prefix) :] for item in self.entries(prefix))

    def entries(self, prefix: str = "") -> Iterator[dict[str, Any]]:
        """What the store tells of each object whose key starts with `prefix`: Key, Size, ETag, LastModified."""
        with self._named(prefix):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix):
                yield from self._by_a_store(page, "IsTruncated").get("Contents", ())

    def delete(self, key: str) -> None:
        with self._named(key):
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def size(self, key: str) -> int:
        """In bytes, without reading them."""
        with self._named(key):
            found = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
            return self._by_a_store(found, "ETag")["ContentLength"]

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def age_s(self, key: str) -> float:
        """Endless: a bucket shows an object only when it is whole, so none is ever half written."""
        return math.inf

    def _by_a_store(self, answer: dict[str, Any], mark: str) -> dict[str, Any]:
        """The answer. Raises AiecoError for one without what each store says: a web page that answers everything would
        else be an empty bucket in which all is kept that is written."""
        if mark not in answer:
            raise AiecoError(
                f"What answers at {self.client.meta.endpoint_url} is no S3 store (no {mark}): mend "
                "AIECO_S3_ENDPOINT_URL."
            )
        return answer

    @contextmanager
    def _named(self, key: str) -> Iterator[None]:
        """Errors of botocore as ours."""
        from botocore import exceptions as botocore

        place = f"{self.url('').rstrip('/')} at {self.client.meta.endpoint_url}"
        try:
            yield
        except botocore.NoCredentialsError:
            raise AiecoError(
                f"There are no credentials for the S3 store {place}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            ) from None
        except botocore.ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if code in _GONE:
                raise FileNotFoundError(f"{self.url(key)} is not there.") from None
            if status >= 500:
                raise Unavailable(f"The S3 store {place} does not answer ({code}): try again later.") from None
            raise AiecoError(
                f"The S3 store {place} refuses ({code}): mend the url of the bucket, or the S3 credentials."
            ) from None
        except (botocore.HTTPClientError, botocore.ConnectionError, botocore.IncompleteReadError):
            raise Unavailable(
                f"The S3 store {place} does not answer: start it, or mend AIECO_S3_ENDPOINT_URL."
            ) from None
        except botocore.BotoCoreError as error:
            reason = " ".join(str(error).split())
            raise AiecoError(f"The S3 store {place} can't be asked ({reason}): mend the url of the bucket.") from None


def s3_client_from(settings: Settings | None) -> Any:
    import boto3

    endpoint = settings.s3_endpoint_url if settings else ""
    try:
        return boto3.client("s3", endpoint_url=endpoint or None)
    except ValueError:
        raise AiecoError(f"{shown(endpoint)} is no address of an S3 store: mend AIECO_S3_ENDPOINT_URL.") from None
