"""What comes from outside is printed as it is: brackets in it are no marks of colour."""

from __future__ import annotations

import pytest

from aieco_assets.orchestrate import doctor, evaluation, plan_report

OUTSIDE = "/data/[hr]/leave [/old]"


def test_the_doctor_prints_a_path_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.print_findings([{"what": "sources", "ok": False, "detail": OUTSIDE, "mend": f"mend {OUTSIDE}"}])
    assert capsys.readouterr().out.count(OUTSIDE) == 2


def test_an_evaluation_prints_questions_and_answers_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    none = {"n": 0, "correct": 0, "cited": 0, "abstained": 0}
    row = {"question": OUTSIDE, "answer": f"See {OUTSIDE}", "abstained": False, "correct": True}
    evaluation._print_questions(
        {"questions": 1, "answerable": none, "unanswerable": none, "unsupported_numbers": 0, "recall_at": {}}
        | {"latency_ms": {"p50": 1, "p95": 1}, "rows": [row]}
    )
    assert capsys.readouterr().out.count(OUTSIDE) == 2


def test_a_plan_prints_reasons_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    plan_report.print_plan({"refused": OUTSIDE, "left_out": {"lake/a": OUTSIDE}, "reasons": {}, "runs": []})
    assert capsys.readouterr().out.count(OUTSIDE) == 2
