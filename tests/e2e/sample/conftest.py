"""One home, filled once with the embedded sample, for every test of this folder: one process runs them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Home, sample_home


@pytest.fixture(scope="session")
def filled(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home after `aieco run` on the embedded sample."""
    with sample_home(request) as home:
        yield home
