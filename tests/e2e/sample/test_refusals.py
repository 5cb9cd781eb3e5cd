"""What a home that is filled refuses: one sentence that names the thing and the mend, and a non-zero exit."""

import socket
from pathlib import Path

import pytest

from tests.e2e.conftest import Home

# The first test of this folder fills the home.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_a_home_that_was_filled_from_another_source(filled: Home, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Other\n\nAnother company.\n")
    other = Home(filled.path, {**filled.variables, "AIECO_DOCUMENTS": str(tmp_path)})
    for command in ("run", "plan"):
        other.refused(command, naming="--switch-source")
    assert "was filled from documents of sample" in other.aieco("doctor").stdout.replace("\n", " ")


def test_a_port_that_is_taken(filled: Home) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", int(filled.variables["AIECO_DAGSTER_PORT"])))
        squatter.listen()
        filled.refused("up", naming="AIECO_DAGSTER_PORT")
    assert filled.processes() == []


def test_a_model_file_that_is_not_there(filled: Home) -> None:
    other = Home(filled.path, {**filled.variables, "AIECO_LLM": "/nowhere/model.gguf"})
    other.refused("ask", "How many days do I have to return an item?", naming="/nowhere/model.gguf")


def test_a_selection_that_names_no_asset(filled: Home) -> None:
    filled.refused("run", "--select", "no/such/asset", naming="no/such/asset")


def test_a_partition_range_that_is_none(filled: Home) -> None:
    filled.refused("run", "--partition-range", "yesterday", naming="first...last")
