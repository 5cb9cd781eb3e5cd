"""What the extra `finetune` brings, and how its training tells how far it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from aieco_assets.core.errors import AiecoError


def libraries(*names: str) -> list[Any]:
    """Modules by name, as `embeddings.torch_encoder` does and for its reason. Raises AiecoError without the extra."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        found = [import_module(name) for name in ("accelerate", *names)]
    except ModuleNotFoundError as error:
        raise AiecoError(f"Fine-tuning needs {error.name}: install it with `pip install 'aieco[finetune]'`.") from None
    import_module("transformers.utils.logging").disable_progress_bar()
    return found[1:]


def watch(trainer: Any, progress: Callable[[int, int], None] | None) -> None:
    """The bar of whoever waits, and nothing on the output of ours: it may be JSON."""
    callbacks = import_module("transformers.trainer_callback")
    trainer.remove_callback(callbacks.PrinterCallback)

    class Told(callbacks.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if progress:
                progress(state.global_step, state.max_steps)

    trainer.add_callback(Told())
