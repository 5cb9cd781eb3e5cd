"""A folder with a causal language model, trained further on answers by low-rank adapters that are merged into it."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from aieco_assets.core.embeddings.torch_encoder import gpu_present
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.finetuning.answer_tokens import IGNORED, loss_of, row_of
from aieco_assets.core.finetuning.answers import Example
from aieco_assets.core.finetuning.base_model import KEPT, read_json
from aieco_assets.core.finetuning.libraries import libraries, watch
from aieco_assets.core.finetuning.trained_folder import written_in_one_move

METHOD = "lora"
LOSSES_FILE = "losses.json"
_LONGEST = 2048  # tokens of an example: more is more memory than a processor's machine has


@dataclass(frozen=True)
class LoraTraining:
    """How it is trained: every linear layer gets adapters of this rank. Source: Hu et al. 2021 (LoRA)."""

    epochs: int = 3
    learning_rate: float = 2e-4
    rank: int = 16
    batch: int = 4
    seed: int = 7

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= 100 or not 0 < self.learning_rate <= 1e-1 or not 1 <= self.rank <= 512:
            raise AiecoError(
                f"{self.epochs} epochs of rank {self.rank} at a rate of {self.learning_rate} is no training: 1 to 100 "
                "epochs, a rank of 1 to 512, a rate above 0 and up to 0.1 are."
            )


@dataclass(frozen=True)
class Losses:
    """Mean loss of a token of the answers (nats), of what was held out, before and after; `too_long`: examples that do
    not fit the model and were left out; `trained`, `of`: parameters."""

    before: float
    after: float
    too_long: int
    trained: int
    of: int


def read_losses(folder: Path) -> Losses:
    return Losses(**read_json(folder / LOSSES_FILE))


def train(
    base: Path,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    recipe: Mapping[str, Any],
    training: LoraTraining,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Trains adapters on the answers of `examples`, merges them, and writes model and losses to `out` in one move.

    The prompt is read and not learned. `progress(done, of)` after each batch. Raises AiecoError where the extra
    `finetune` is not installed, the base can't be loaded, or `out` can't be written.
    """
    with written_in_one_move(out, recipe) as beside:
        made = beside / "made"
        losses = _fitted(base, examples, held_out, training, made, progress)
        (made / LOSSES_FILE).write_text(json.dumps(asdict(losses)), encoding="utf-8")


def _fitted(
    base: Path,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    training: LoraTraining,
    made: Path,
    progress: Callable[[int, int], None] | None,
) -> Losses:
    peft, transformers = libraries("peft", "transformers")
    torch = import_module("torch")
    transformers.set_seed(training.seed)
    tokenizer, model, written_as = _loaded(transformers, torch, base)
    if gpu_present():  # the trainer moves it there as well, but what it says before is measured first
        model = model.to("cuda")
    longest = min(_LONGEST, getattr(model.config, "max_position_embeddings", _LONGEST))
    rows = [row_of(tokenizer, one, longest) for one in examples]
    measured = [row_of(tokenizer, one, longest) for one in held_out]
    learned, kept = [one for one in rows if one], [one for one in measured if one]
    if not learned or not kept:
        raise AiecoError(f"{base.name} reads {longest} tokens, and no example is as short: name another base.")
    before = loss_of(torch, model, kept)
    config = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=training.rank,
        lora_alpha=2 * training.rank,
        lora_dropout=0.05,
        target_modules="all-linear",
    )
    model = peft.get_peft_model(model, config)
    trained, of = model.get_nb_trainable_parameters()
    _run(transformers, model, tokenizer, learned, training, progress)
    try:
        merged = model.merge_and_unload(safe_merge=True)
    except ValueError:  # weights that are no numbers
        raise AiecoError("The training spoilt the model: train fewer epochs at a smaller rate.") from None
    after = loss_of(torch, merged, kept)
    _write(merged.to(written_as), base, made)
    return Losses(before, after, len(rows) + len(measured) - len(learned) - len(kept), trained, of)


def _loaded(transformers: Any, torch: Any, base: Path) -> tuple[Any, Any, Any]:
    """Tokenizer, model in single precision, and the precision that the base has on disk. No code of the folder runs."""
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(base), **local)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(base), dtype=torch.float32, use_safetensors=True, **local
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise AiecoError(f"The model in {base} can't be loaded ({reason}): name another with --base.") from None
    config = read_json(base / "config.json")
    written_as = getattr(torch, str(config.get("dtype") or config.get("torch_dtype") or "float32"), torch.float32)
    return tokenizer, model, written_as


def _run(
    transformers: Any,
    model: Any,
    tokenizer: Any,
    rows: Sequence[Mapping[str, list[int]]],
    training: LoraTraining,
    progress: Callable[[int, int], None] | None,
) -> None:
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    steps = math.ceil(len(rows) / training.batch) * training.epochs
    with tempfile.TemporaryDirectory(prefix="aieco-finetune-") as folder:
        arguments = transformers.TrainingArguments(
            output_dir=folder,
            num_train_epochs=training.epochs,
            per_device_train_batch_size=1,  # long prompts of unlike length: a batch is gathered
            gradient_accumulation_steps=training.batch,
            learning_rate=training.learning_rate,
            warmup_steps=max(1, steps // 10),
            seed=training.seed,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        trainer = transformers.Trainer(
            model=model,
            args=arguments,
            train_dataset=list(rows),
            data_collator=transformers.DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=IGNORED),
        )
        watch(trainer, progress)
        trainer.train()


def _write(merged: Any, base: Path, made: Path) -> None:
    """New weights among the base's own files: whatever reads the base, and llama.cpp's converter, reads this."""
    merged.save_pretrained(str(made))
    for path in base.iterdir():
        if path.is_file() and path.suffix in KEPT and not path.name.endswith(".index.json"):
            shutil.copyfile(path, made / path.name)
