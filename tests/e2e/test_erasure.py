"""A customer and a document of a whole home, erased by the command: in no byte before the next run, nor after it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from aieco_assets.core.sample import write_sample
from aieco_assets.core.settings import Settings
from tests.core.governance.canary import places
from tests.e2e.conftest import make_home, remove

CUSTOMER = "QZCANARY81"
WORD = "Zyxquontal"
QUESTION = f"What is the {WORD} allowance?"

pytestmark = pytest.mark.skipif(not os.environ.get("AIECO_GOVERN"), reason="minutes: make govern")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sample as sources outside of the home, in which the customer of the first line has the canary's name."""
    write_sample(tmp_path)
    folder = tmp_path / "sample"
    days = sorted((folder / "transactions").glob("*.csv"))
    named = days[0].read_text().splitlines()[1].split(",")[6]
    for day in days:
        day.write_text(day.read_text().replace(f",{named},", f",{CUSTOMER},"))
    (folder / "documents" / "staff").mkdir()
    (folder / "documents" / "staff" / "allowance.md").write_text(
        f"# The {WORD} allowance\n\nThe {WORD} allowance of Mrs Example is 512 pounds a month.\n"
    )
    return folder


@pytest.mark.timeout(3600)
def test_a_customer_and_a_document_of_a_whole_home_are_erased_and_stay_out(sources: Path) -> None:
    home = make_home(AIECO_DOCUMENTS=str(sources / "documents"), AIECO_TRANSACTIONS=str(sources / "transactions"))
    settings = Settings(home=home.path, _env_file=None)  # type: ignore[call-arg]
    try:
        result = home.aieco("run", timeout=1500)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "512" in home.json("ask", QUESTION)["answer"]
        assert len(places(settings, CUSTOMER)) > 20 and len(places(settings, WORD)) > 10
        home.refused("erase", "--customer", CUSTOMER, naming="--yes")
        home.refused("erase", "--customer", "4711x", "--yes", naming="4711x")

        customer = home.json("erase", "--customer", CUSTOMER, "--reason", f"{CUSTOMER} asked", "--yes")
        document = home.json("erase", "--document", "staff/allowance.md", "--yes")

        assert {one["model"] for one in customer["models"]} >= {"clv", "churn"}
        assert (customer["left"], document["left"]) == ([], [])
        assert (places(settings, CUSTOMER), places(settings, WORD)) == ({}, {})
        assert home.aieco("audit", "verify").returncode == 0

        shutil.copytree(sources / "documents" / "staff", sources / "documents" / "again")
        for file in (sources / "transactions").glob("*.csv"):
            os.utime(file)
        result = home.aieco("run", timeout=1500)
        assert result.returncode == 0, result.stdout + result.stderr
        assert (places(settings, CUSTOMER), places(settings, WORD)) == ({}, {})
        assert "512" not in json.dumps(home.json("ask", "What is the allowance of Mrs Example?"))
        assert home.aieco("audit", "verify").returncode == 0
    finally:
        remove(home)
