"""How a model writes is part of its version."""

from __future__ import annotations

from pathlib import Path

from aieco_assets.core.contracts import CHAMPION, LLM
from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy, settings_policy
from aieco_assets.core.registry.models import load_champion_json, register_llm
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings
from tests.core.llm.tiny_gguf import tiny_model


def test_the_settings_begin_with_the_values_of_the_packaged_policy(tmp_path: Path) -> None:
    assert settings_policy(Settings(home=tmp_path, _env_file=None)) == calibrated_policy()  # type: ignore[call-arg]
    named = Settings(home=tmp_path, llm_max_tokens=99, retrieval_k=12, _env_file=None)  # type: ignore[call-arg]
    assert settings_policy(named).model_config() == {"k": 12, "max_tokens": 99}


def test_another_temperature_or_context_is_another_version_and_the_old_one_comes_back_by_its_values(
    settings: Settings,
) -> None:
    first = register_llm(settings)
    warm = register_llm(settings.model_copy(update={"llm_temperature": 0.5}))
    short = register_llm(settings.model_copy(update={"llm_context": 1024}))
    content = load_champion_json(settings, LLM)[1]
    again = register_llm(settings)
    assert [one.version for one in (first, warm, short, again)] == [1, 2, 3, 1]
    assert content["model_config"] == {"temperature": 0.0, "top_p": 1.0, "n_ctx": 1024}
    champion = version_by_alias(settings, LLM, CHAMPION)
    assert champion and ModelConfig.registered(champion.tags) == ModelConfig(0.0, 1.0, 4096)


def test_a_model_in_a_file_writes_by_its_temperature(tmp_path: Path) -> None:
    file = tiny_model(tmp_path / "tiny.gguf")
    said = set()
    for temperature in (0.0, 2.0):
        named = Settings(
            home=tmp_path, llm=str(file), llm_temperature=temperature, llm_template="chatml", _env_file=None
        )  # type: ignore[call-arg]
        llm = load_llm(named)
        assert llm.config == ModelConfig(temperature, 1.0, 4096)
        said.add(llm.generate([{"role": "user", "content": "Say it."}], 12).text)
    assert len(said) == 2
