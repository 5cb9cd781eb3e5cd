"""`make accuracy`: asks the public sets, and writes docs/accuracy.md with its picture.

Examples:
    python -m benchmarks.accuracy                            quote, and write where AIECO_LLM names a model
    python -m benchmarks.accuracy --sets dev --limit 5       a part: written into AIECO_HOME/accuracy, docs/ stays
    python -m benchmarks.accuracy --judge                    AIECO_LLM judges the answers, too

What was answered is kept under AIECO_HOME: an interrupted run goes on, and only other code, another policy or other
models ask anew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.gateway import llm_identity, load_llm
from aieco_assets.core.rag.evidence.thresholds import settings_policy
from aieco_assets.core.rag.generation.draft import QUOTE, WRITE
from aieco_assets.core.settings import PACKAGED, Settings, get_settings
from benchmarks.accuracy.curve import draw
from benchmarks.accuracy.judging import Judged, judge
from benchmarks.accuracy.knowledge import open_home
from benchmarks.accuracy.llm_judge import ask_judge
from benchmarks.accuracy.question_runs import ask_set
from benchmarks.accuracy.sets import SETS, read_sets
from benchmarks.accuracy.table import PICTURE, Measured, document

ROOT = Path(__file__).parents[2]
FILE = "accuracy.md"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS), help="default: all")
    parser.add_argument("--limit", type=int, default=0, help="questions of each set; default: all")
    parser.add_argument("--mode", choices=[QUOTE, WRITE], help="default: quote, and write where AIECO_LLM is set")
    parser.add_argument("--out", type=Path, help="where accuracy.md goes; default: docs/")
    parser.add_argument("--judge", action="store_true", help="AIECO_LLM says yes or no to each answer, too")
    told = parser.parse_args(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, when llama.cpp is loaded
    settings = get_settings()
    cache = settings.home / "accuracy"
    part = bool(told.limit) or set(told.sets) != set(SETS)
    out: Path = told.out or (cache if part else ROOT / "docs")
    data = Path(os.environ.get("AIECO_TEST_DATA") or ROOT.parent / "shared" / "data")
    modes = [told.mode] if told.mode else [QUOTE, *([WRITE] if settings.llm != PACKAGED else [])]
    try:
        measured = measure(settings, cache, data, told.sets, modes, told.limit, told.judge)
        written = write(measured, out, _made_from(settings, modes))
    except AiecoError as error:
        print(error, file=sys.stderr)
        return 1
    print(written.read_text(encoding="utf-8"))
    print(f"written: {written}")
    return 0


def measure(
    settings: Settings, cache: Path, data: Path, sets: Sequence[str], modes: Sequence[str], limit: int, judged: bool
) -> list[Measured]:
    """Every set in every mode. Mode quote uses the packaged models. Raises AiecoError where the data is not there."""
    publics = read_sets(data, sets)
    found = []
    with open_home(cache, settings) as opened:
        for public in publics:
            for mode in modes:
                own = _with_model_of(mode, opened)
                policy = replace(settings_policy(own), mode=mode)
                rows = judge(public, ask_set(own, cache, public, policy, limit, _show))
                verdicts = _verdicts(opened, cache, public.name, mode, rows) if judged else []
                found.append(Measured(public, mode, rows, verdicts))
    return found


def write(measured: Sequence[Measured], out: Path, made_from: str) -> Path:
    panels: dict[str, dict[str, Sequence[Judged]]] = {}
    for one in measured:
        panels.setdefault(f"{one.public.name}: {len(one.judged)} questions", {})[one.mode] = one.judged
    draw(list(panels.items()), out / PICTURE)
    (out / FILE).write_text(document(measured, made_from), encoding="utf-8")
    return out / FILE


def _verdicts(settings: Settings, cache: Path, name: str, mode: str, rows: Sequence[Judged]) -> list[bool | None]:
    file = cache / "verdicts" / f"{name}-{mode}.jsonl"
    return ask_judge(load_llm(settings), rows, file, lambda done, of: _show(f"judge of {name}", done, of))


def _made_from(settings: Settings, modes: Sequence[str]) -> str:
    models = [f"{mode} with {llm_identity(_with_model_of(mode, settings)).name}" for mode in modes]
    commit = _git("rev-parse", "--short=10", "HEAD") or "unknown"
    changed = " with uncommitted changes" if _git("status", "--porcelain", "--", "aieco_assets", "benchmarks") else ""
    return f"Models: {', '.join(models)}; the packaged embedder. Commit {commit}{changed}."


def _with_model_of(mode: str, settings: Settings) -> Settings:
    return settings.model_copy(update={"llm": PACKAGED}) if mode == QUOTE else settings


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip()


def _show(what: str, done: int, of: int) -> None:
    """A line that is written over on a terminal, and every tenth on anything else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what} {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done % 10 == 0 or done == of:
        print(f"{what} {done}/{of}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
