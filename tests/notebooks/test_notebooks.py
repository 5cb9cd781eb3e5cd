"""Each notebook as the program that it is, on real storage. `explore_warehouse` needs the whole graph: tests/e2e."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHURN
from aieco_assets.core.customers.churn.training import train_churn
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings
from tests.core.customers.orders import write_shop

pytestmark = pytest.mark.timeout(900)  # on a busy machine each import takes long
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(settings: Settings, name: str, *arguments: str) -> str:
    environment = {
        **os.environ,
        "AIECO_HOME": str(settings.home),
        "AIECO_POSTGRES_URL": settings.postgres_url.get_secret_value(),
    }
    done = subprocess.run(
        [sys.executable, NOTEBOOKS / name, *arguments],
        env=environment,
        cwd=NOTEBOOKS.parent,
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_are_three_and_marimo_finds_nothing_wrong_with_them() -> None:
    found = sorted(path for path in NOTEBOOKS.glob("*.py"))
    assert [path.name for path in found] == ["churn_challenger.py", "evaluate_questions.py", "explore_warehouse.py"]
    told = subprocess.run(
        [sys.executable, "-m", "marimo", "check", "--strict", *found], capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_churn_notebook_leaves_a_judged_challenger_with_an_mlflow_run_and_the_champion_as_it_was(
    settings: Settings,
) -> None:
    write_shop(settings)
    train_churn(settings)
    said = run(settings, "churn_challenger.py")
    made = version_by_alias(settings, CHURN, CHALLENGER)
    present = champion(settings, CHURN)
    assert made is not None and present is not None
    assert (made.version, present.version) == (2, 1)
    assert made.tags["gate"] in ("waiting", "refused")
    assert "version 1 has" in made.tags["gate_reason"]
    assert f"churn version 2: {made.tags['gate']}" in said
    kept = mlflow_client(settings).get_run(made.run_id)
    assert (kept.info.status, kept.data.params["rounds"]) == ("FINISHED", "300")
    assert kept.data.metrics["pr_auc"] > kept.data.metrics["base_rate"]


def test_the_evaluation_notebook_asks_ones_own_questions_and_keeps_the_numbers(
    settings: Settings, tmp_path: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "returns.md").write_text("# Returns\n\nShoes may be sent back within thirty days of the purchase.\n")
    (documents / "gym.md").write_text("# Gym\n\nThe gym opens at seven in the morning.\n")
    questions = tmp_path / "questions.jsonl"
    lines = [
        {"question": "When does the gym open?", "must_contain": ["seven"], "citations": [["gym.md", 1]]},
        {"question": "When does the gym open on Mars?", "must_contain": ["midnight"], "citations": [["gym.md", 1]]},
    ]
    questions.write_text("\n".join(map(json.dumps, lines)))
    said = run(settings, "evaluate_questions.py", "--questions", str(questions), "--documents", str(documents))
    assert "1 of 2 correct, MLflow run " in said
    kept = mlflow_client(settings).get_run(said.rpartition(" ")[2].strip())
    assert kept.info.status == "FINISHED"
    assert kept.data.metrics["correct_share"] == pytest.approx(0.5)
    assert kept.data.tags["questions"] == str(questions)
