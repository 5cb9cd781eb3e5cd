"""One home, filled once with the embedded sample, for every test of this folder: one process runs them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Home, make_home, remove


@pytest.fixture(scope="session")
def filled() -> Iterator[Home]:
    """A home after `aieco run` on the embedded sample."""
    home = make_home()
    try:
        result = home.aieco("run", timeout=1500)  # generous: whole stacks run beside it
        assert result.returncode == 0, result.stdout + result.stderr
        yield home
    finally:
        remove(home)
