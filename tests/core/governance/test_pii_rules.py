"""pii.yaml: what is left out is as shipped, and each mistake is told in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.personal_data_kinds import KINDS
from aieco_assets.core.governance.pii_rules import json_schema, load_rules, read_rules
from aieco_assets.core.settings import Settings

ROOT = Path(__file__).parents[3]


def with_file(path: Path) -> Settings:
    return Settings(home=path.parent, pii=str(path), _env_file=None)  # type: ignore[call-arg]


def test_what_is_shipped_masks_every_kind_in_logs_and_refuses_card_numbers_alone(tmp_path: Path) -> None:
    rules = load_rules(Settings(home=tmp_path, _env_file=None))  # type: ignore[call-arg]

    assert set(rules.kinds) == rules.masked == set(KINDS)
    assert rules.refused == {"card_number"}
    assert rules.marked == set(KINDS) - {"customer_number"}


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "pii.yaml").write_text("kinds:\n  iban: {answers: refuse}\n  name: keep\n")

    rules = load_rules(with_file(tmp_path / "pii.yaml"))

    assert rules.refused == {"card_number", "iban"}
    assert "iban" in rules.masked and "iban" in rules.marked
    assert "name" not in rules.masked | rules.marked | rules.refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kinds: {passport: keep}", "passport is no kind: write name, email_address"),
        ("kinds: {iban: {logs: hide}}", "kinds.iban.logs: input should be 'keep' or 'mask'"),
        ("kinds: {iban: {log: mask}}", "kinds.iban.log is no entry of it: leave it out"),
        ("kinds: {iban: mask}", "kinds.iban: write keep, or documents, logs and answers below it"),
        ("kinds: {iban: {restrict: [finance]}}", "iban.restrict: groups are not enforced by kind yet"),
        ("kinds: {iban: keep, iban: keep}", "says iban twice"),
        ("kinds: [iban]", "kinds: input should be a valid dictionary"),
        ("rules: {}", "kinds is missing: write it"),
        ("", "pii.yaml holds no rules: begin with `kinds:`"),
        ("kinds: {", "pii.yaml is no YAML"),
        ("kinds: {1: keep}", "1 is no kind"),
    ],
)
def test_each_mistake_is_told_in_one_sentence(text: str, told: str) -> None:
    with pytest.raises(AiecoError) as refused:
        read_rules(text, "pii.yaml")

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00k"])
def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.yaml"
    if content:
        path.write_bytes(content)

    with pytest.raises(AiecoError, match=r"AIECO_PII names .*mine\.yaml"):
        load_rules(with_file(path))


def test_the_schema_for_editors_is_the_one_of_the_code() -> None:
    mend = "write it again: aieco pii --schema > docs/pii.schema.json"
    assert json.loads((ROOT / "docs" / "pii.schema.json").read_text()) == json_schema(), mend


def test_a_file_without_an_end_is_refused(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="more than 2,000,000 characters"):
        load_rules(settings.model_copy(update={"pii": "/dev/zero"}))
