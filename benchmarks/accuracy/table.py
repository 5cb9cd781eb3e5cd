"""Writes docs/accuracy.md."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.accuracy.curve import SHARES, curve_of, operating_point, risk_at
from benchmarks.accuracy.judging import Judged, likeness
from benchmarks.accuracy.sets import CITED, QUOTED, SAID, PublicSet

PICTURE = "images/accuracy.svg"
RIGHT = {
    SAID: "the answer says what it must say (each entry of `must_contain`), as in `aieco eval`",
    CITED: "a page is cited that the reference answer cites, too",
    QUOTED: "a quote from the question's own passage overlaps a sentence that annotators selected",
}
# Whoever adds a row names where it was published. (system, questions, what was measured, source)
PUBLISHED = (
    (
        "Azure-Samples' RAG demo with a GPT model",
        "its own 50 on its own documents, from which set `documents` is taken",
        "all wanted pages cited 0.52, any of them 0.98 (issue 18 sets aieco's 0.18 and 0.38 of then beside them)",
        "[evals/results/baseline/summary.json](https://github.com/Azure-Samples/azure-search-openai-demo/blob/16a0ec62bbe340672e3323e368899ca40318dde8/evals/results/baseline/summary.json)",
    ),
    (
        "GPT-4.1, pages as pictures",
        "all of MMLongBench-Doc, also on charts and figures, which were left out here",
        "right 0.497, of the unanswerable 0.260",
        "[results of its authors](https://huggingface.co/datasets/OpenIXCLab/mmlongbench-doc-results)",
    ),
    (
        "GPT-4o, pages as pictures",
        "the same",
        "right 0.463, of the unanswerable 0.341",
        "[results of its authors](https://huggingface.co/datasets/OpenIXCLab/mmlongbench-doc-results)",
    ),
)


@dataclass(frozen=True)
class Measured:
    """A set asked in one mode. `verdicts`: of the LLM judge, empty where it was not asked."""

    public: PublicSet
    mode: str
    judged: Sequence[Judged]
    verdicts: Sequence[bool | None] = ()


def document(measured: Sequence[Measured], made_from: str) -> str:
    """The whole page. `made_from`: the models and the commit, in a line."""
    parts = [
        "# How right the answers are",
        "Written by `make accuracy`; do not edit it. It asks the public sets under `AIECO_TEST_DATA` and needs no"
        " network.",
        made_from,
        "## Answers",
        table(_ANSWERS, [_answers(one) for one in measured]),
        _how(measured),
        "## When to be silent",
        f"![Share wrong of what is answered, by the share answered, a panel for each set]({PICTURE})",
        "Each answer tells how sure it is (`confidence`). The line says what share of the answers would be wrong if"
        " only the surest were given, up to all: to the left fewer answers and, where the confidence is worth"
        " something, fewer wrong ones. For it, each question that met with silence was asked again with silence"
        " forbidden."
        " The dot is the policy as packaged. Shares are of all questions, and whatever is said to a question without"
        " an answer is wrong. The left end rests on few answers.",
        table(_CURVE, [_curve(one) for one in measured]),
        "## Likeness to a reference answer",
        "Of the answered questions that have a reference answer. BLEU-4 of the whole set (nltk, smoothed) and the mean"
        " F1 of ROUGE-L, both on words without case. A quote is longer or shorter than a person's summary, so low"
        " figures do not mean wrong, nor high ones right.",
        table(_LIKENESS, [row for one in measured for row in _likeness(one)]),
        *_judge(measured),
        "## Published figures of others",
        "Other systems on other questions: they say what is possible, not who is better.",
        table(("system", "questions", "measured", "source"), PUBLISHED),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_ANSWERS = (
    *("set", "mode", "answerable", "right", "wrong", "silent", "gold page cited: any / all"),
    *("gold page found: any / all", "unanswerable", "kept silent", "latency p50 / p95"),
)


def _answers(one: Measured) -> list[str]:
    answerable = [j for j in one.judged if not j.asked.question.unanswerable]
    others = [j for j in one.judged if j.asked.question.unanswerable]
    n, right = len(answerable), sum(j.right for j in answerable)
    silent = sum(j.told.said.silent for j in answerable)
    counts = (_of(count, n) for count in (right, n - right - silent, silent))
    milliseconds = sorted(j.told.latency_ms for j in one.judged)
    return [
        *(one.public.name, one.mode, str(n), *counts),
        f"{_share(j.cited_any for j in answerable)} / {_share(j.cited_all for j in answerable)}",
        f"{_share(j.found_any for j in answerable)} / {_share(j.found_all for j in answerable)}",
        *(str(len(others)), _of(sum(j.told.said.silent for j in others), len(others))),
        f"{_nearest(milliseconds, 0.5):.0f} / {_nearest(milliseconds, 0.95):.0f} ms",
    ]


def _how(measured: Sequence[Measured]) -> str:
    sets = {one.public.name: one.public for one in measured}.values()
    told = [f"- `{public.name}`: {public.title}. Right: {RIGHT[public.right]}." for public in sets]
    return "\n".join(
        [
            *told,
            "- Wrong: answered and not right. Silent: `The knowledge base does not answer this.`",
            "- Found: among the first five pages that the search gives. Any or all of the gold pages; where a set has"
            " one per question, both are the same. Shares of the answerable questions, silent ones too.",
            "- Latency: of an answer with its model, one at a time, on the machine that ran the command.",
        ]
    )


_CURVE = ("set", "mode", *(f"wrong at {share:.0%} answered" for share in SHARES), "as packaged: answered / wrong")


def _curve(one: Measured) -> list[str]:
    points, stands = curve_of(one.judged), operating_point(one.judged)
    risks = [risk_at(points, share) for share in SHARES]
    shown = ["never so many" if risk is None else f"{risk:.2f}" for risk in risks]
    return [one.public.name, one.mode, *shown, f"{stands.answered:.2f} / {stands.wrong:.2f}" if stands else "0 / -"]


_LIKENESS = ("set", "mode", "answered", "BLEU", "ROUGE-L")


def _likeness(one: Measured) -> list[list[str]]:
    found = likeness(one.judged)
    return [[one.public.name, one.mode, str(found[2]), f"{found[0]:.3f}", f"{found[1]:.3f}"]] if found else []


def _judge(measured: Sequence[Measured]) -> list[str]:
    rows = []
    for one in measured:
        if one.verdicts:
            n, unclear = len(one.verdicts), sum(said is None for said in one.verdicts)
            right = _of(sum(said is True for said in one.verdicts), n)
            agrees = sum(
                said == judged.right
                for said, judged in zip(
                    one.verdicts,
                    [j for j in one.judged if not (j.asked.question.unanswerable or j.told.said.silent)],
                    strict=True,
                )
            )
            rows.append([one.public.name, one.mode, str(n), right, str(unclear), _of(agrees, n)])
    if not rows:
        return []
    head = ("set", "mode", "answers to answerable questions", "right", "neither yes nor no", "agrees with the table")
    return ["## What an LLM judge says", "AIECO_LLM was asked yes or no about each answer.", table(head, rows)]


def _of(count: int, n: int) -> str:
    return f"{count} ({count / n:.2f})" if n else "-"


def _share(flags: object) -> str:
    values = list(flags)  # type: ignore[call-overload]
    return f"{statistics.fmean(values):.2f}" if values else "-"


def _nearest(values: Sequence[float], share: float) -> float:
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0
