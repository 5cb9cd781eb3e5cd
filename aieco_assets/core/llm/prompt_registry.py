"""The prompt in MLflow's prompt registry: the packaged text by version, and the text that a person put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT, PROMPT, Prompt
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities import PromptVersion

PACKAGED, OVERRIDE = "packaged", "override"  # aliases; the second is for people


def registered_prompt(settings: Settings) -> Prompt:
    """The prompt to answer with next: what the alias `override` names, else the packaged text, registered when new.

    Only an evaluation asks: whatever answers reads the prompt of `rag`'s champion, which carries its text. Raises
    AiecoError when the registry does not answer, or the override is no prompt.
    """
    from aieco_assets.core.registry.tracking import mlflow_client, model_lock, registry_errors

    client = mlflow_client(settings)
    with model_lock(settings, PROMPT), registry_errors(settings):
        packaged = _by_alias(settings, PACKAGED)
        if packaged is None or _text_of(packaged).digest != PACKAGED_PROMPT.digest:
            packaged = client.register_prompt(
                PROMPT,
                [dict(message) for message in PACKAGED_PROMPT.messages],
                commit_message="as packaged with this version of the code",
                tags={"digest": PACKAGED_PROMPT.digest},
            )
            client.set_prompt_alias(PROMPT, PACKAGED, packaged.version)
        return _text_of(_by_alias(settings, OVERRIDE) or packaged)


def _by_alias(settings: Settings, alias: str) -> PromptVersion | None:
    from aieco_assets.core.registry.tracking import mlflow_client

    # Never from MLflow's cache: a person may have moved the alias a second ago.
    return mlflow_client(settings).load_prompt(f"prompts:/{PROMPT}@{alias}", allow_missing=True, cache_ttl_seconds=0)


def _text_of(found: PromptVersion) -> Prompt:
    if not isinstance(found.template, list):
        raise AiecoError(f"Version {found.version} of the prompt {PROMPT} is one text: register a list of messages.")
    return Prompt(tuple(found.template), int(found.version))
