from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@pytest.fixture
def knowledge(settings: Settings, source: Path) -> Settings:
    """Settings whose documents are those in `source`."""
    return settings.model_copy(update={"documents": str(source)})
