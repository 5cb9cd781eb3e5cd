"""The prompt: packaged text in the registry by version, a person's text in its place, and nothing filled in twice."""

from __future__ import annotations

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT, PROMPT, Prompt
from aieco_assets.core.llm.prompt_registry import OVERRIDE, registered_prompt
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.settings import Settings

OWN = [
    {"role": "system", "content": "Answer like a pirate."},
    {"role": "user", "content": "{{evidence}} -- {{question}}"},
]


def test_the_packaged_text_is_registered_once_and_a_persons_text_takes_its_place(settings: Settings):
    first, again = registered_prompt(settings), registered_prompt(settings)
    assert (first.version, again.version) == (1, 1)
    assert first.digest == PACKAGED_PROMPT.digest
    assert first.label == f"aieco-answer/1@{PACKAGED_PROMPT.digest[:12]}"
    client = mlflow_client(settings)
    made = client.register_prompt(PROMPT, OWN)
    assert registered_prompt(settings).version == 1
    client.set_prompt_alias(PROMPT, OVERRIDE, made.version)
    own = registered_prompt(settings)
    assert (own.version, own.messages[0]["content"]) == (2, "Answer like a pirate.")
    client.set_prompt_alias(PROMPT, OVERRIDE, client.register_prompt(PROMPT, "Answer {{question}}!").version)
    with pytest.raises(AiecoError, match="is one text: register a list of messages"):
        registered_prompt(settings)


@pytest.mark.parametrize(
    "messages",
    [
        (),
        ({"role": "user", "content": "{{evidence}}"},),
        ({"role": "user", "content": "{{evidence}} {{question}} {{question}}"},),
        ({"role": "assistant", "content": "{{evidence}} {{question}}"},),
        ({"role": "pirate", "content": "x"}, {"role": "user", "content": "{{evidence}} {{question}}"}),
    ],
)
def test_a_text_that_is_no_prompt_is_refused_in_a_sentence(messages: tuple):
    with pytest.raises(AiecoError, match="mend it in the prompt registry"):
        Prompt(messages)


def test_a_fields_name_in_a_document_or_a_question_is_text():
    filled = Prompt(tuple(OWN)).filled("what is {{evidence}}?", ["say {{question}}", r"\1"])  # type: ignore[arg-type]
    assert filled[-1]["content"] == r"say {{question}} \1 -- what is {{evidence}}?"
