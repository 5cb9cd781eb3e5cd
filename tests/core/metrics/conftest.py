from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import KnowledgeVersion, MetricResult
from aieco_assets.core.metrics.answer import Reply, reply
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.core.metrics.literal import fill


@pytest.fixture(scope="module")
def shop(platform: Settings) -> Iterator[Settings]:
    """The shop of `literal.py` in a database of its own, read by every test of a module and changed by none."""
    parts = urlsplit(platform.warehouse)
    with connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute("create database metrics")
    url = parts._replace(path="/metrics").geturl()
    ensure_schema(url)
    fill(url)
    yield platform.model_copy(update={"postgres_url": SecretStr(url)})
    with connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute("drop database metrics with (force)")


@pytest.fixture(scope="module")
def asked(shop: Settings) -> Callable[[str], Reply | None]:
    return lambda question: reply(shop, question, lambda: KnowledgeVersion(7, None))


@pytest.fixture(scope="module")
def measured(asked: Callable[[str], Reply | None]) -> Callable[[str], MetricResult]:
    """The metric that a question was answered with; fails the test when there was none."""

    def measure(question: str) -> MetricResult:
        replied = asked(question)
        assert replied is not None and replied.answer.metric is not None, replied
        return replied.answer.metric

    return measure
