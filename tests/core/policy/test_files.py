"""Policy files: what is wrong in one is said in one sentence, and those that are shipped are valid."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.files import SHIPPED, load_policies, read_policies, together
from aieco_assets.core.policy.schema import json_schema
from aieco_assets.core.settings import Settings

ROOT = Path(__file__).parents[3]
DRIFT = "triggers: [{metric: drift_share, above: 0.3}]"


def one(entry: str) -> str:
    return f"policies: [{{name: a, {entry}}}]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            one("triggers: [{metric: drift_sharee, above: 0.3}], actions: [{retrain: churn}]"),
            "a.triggers[0].metric: 'drift_sharee' is no metric: write drift_share, training_drift_share, drift_score",
        ),
        (
            one("triggers: [{metric: mean_prediction, above: 1.2}], actions: [{retrain: churn}]"),
            "a.triggers[0].above: mean_prediction is never above 1.2: write less than 1",
        ),
        (
            one("triggers: [{metric: estimated_accuracy, below: 0.5}], actions: [{retrain: churn}]"),
            "a.triggers[0].below: estimated_accuracy is never below 0.5: write more than 0.5",
        ),
        (
            one(f"{DRIFT[:-2]}, windows: 3, failureLimit: 3}}], actions: [{{retrain: churn}}]"),
            "a.triggers[0].failureLimit: more than 3 of 3 windows can't fail: write at most 2, or raise windows",
        ),
        (
            one("triggers: [{metric: latency_p99_ms, above: 2000}], actions: [{rollback: rag}]"),
            "a.triggers[0].entity: say what latency_p99_ms is measured on: write answer or prediction",
        ),
        (
            one("triggers: [{metric: latency_p99_ms, entity: answer, below: .inf}], actions: [{rollback: rag}]"),
            "a.triggers[0].below: input should be a finite number",
        ),
        (one(f"{DRIFT[:-2]}, timesReference: .inf}}], actions: [{{retrain: churn}}]"), "should be a finite number"),
        (one(f"{DRIFT}, actions: [{{retrain: chrun}}]"), "a.actions[0].retrain: 'chrun' is no model to retrain"),
        (one(f"{DRIFT}, actions: [{{retrain: churn, evaluate: rag}}]"), "a.actions[0]: an entry is one action"),
        (one(f"{DRIFT}, actions: [{{pauseSensor: nightly}}]"), "a.actions[0].pauseSensor: 'nightly' is no sensor"),
        (
            one(f"{DRIFT}, actions: [{{canary: {{model: rag, steps: [25, 5]}}}}]"),
            "a.actions[0].canary.steps: steps are shares from 1 to 100 percent, each larger than the one before",
        ),
        (one(f"{DRIFT}, actions: [{{retrain: churn}}], retries: 3"), "a.retries is no entry of it: leave it out"),
        (one("triggers: [{above: 1}], actions: [{retrain: churn}]"), "a.triggers[0].metric is missing: write it"),
        (one(DRIFT), "a.actions: it does nothing: name an action"),
        (one(f"{DRIFT}, onSuccess: [{{promote: rag}}]"), "a.onSuccess: every trigger needs a consecutiveSuccessLimit"),
        (
            one("actions: [{retrain: churn}], guards: {quietHours: 22:00-6:00}"),
            "a.guards.quietHours: 22:00-6:00 is no time of night: write it as 22:00-06:00",
        ),
        (
            one("actions: [{retrain: churn}], guards: {quietHours: 22:00-06:00 Europe/Bonn}"),
            "a.guards.quietHours: there is no time zone Europe/Bonn: write it as 22:00-06:00 Europe/Berlin",
        ),
        (
            one("triggers: [{metric: error_rate, above: 0.1, timesReference: 2}], actions: [{rollback: rag}]"),
            "a.triggers[0].timesReference: error_rate is compared with nothing: leave it out, or write a limit",
        ),
        (
            one('actions: [{notify: "all \\0 well"}]'),
            "a.actions[0].notify: it has the character NUL in it, which Postgres keeps in no text: take it out",
        ),
        (one("actions: [{retrain: churn}], guards: {coolDown: 5h}"), "a.guards.coolDown: 5h is no time in whole days"),
        (
            "policies: [{name: a, then: [b]}, {name: b, then: [a]}]",
            "a would set itself off again (a names b, b names a): take one of these out",
        ),
        ("policies: [{name: a, then: [c]}, {name: b, then: [a]}]", "a.then: 'c' is no policy: write a or b"),
        (
            "policies: [{name: a, triggers: [{metric: retrainings, entity: churn, above: 2}],"
            " actions: [{evaluate: rag}]}, {name: b, triggers: [{metric: evaluations, entity: rag, above: 0}],"
            " actions: [{retrain: churn}]}]",
            "(a evaluates rag, which b looks at, b retrains churn, which a looks at)",
        ),
        (
            one("triggers: [{metric: drift_share, above: '0.3'}], actions: [{retrain: churn}]"),
            "a.triggers[0].above: '0.3' is no number: write one, without quotes, such as 0.4",
        ),
        (
            one(f"{DRIFT[:-2]}, windows: yes}}], actions: [{{retrain: churn}}]"),
            "a.triggers[0].windows: True is no numb",
        ),
        (
            "policies: [{name: größe, then: [b]}]",
            "policies[0].name 'größe' is no name: write small letters, digits and",
        ),
        ("policies: [{name: a, name: b}]", "says name twice (line 1): leave one out"),
        ("policies: [", "is no YAML (line 1): mend it"),
        ("- a", "holds no policies: begin with `policies:`"),
        ("policies: [" + " " * 2_000_000 + "]", "has more than 2,000,000 characters, which are not read: shorten it"),
        ("policies: [3]", "policies[0] has no entries: write them as `entry: value`"),
        ("policies: []\n2: 3", "[2]: keys should be strings"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence_with_file_entry_and_mend(text: str, said: str) -> None:
    with pytest.raises(AiecoError) as refused:
        together([read_policies(text, "mine.yaml")])

    assert said in str(refused.value)
    assert str(refused.value).startswith("mine.yaml ")


def test_two_policies_of_one_name_are_refused_with_both_files() -> None:
    text = one(f"{DRIFT}, actions: [{{retrain: churn}}]")
    with pytest.raises(AiecoError, match=r"Two policies are called a \(one.yaml and two.yaml\): rename one"):
        together([read_policies(text, "one.yaml"), read_policies(text, "two.yaml")])


def test_a_retraining_may_be_counted_without_being_a_cycle() -> None:
    text = "policies: [{name: a, triggers: [{metric: retrainings, entity: churn, above: 2}], actions: [{notify: hm}]}]"
    (policy,) = together([read_policies(text, "mine.yaml")])
    assert policy.triggers[0].entity == "churn"


def test_the_version_is_that_of_what_is_said_not_of_how_it_is_written() -> None:
    first = read_policies(one(f"{DRIFT}, actions: [{{retrain: churn}}]"), "one.yaml").policies[0]
    same = read_policies("# why\n" + one(f"actions: [{{retrain: churn}}], {DRIFT}"), "two.yaml").policies[0]
    other = read_policies(one(f"{DRIFT}, actions: [{{retrain: clv}}]"), "one.yaml").policies[0]
    assert first.version == same.version != other.version


def test_the_shipped_files_are_valid_and_another_folder_takes_their_place(settings: Settings, tmp_path: Path) -> None:
    assert {policy.file for policy in load_policies(settings)} == {path.name for path in SHIPPED.glob("*.yaml")}
    (tmp_path / "mine.yaml").write_text(one(f"{DRIFT}, actions: [{{retrain: churn}}]"))
    mine = settings.model_copy(update={"policies": str(tmp_path)})
    assert [policy.name for policy in load_policies(mine)] == ["a"]
    nowhere = settings.model_copy(update={"policies": str(tmp_path / "none")})
    with pytest.raises(AiecoError, match="which is no folder: mend it, or leave it unset"):
        load_policies(nowhere)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: path.write_bytes(b"# \xfcber"), "mine.yaml is no text in UTF-8: save it in that encoding."),
        (lambda path: path.mkdir(), "it is no file"),
        (lambda path: os.mkfifo(path), "it is no file"),
        (lambda path: path.symlink_to("mine.yaml"), "Too many levels of symbolic links"),
    ],
    ids=["latin-1", "folder", "pipe", "link to itself"],
)
def test_what_is_no_text_file_is_refused_and_not_waited_for(
    made: Callable[[Path], object], said: str, settings: Settings, tmp_path: Path
) -> None:
    made(tmp_path / "mine.yaml")
    with pytest.raises(AiecoError) as refused:
        load_policies(settings.model_copy(update={"policies": str(tmp_path)}))
    assert "mine.yaml" in str(refused.value)
    assert said in str(refused.value)


def test_yml_is_read_too_and_what_an_editor_hides_is_not(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(one(f"{DRIFT}, actions: [{{retrain: churn}}]"))
    (tmp_path / ".#mine.yaml").symlink_to("somebody@elsewhere.1234")
    mine = settings.model_copy(update={"policies": str(tmp_path)})
    assert [policy.file for policy in load_policies(mine)] == ["mine.yml"]


def test_the_json_schema_in_docs_is_that_of_the_code() -> None:
    mend = "write it again: aieco policy schema > docs/policy.schema.json"
    assert json.loads((ROOT / "docs" / "policy.schema.json").read_text()) == json_schema(), mend
