"""The compliance pack of a whole home, as a user writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from tests.core.governance.compliance_links import is_there
from tests.e2e.conftest import Home

# Whoever comes first waits for the whole run.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_every_link_of_the_pack_of_the_sample_leads_somewhere(filled: Home, tmp_path: Path) -> None:
    result = filled.aieco("compliance", "--to", str(tmp_path / "pack"))
    assert result.returncode == 0, result.stderr
    assert "each with its source" in result.stdout
    pages = json.loads((tmp_path / "pack" / "pack.json").read_text())["pages"]
    told = {fact["text"]: fact["sources"] for facts in pages.values() for fact in facts}
    assert {"churn", "clv", "llm", "rag"} <= {fact["heading"] for fact in pages["models"]}
    assert any("Its gate compared" in text for text in told)
    with open_platform(Settings(home=filled.path, _env_file=None)) as opened:  # type: ignore[call-arg]
        addresses = {address for sources in told.values() for address in sources}
        assert [address for address in sorted(addresses) if not is_there(opened, address)] == []


@pytest.mark.long  # of a smaller home, it is test_compliance's in tests/core/governance
def test_the_pack_of_the_sample_has_the_same_bytes_when_it_is_written_again(filled: Home, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert filled.aieco("compliance", "--to", str(tmp_path / name)).returncode == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_a_folder_that_is_no_pack_is_left_alone(filled: Home, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    filled.refused("compliance", "--to", str(tmp_path), naming="holds something else than a compliance pack")
