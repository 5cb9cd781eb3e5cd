"""`aieco eval`: answers scored on a question file, or the verification on labelled sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.orchestrate.display import console


def evaluated(
    settings: Settings, questions: Path | None, documents: Path | None, labels: Path | None, mode: str
) -> dict[str, Any]:
    """The report in the shape that DESIGN section 4 names. Raises AiecoError for a choice that can't be made."""
    from aieco_assets.core.evaluation.evaluate import evaluate_folder
    from aieco_assets.core.evaluation.labels import evaluate_labels

    if mode not in ("", "quote", "write"):
        raise AiecoError(f"--mode {mode} is no way to answer: say quote or write.")
    if labels is not None:
        if questions or documents or mode:
            raise AiecoError("--labels is measured by itself: leave --questions, --documents and --mode out.")
        return evaluate_labels(settings, labels)
    if questions is None or documents is None:
        raise AiecoError("Name --questions and --documents, or --labels: `aieco eval --help` has examples.")
    return evaluate_folder(settings, questions, documents, mode=mode)


def print_evaluated(report: dict[str, Any]) -> None:
    """One report as a person reads it."""
    if "supported" in report:
        _print_labels("the verification in use", report)
        if report["cross_validated"]:
            _print_labels("fitted on the other documents of this file", report["cross_validated"])
    else:
        _print_questions(report)


def _print_labels(title: str, report: dict[str, Any]) -> None:
    supported, unsupported = report["supported"], report["unsupported"]
    console.print(f"{title}:")
    console.print(f"  supported    kept {supported['kept']} of {supported['n']}")
    console.print(f"  unsupported  shown {unsupported['shown']} of {unsupported['n']}")
    for flaw, told in report["by_flaw"].items():
        console.print(f"    {escape(flaw or 'no kind named'):<20} {told['shown']} of {told['n']}")


def _print_questions(report: dict[str, Any]) -> None:
    answerable, unanswerable = report["answerable"], report["unanswerable"]
    console.print(f"{report['questions']} questions")
    console.print(f"  correct    {answerable['correct']} of {answerable['n']}, cited {answerable['cited']}")
    console.print(f"  abstained  {unanswerable['abstained']} of {unanswerable['n']} that have no answer")
    console.print(f"  unsupported numbers  {report['unsupported_numbers']}")
    console.print("  recall     " + ", ".join(f"@{k} {value:.2f}" for k, value in report["recall_at"].items()))
    console.print(f"  latency    p50 {report['latency_ms']['p50']:.0f} ms, p95 {report['latency_ms']['p95']:.0f} ms")
    for row in report["rows"]:
        mark = "[green]✓[/]" if row["correct"] else "[red]✗[/]"
        console.print(
            f"{mark} {escape(row['question'])}\n    {'(abstained)' if row['abstained'] else escape(row['answer'])}"
        )
