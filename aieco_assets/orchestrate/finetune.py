"""`aieco finetune`: models trained further on what this home has, as challengers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from aieco_assets.orchestrate.options import Json

app = typer.Typer(
    no_args_is_help=True,
    help="Train a model further on this home's documents and accepted cases; a gate judges it, a person promotes it.",
)
Out = Annotated[Path | None, typer.Option(help="Folder to write; default: below models/ of the home.")]


@app.command(epilog="Example: [bold]aieco finetune embedder --epochs 2 --json[/]")
def embedder(
    out: Out = None,
    epochs: Annotated[int, typer.Option(help="How often each pair is seen.")] = 1,
    learning_rate: Annotated[float, typer.Option(help="Small: what the model knows of language is to stay.")] = 2e-5,
    as_json: Json = False,
) -> None:
    """Train the embedder on headings, sentences and accepted cases; a fifth is held out, to see what it finds then."""
    from aieco_assets.core.finetuning.embedder import fine_tune_embedder
    from aieco_assets.core.finetuning.sentence_training import Training
    from aieco_assets.core.registry.promotion import REFUSED
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    training = Training(epochs=epochs, learning_rate=learning_rate)
    with open_platform(get_settings()) as settings, _bar("training", as_json) as progress:
        done = fine_tune_embedder(settings, training, out, progress)
    if as_json:
        print(json.dumps(asdict(done) | {"folder": str(done.folder)}, indent=2))
        return
    pairs = done.pairs
    print(
        f"Learned from {pairs['headings']} headings, {pairs['sentences']} sentences and {pairs['cases']} accepted "
        f"cases; {pairs['held_out']} were held out."
    )
    for title, name in (("held out", "held_out"), ("golden", "golden")):
        if told := done.numbers.get(name):
            print(f"  {title:<9} {told['questions']:>4} asked   {_change(told)}")
    print(f"Version {done.version} of embedder: {done.outcome}, {done.reason}. It lies in {done.folder}.")
    if done.outcome != REFUSED:
        print(f"`aieco promote embedder {done.version}` and `aieco run` put it into production.")


@app.command(epilog="Example: [bold]aieco finetune llm --base ~/models/llama --converter ~/llama.cpp[/]")
def llm(
    base: Annotated[Path, typer.Option(help="Folder of a causal model: config.json, safetensors, tokenizer.")],
    out: Out = None,
    epochs: Annotated[int, typer.Option(help="How often each answer is seen.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="Of the adapters; the base's own weights stay.")] = 2e-4,
    rank: Annotated[int, typer.Option(help="Of the adapters: more learn more, and forget more.")] = 16,
    converter: Annotated[
        Path | None, typer.Option(help="Folder of llama.cpp with its converter; default: llama.cpp of the home.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a language model with LoRA on accepted cases, and turn it into a GGUF file that AIECO_LLM can name."""
    from aieco_assets.core.finetuning.llm import fine_tune_llm
    from aieco_assets.core.finetuning.lora import LoraTraining
    from aieco_assets.core.registry.promotion import REFUSED
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    training = LoraTraining(epochs=epochs, learning_rate=learning_rate, rank=rank)
    with open_platform(get_settings()) as settings, _bar("training", as_json) as progress:
        done = fine_tune_llm(settings, base, training, out, converter, progress)
    if as_json:
        print(json.dumps(asdict(done) | {"file": str(done.file)}, indent=2))
        return
    counts = done.examples
    print(
        f"Learned from {counts['learned']} accepted answers, {counts['silent']} of them that nothing answers; "
        f"{counts['held_out']} were held out, {counts['left_out']} left out."
    )
    print(f"  held out   loss {done.losses.before:.3f} -> {done.losses.after:.3f}")
    print(f"Version {done.version} of llm: {done.outcome}, {done.reason}. Its file is {done.file}.")
    if done.outcome != REFUSED:
        print(f"AIECO_LLM={done.file} and `aieco run` put it into production.")


def _change(told: dict[str, Any]) -> str:
    before, after = told["champion"], told["challenger"]
    return "   ".join(f"{name} {before[name]:.3f} -> {after[name]:.3f}" for name in before)


@contextmanager
def _bar(title: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error output of a terminal; nothing for programs."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from aieco_assets.orchestrate.display import errors

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal, transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
