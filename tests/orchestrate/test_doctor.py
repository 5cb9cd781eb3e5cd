"""What `aieco doctor` says of a language model behind a server."""

from __future__ import annotations

from pathlib import Path

from aieco_assets.core.settings import Settings
from aieco_assets.orchestrate.doctor import llm_finding
from tests.stand_in_server import stand_in


def test_a_server_that_answers_is_well_and_one_that_is_away_is_named(tmp_path: Path) -> None:
    with stand_in() as server:
        settings = Settings(home=tmp_path, llm=server.url, llm_concurrency=16, _env_file=None)  # type: ignore[call-arg]
        there = llm_finding(settings)
    away = llm_finding(settings)
    assert (there["ok"], there["detail"]) == (True, f"{server.url}, 16 questions at once, answers")
    assert not away["ok"] and str(away["detail"]).startswith(f"{server.url} can't be reached")
    assert away["mend"] == "start it or mend AIECO_LLM"
