"""`aieco review`: questions that people asked become golden questions, or do not."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.orchestrate.options import Json

app = typer.Typer(
    no_args_is_help=True,
    help="Disliked answers, silence and a weekly sample: accept them as golden questions, or reject them.",
)
By = Annotated[str, typer.Option(help="Who decides; default: the user of this machine.")]


@app.command(name="list", epilog="Example: [bold]aieco review list --status accepted --json[/]")
def list_cases(
    status: Annotated[str, typer.Option(help="open, accepted or rejected.")] = "open", as_json: Json = False
) -> None:
    """The cases: what was disliked first, then what was asked most often."""
    from aieco_assets.core.evaluation.golden import golden_state
    from aieco_assets.core.evaluation.review import cases, collect_cases

    if status not in ("open", "accepted", "rejected"):
        raise AiecoError(f"There is no status {status}: name open, accepted or rejected.")
    with _opened() as settings:
        collect_cases(settings)
        found, golden = cases(settings, status), golden_state(settings)
        told = _golden(settings)
    if as_json:
        shown = {"cases": [asdict(case) for case in found], "golden": asdict(golden)}
        print(json.dumps(shown, indent=2, default=str, ensure_ascii=False))
        return
    for case in found:
        note = f" “{case.note}”" if case.note else ""
        print(f"{case.case_id:>5}  {case.reason:<11} asked {case.times}x  {case.question}{note}")
    print(f"{len(found)} {status} cases. {told}" if found else f"There is no {status} case. {told}")


@app.command(
    epilog='Examples: [bold]aieco review accept 7 --page returns-policy.pdf#1 --contains "30 days"[/]\n\n'
    "[bold]aieco review accept 8 --unanswerable[/]"
)
def accept(
    case_id: Annotated[int, typer.Argument(help="Number of the case.")],
    page: Annotated[list[str] | None, typer.Option(help="document#page that answers it; may be repeated.")] = None,
    contains: Annotated[
        list[str] | None, typer.Option(help="What the answer must say, alternatives split by |; may be repeated.")
    ] = None,
    unanswerable: Annotated[bool, typer.Option(help="No document answers it: silence is right.")] = False,
    question: Annotated[str, typer.Option(help="The question in better words.")] = "",
    by: By = "",
) -> None:
    """Make a case a golden question: the next evaluation asks it, and its gate counts it."""
    from aieco_assets.core.evaluation.review import accept as accepted

    golden: dict[str, Any] = {"unanswerable": True} if unanswerable else {}
    golden |= {"must_contain": contains} if contains else {}
    golden |= {"citations": [_place(one) for one in page]} if page else {}
    golden |= {"question": question} if question else {}
    with _opened() as settings:
        accepted(settings, case_id, golden, by or getpass.getuser())
        told = _golden(settings)
    print(f"Case {case_id} is a golden question: `aieco run --select 'key:\"evaluation/rag\"'` asks it. {told}")


@app.command(epilog="Example: [bold]aieco review reject 9[/]")
def reject(case_id: Annotated[int, typer.Argument(help="Number of the case.")], by: By = "") -> None:
    """A case that is nothing to learn from: it does not come again."""
    from aieco_assets.core.evaluation.review import reject as rejected

    with _opened() as settings:
        rejected(settings, case_id, by or getpass.getuser())
    print(f"Case {case_id} is rejected.")


def _golden(settings: Settings) -> str:
    from aieco_assets.core.evaluation.golden import golden_state

    state = golden_state(settings)
    if not state.version:
        now = "No golden questions are asked yet." if state.version == "" else "The document source can't be read here."
    else:
        now = f"Golden questions: version {state.version} ({state.questions})."
    return f"{now} The last gate asked version {state.gate_version}." if state.gate_version else now


def _place(text: str) -> list[str | int]:
    document, _, page = text.rpartition("#")
    if not document or not page.isdecimal():
        raise AiecoError(f"--page {text} names no page: give document#page, such as returns-policy.pdf#1.")
    return [document, int(page)]


@contextmanager
def _opened() -> Iterator[Settings]:
    from aieco_assets.core.settings import get_settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(get_settings()) as settings:
        yield settings
