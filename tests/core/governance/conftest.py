from __future__ import annotations

from collections.abc import Iterator

import pytest

from aieco_assets.core.governance.personal_data import PersonalDataFinder


@pytest.fixture(scope="module")
def finder() -> Iterator[PersonalDataFinder]:
    """One process for all tests of a file: it takes seconds to start."""
    started = PersonalDataFinder()
    yield started
    started.close()
