"""All parts apart, and a home that knows them by their addresses alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.apart.servers import BUCKET, Parts, database_url, parts
from tests.e2e.conftest import Home, make_home, remove


@pytest.fixture(scope="session")
def apart() -> Iterator[Parts]:
    folder = Path(tempfile.mkdtemp(prefix="aieco-apart-"))
    folder.chmod(0o755)  # as root, Postgres and PgBouncer run as another user
    try:
        with parts(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def far(apart: Parts) -> Iterator[Home]:
    """A home on all of them."""
    home = make_home(**apart.variables)
    yield home
    remove(home)


def home_beside(apart: Parts, name: str, **sources: str) -> Home:
    """Another home on the same servers, with a database, a lake and vectors of its own."""
    with psycopg.connect(database_url(apart.postgres_port, "postgres"), autocommit=True) as server:
        server.execute(f"create database {name}".encode())
    places = {
        "AIECO_POSTGRES_URL": database_url(apart.pgbouncer.port, name),
        "AIECO_LAKE_URL": f"s3://{BUCKET}/{name}/lake",
        "AIECO_LANCEDB_URL": f"s3://{BUCKET}/{name}/lancedb",
    }
    return make_home(**{**apart.variables, **places, **sources})


SKIP = pytest.mark.skipif("AIECO_APART" not in os.environ, reason="The sample with every part apart: `make apart`")
