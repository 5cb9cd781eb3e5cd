"""An example as a model's tokens, of which only the answer's are learned and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.finetuning.answers import Example

IGNORED = -100  # a label that is not learned


def row_of(tokenizer: Any, example: Example, longest: int) -> dict[str, list[int]] | None:
    """Tokens of conversation and answer, of which only the answer's are labels; None where they are too many.

    Tokenised apart, as llama.cpp reads the prompt before a word is written."""
    shown: Example | None = example
    while shown:
        prompt = tokenizer.apply_chat_template(shown.asked, tokenize=False, add_generation_prompt=True)
        said = [*shown.asked, {"role": "assistant", "content": shown.answer}]
        whole = tokenizer.apply_chat_template(said, tokenize=False)
        if not whole.startswith(prompt):
            raise AiecoError(
                "The chat template of the base writes an answer elsewhere than it asks for it: name another."
            )
        # The mark of a beginning comes from the template, or from the tokenizer: never twice (`llm.llama_cpp`).
        begins = bool(tokenizer.bos_token) and not prompt.startswith(tokenizer.bos_token)
        asked = tokenizer(prompt, add_special_tokens=begins)["input_ids"]
        answer = tokenizer(whole[len(prompt) :], add_special_tokens=False)["input_ids"]
        if len(asked) + len(answer) <= longest:
            tokens = [*asked, *answer]
            labels = [*[IGNORED] * len(asked), *answer]
            return {"input_ids": tokens, "attention_mask": [1] * len(tokens), "labels": labels}
        shown = shown.shorter()
    return None


def loss_of(torch: Any, model: Any, rows: Sequence[Mapping[str, list[int]]]) -> float:
    """Mean loss of a token of the answers, in nats."""
    model.eval()
    total, tokens = 0.0, 0
    with torch.no_grad():
        for row in rows:
            batch = {name: torch.tensor([values], device=model.device) for name, values in row.items()}
            count = sum(label != IGNORED for label in row["labels"])
            total += float(model(**batch).loss) * count
            tokens += count
    return round(total / tokens, 4)
