from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.sample.documents import write_documents


@pytest.fixture(scope="session")
def sample_documents(tmp_path_factory) -> Path:
    """The rendered documents, once for all tests of the sample."""
    folder = tmp_path_factory.mktemp("documents")
    write_documents(folder)
    return folder
