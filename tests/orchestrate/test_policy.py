"""`aieco policy` as a user calls it: words, JSON, and one sentence with a non-zero exit for a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.engine import tick
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import DRIFT, FIRST, measured, morning_after, policies_of

FIRED = "retrain_on_drift.2026-03-07"


@pytest.fixture
def aieco(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    (tmp_path / "literal.yaml").write_text(DRIFT)
    monkeypatch.setenv("AIECO_HOME", str(settings.home))
    monkeypatch.setenv("AIECO_POSTGRES_URL", settings.warehouse)
    monkeypatch.setenv("AIECO_POLICIES", str(tmp_path))
    get_settings.cache_clear()

    def call(*words: str) -> str:
        result = CliRunner().invoke(app, ["policy", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    yield call
    get_settings.cache_clear()


def decided(settings: Settings, text: str = DRIFT) -> None:
    for number, share in enumerate([0.1] * 4 + [0.9] * 3):
        measured(settings, {FIRST + timedelta(number): share})
        tick(settings, policies_of(text), morning_after(FIRST + timedelta(number)))


def test_list_names_policies_with_their_rule_and_last_decision(settings: Settings, aieco: Callable[..., str]) -> None:
    assert "nothing decided yet" in aieco("list")
    decided(settings)
    (policy,) = json.loads(aieco("list", "--json"))["policies"]
    assert (policy["name"], policy["last"]["outcome"], policy["last"]["id"]) == ("retrain_on_drift", "fire", FIRED)
    assert "drift_share of customer_rfm above 0.5 in more than 2 of 4 days" in " ".join(aieco("list").split())


def test_check_tells_what_is_valid_and_what_is_wrong(aieco: Callable[..., str], tmp_path: Path) -> None:
    assert aieco("check") == "Valid: literal.yaml. Policies: retrain_on_drift.\n"
    (tmp_path / "more.yaml").write_text("policies: [{name: a, actions: [{retrain: chrun}]}]")
    with pytest.raises(AiecoError, match=r"more\.yaml is not valid: a\.actions"):
        aieco("check", str(tmp_path))


def test_check_takes_one_file_which_may_name_policies_in_force(aieco: Callable[..., str], tmp_path: Path) -> None:
    new = tmp_path / "new" / "mine.yaml"
    new.parent.mkdir()
    new.write_text("policies: [{name: a, then: [retrain_on_drift]}]")
    assert aieco("check", str(new)) == "Valid: mine.yaml. Policies: a.\n"
    new.write_text("policies: [{name: a, then: [retrain_on_drfit]}]")
    with pytest.raises(AiecoError, match=r"mine\.yaml is not valid: a\.then: 'retrain_on_drfit' is no policy"):
        aieco("check", str(new))


def test_check_refuses_what_holds_no_policies(aieco: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(AiecoError, match="empty holds no policy file: write one"):
        aieco("check", str(tmp_path / "empty"))
    with pytest.raises(AiecoError, match=r"nowhere can't be read \(No such file or directory\)"):
        aieco("check", str(tmp_path / "nowhere"))


def test_check_refuses_two_rules_of_the_canary(aieco: Callable[..., str], tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("canary: {steps: [5, 100]}")
    with pytest.raises(AiecoError, match=r"Both one\.yaml and two\.yaml have rules under `canary`: leave one out"):
        aieco("check")


def test_explain_shows_windows_and_actions_and_knows_what_is_near(
    settings: Settings, aieco: Callable[..., str]
) -> None:
    with pytest.raises(AiecoError, match="none was taken yet"):
        aieco("explain", FIRED)
    decided(settings)
    words = " ".join(aieco("explain", FIRED).split())
    assert "2026-03-07 failed: 0.9 of 100" in words
    assert "action retrain churn: pending" in words
    report = json.loads(aieco("explain", FIRED, "--json"))
    assert [one["state"] for one in report["evidence"]["triggers"][0]["seen"]] == ["successful", *["failed"] * 3]
    with pytest.raises(AiecoError, match=f"is no decision: write {FIRED}"):
        aieco("explain", "retrain_on_drift.2026-03-7")


def test_replay_is_what_was_decided(settings: Settings, aieco: Callable[..., str]) -> None:
    decided(settings)
    report = json.loads(aieco("replay", "--days", "3660", "--json"))
    assert (report["days"], report["acted"], report["differ"]) == (7, 1, 0)
    assert "7 days with signals, 7 decisions, 1 of them acted, 0 differ" in " ".join(
        aieco("replay", "--days", "3660").split()
    )


@pytest.mark.usefixtures("settings")
def test_replay_without_signals_says_how_they_are_made(aieco: Callable[..., str]) -> None:
    said = aieco("replay", "--days", "7")
    assert "None of the last 7 days has signals" in said
    assert "--partition-range" in said


def test_approve_lets_go_what_waits(settings: Settings, aieco: Callable[..., str]) -> None:
    decided(settings, DRIFT.replace("coolDown: 30d", "coolDown: 30d, approval: true"))
    assert f"Decision {FIRED} is approved by" in aieco("approve", FIRED)
    assert json.loads(aieco("explain", FIRED, "--json"))["approved_by"]
    with pytest.raises(AiecoError, match="was approved by"):
        aieco("approve", FIRED)


LAXER = DRIFT.replace("above: 0.5", "above: 0.95")
STRICTER = DRIFT.replace("failureLimit: 2", "failureLimit: 1")


def plan(file: Path, *words: str) -> str:
    asked = ["plan", "--policy", str(file), "--days", "3660", *words]
    result = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("aieco")
def test_a_plan_of_a_changed_policy_says_on_which_days_it_decides_otherwise(settings: Settings, tmp_path: Path) -> None:
    decided(settings)
    (tmp_path / "new").mkdir()
    laxer, stricter = tmp_path / "new" / "literal.yaml", tmp_path / "new" / "mine.yaml"
    laxer.write_text(LAXER)
    stricter.write_text(STRICTER)
    report = json.loads(plan(laxer, "--json"))
    assert report["policies"] == {"retrain_on_drift": "changed"}
    assert (report["days"], report["acted"]) == (7, {"in_force": 1, "with_file": 0})
    assert [(row["day"], row["in_force"], row["with_file"]) for row in report["differ"]] == [
        ("2026-03-07", "fire", "hold")
    ]
    assert "1 acts in force, 0 with the file" in plan(laxer)
    # By another file name it takes the place of the policies that it names.
    report = json.loads(plan(stricter, "--json"))
    assert [(row["day"], row["in_force"], row["with_file"]) for row in report["differ"]] == [
        ("2026-03-02", "hold", "inconclusive"),
        ("2026-03-06", "hold", "fire"),
        ("2026-03-07", "fire", "hold"),
    ]
    assert report["now"] == []  # all days are decided
    # What a message says is no markup of the table.
    stricter.write_text(STRICTER.replace("notify: Customers have drifted.", "notify: '[/bold] is said'"))
    assert "notify [/bold] is said" in " ".join(plan(stricter).split())


@pytest.mark.usefixtures("aieco")
def test_a_plan_of_a_new_policy_says_what_it_would_do_at_the_next_tick_and_writes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    decided(settings)
    new = tmp_path / "asks.txt"
    new.write_text(
        "policies: [{name: asks, triggers: [{metric: drift_share, above: 0.5}], actions: [{evaluate: rag}]}]"
    )
    report = json.loads(plan(new, "--json"))
    assert report["policies"] == {"asks": "added", "retrain_on_drift": "same"}
    assert report["now"] == [
        {"day": "2026-03-07", "policy": "asks", "outcome": "fire", "actions": [{"evaluate": "rag"}]}
    ]
    assert "Now: asks of 2026-03-07: fire. evaluate rag" in plan(new)
    with connect(settings.warehouse) as connection:
        ((count,),) = connection.execute("select count(*) from monitoring.decisions where policy = 'asks'").fetchall()
    assert count == 0


def test_the_steps_of_a_canary_are_told_in_words(settings: Settings, aieco: Callable[..., str], tmp_path: Path) -> None:
    text = DRIFT.replace("retrain: churn", "canary: {model: llm, steps: [2, 100]}")
    decided(settings, text)
    assert "canary llm (2, 100 %): pending" in " ".join(aieco("explain", FIRED).split())
    (tmp_path / "literal.yaml").write_text(text)
    assert "canary llm (2, 100 %)" in " ".join(aieco("list").split())
    (tmp_path / "mine.yaml").write_text(text.replace("retrain_on_drift", "another"))
    said = CliRunner().invoke(app, ["plan", "--policy", str(tmp_path / "mine.yaml")], catch_exceptions=False).output
    assert "Now: another of 2026-03-07: fire. canary llm (2, 100 %)" in said


@pytest.mark.usefixtures("aieco")
def test_a_plan_of_a_policy_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match=r"nothing\.yaml can't be read \(No such file or directory\): name a policy"):
        plan(tmp_path / "nothing.yaml")
    (tmp_path / "bad.yaml").write_text("policies: [{name: a, actions: [{retrain: chrun}]}]")
    with pytest.raises(AiecoError, match=r"bad\.yaml is not valid: a\.actions"):
        plan(tmp_path / "bad.yaml")
