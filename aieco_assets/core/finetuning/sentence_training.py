"""A folder of sentence-transformers, trained further on pairs, on the processor."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.embeddings.prompts import prompts_of
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.finetuning.libraries import libraries, watch
from aieco_assets.core.finetuning.pairs import Pair
from aieco_assets.core.finetuning.trained_folder import written_in_one_move

METHOD = "multiple negatives ranking"
_LEFT_OUT = ("*.safetensors", "*.bin", "*.onnx", "onnx", "openvino", "README.md", ".git*")


@dataclass(frozen=True)
class Training:
    """How it is trained. A small rate and few rounds: what the model knows of language is to stay."""

    epochs: int = 1
    learning_rate: float = 2e-5
    batch: int = 16
    seed: int = 7

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= 100 or not 0 < self.learning_rate <= 1e-2 or not 2 <= self.batch <= 1024:
            raise AiecoError(
                f"{self.epochs} epochs of {self.batch} at a rate of {self.learning_rate} is no training: 1 to 100 "
                "epochs, batches of 2 to 1024, a rate above 0 and up to 0.01 are."
            )


def train(
    base: Path,
    pairs: Sequence[Pair],
    recipe: Mapping[str, Any],
    training: Training,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Trains the model of `base` so that each passage is nearer to what asks for it than the others of its batch, and
    writes it to `out` in one move. `progress(done, of)` after each batch.

    Source: MultipleNegativesRankingLoss of sentence-transformers (Henderson et al. 2017).
    Raises AiecoError where the extra `finetune` is not installed, or `out` can't be written.
    """
    with written_in_one_move(out, recipe) as beside:
        _write(_fitted(base, pairs, training, progress), base, beside)


def _fitted(base: Path, pairs: Sequence[Pair], training: Training, progress: Callable[[int, int], None] | None) -> Any:
    names = ("sentence_transformers", "sentence_transformers.sentence_transformer.losses", "datasets")
    trainers, losses, datasets = libraries(*names)
    datasets.disable_progress_bars()
    prompts = prompts_of(base)
    model = trainers.SentenceTransformer(
        str(base), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
    )
    rows = datasets.Dataset.from_dict(
        {
            "asked": [prompts.query + pair.asked for pair in pairs],
            "passage": [prompts.document + pair.passage for pair in pairs],
        }
    )
    steps = math.ceil(len(pairs) / training.batch) * training.epochs
    with tempfile.TemporaryDirectory(prefix="aieco-finetune-") as folder:
        arguments = trainers.SentenceTransformerTrainingArguments(
            output_dir=folder,
            num_train_epochs=training.epochs,
            per_device_train_batch_size=training.batch,
            learning_rate=training.learning_rate,
            warmup_steps=max(1, steps // 10),
            seed=training.seed,
            use_cpu=True,
            # Two passages of one heading in a batch would be each other's wrong answers.
            batch_sampler="no_duplicates",
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )

        class Trainer(trainers.SentenceTransformerTrainer):
            def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
                """No card of the model: it would quote the documents."""

        trainer = Trainer(
            model=model, args=arguments, train_dataset=rows, loss=losses.MultipleNegativesRankingLoss(model)
        )
        watch(trainer, progress)
        trainer.train()
    return model


def _write(model: Any, base: Path, beside: Path) -> None:
    """The base's own files around the new weights: whatever reads the base as we do reads this as well. A base that
    is laid out otherwise is written as sentence-transformers writes it."""
    saved, made = beside / "saved", beside / "made"
    model.save_pretrained(str(saved), create_model_card=False)
    weights = [path.relative_to(saved) for path in saved.rglob("*.safetensors")]
    if weights and all((base / path).is_file() for path in weights):
        shutil.copytree(base, made, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for path in weights:
            os.replace(saved / path, made / path)
    else:
        os.replace(saved, made)
    _keep_prompts(base, made)


def _keep_prompts(base: Path, made: Path) -> None:
    """Prompts that were told by the base's name alone would be lost with it."""
    prompts = prompts_of(base)
    if prompts.source != "name":
        return
    file = made / "config_sentence_transformers.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    config["prompts"] = {"query": prompts.query, "document": prompts.document}
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")
