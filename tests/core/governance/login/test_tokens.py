"""Personal access tokens: how they lie there, whom they stand for, and when they are over."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.tokens import MOST_OF_ONE, SHAPE, Tokens
from aieco_assets.core.governance.login.users import Users
from aieco_assets.core.serving.keys import make_key
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

PASSWORD = "a long enough password"
DAY = 86_400.0


class Held:
    """Users and tokens of a test, at a time that it sets."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000_000.0
        self.path = folder / "users.tokens.json"
        self.users = Users(folder / "users.json")
        self.users.add("anna", PASSWORD, "operator", ["hr"])
        self.tokens = Tokens(self.path, self.users, lambda: self.now)

    def person(self, given: str) -> tuple[str, str, set[str], str] | None:
        token = self.tokens.find(given)
        person = self.tokens.person(token) if token else None
        return (person.name, person.role, {*person.groups}, person.token) if person else None


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


def test_a_token_lies_there_as_a_digest_that_its_owner_alone_reads(held: Held) -> None:
    given, token = held.tokens.make("anna", label="nightly")
    assert SHAPE.fullmatch(given)
    secret = given.rpartition(f"{token.id}_")[2]
    assert secret not in held.path.read_text()
    assert secret not in repr(token) and token.digest not in repr(token)
    assert stat.S_IMODE(held.path.stat().st_mode) == 0o600
    assert held.person(given) == ("anna", "operator", {"hr"}, token.id)


def test_neither_an_id_nor_a_digest_nor_another_secret_is_a_token(held: Held) -> None:
    given, token = held.tokens.make("anna")
    other, _ = held.tokens.make("anna")
    swapped = f"aieco_pat_{token.id}_{other[-43:]}"
    for wrong in (token.id, token.digest, f"aieco_pat_{token.id}_{token.digest[:43]}", swapped, given[:-1], "", "é"):
        assert held.tokens.find(wrong) is None


def test_a_key_of_the_service_is_never_taken_for_a_token() -> None:
    assert not any(SHAPE.fullmatch(make_key("a", ["ask"])[0]) for _ in range(100))


def test_a_token_has_the_role_and_groups_that_its_user_has_by_now(held: Held) -> None:
    given, token = held.tokens.make("anna")
    held.users.set_role("anna", "viewer", ["board"])
    assert held.person(given) == ("anna", "viewer", {"board"}, token.id)


def test_a_token_ends_at_its_time_and_leaves_the_file_with_the_next_change(held: Held) -> None:
    given, _ = held.tokens.make("anna", days=2)
    held.now += 2 * DAY - 1
    assert held.person(given)
    held.now += 1
    assert held.person(given) is None
    assert held.tokens.find(given)  # known, so that its program can be told
    assert held.tokens.all() == []
    held.tokens.make("anna")
    assert held.tokens.find(given) is None


def test_a_token_ends_with_its_user_and_another_user_of_that_name_has_none(held: Held) -> None:
    given, _ = held.tokens.make("anna")
    held.users.remove("anna")
    assert held.person(given) is None
    held.users.add("anna", PASSWORD, "admin")
    assert (held.person(given), held.tokens.all()) == (None, [])


def test_a_token_ends_with_the_password(held: Held) -> None:
    given, _ = held.tokens.make("anna")
    held.users.set_password("anna", "quite another password")
    assert held.person(given) is None


def test_a_revoked_token_is_over_for_whoever_has_the_file_open_and_the_others_are_not(held: Held) -> None:
    (first, one), (second, _) = held.tokens.make("anna"), held.tokens.make("anna")
    login = Tokens(held.path, held.users, lambda: held.now)
    assert login.find(first)
    held.tokens.revoke(one.id)
    assert login.find(first) is None
    assert login.find(second)
    with pytest.raises(AiecoError, match="There is no token"):
        held.tokens.revoke(one.id)


@pytest.mark.parametrize(
    ("name", "days", "label", "sentence"),
    [
        ("ben", 30, "", "There is no user ben"),
        ("anna", 0, "", "1 to 366 days"),
        ("anna", 367, "", "1 to 366 days"),
        ("anna", 30, "x" * 61, "60 printable characters"),
        ("anna", 30, "a\nb", "60 printable characters"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_written(
    held: Held, name: str, days: int, label: str, sentence: str
) -> None:
    with pytest.raises(AiecoError, match=sentence):
        held.tokens.make(name, days, label)
    assert not held.path.exists()


def test_one_user_has_so_many_tokens_and_no_more(held: Held) -> None:
    told = [held.tokens.make("anna")[1] for _ in range(MOST_OF_ONE)]
    with pytest.raises(AiecoError, match="aieco user revoke"):
        held.tokens.make("anna")
    held.tokens.revoke(told[0].id)
    held.tokens.make("anna")


@pytest.mark.parametrize("text", ["{", "[]", '{"tokens": [{"id": 1}]}', '{"tokens": {"a": 1}}'])
def test_a_file_that_cannot_be_read_stands_for_nobody_and_is_not_written_over(held: Held, text: str) -> None:
    given, _ = held.tokens.make("anna")
    held.path.write_text(text)
    for ask in (lambda: held.tokens.find(given), held.tokens.all, lambda: held.tokens.make("anna")):
        with pytest.raises(AiecoError, match="no token is taken until it is put back"):
            ask()
    assert held.path.read_text() == text


def test_the_command_line_makes_shows_and_revokes_one_and_the_audit_log_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aieco_assets.orchestrate import users

    monkeypatch.setattr(users, "get_settings", lambda: settings)
    Users(settings.home / "governance" / "users.json").add("anna", PASSWORD, "viewer")

    def told(*words: str) -> str:
        result = CliRunner().invoke(users.app, words, env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.stdout

    given = told("token", "anna", "--days", "7", "--label", "nightly [red]").strip()
    assert SHAPE.fullmatch(given)
    shown = told("tokens", "anna")
    identity = given.split("_")[2]
    assert identity in shown and "nightly [red]" in shown and given not in shown
    told("revoke", identity)
    assert identity not in told("tokens")
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select action, subject, detail::text from governance.audit where action like 'token%' order by sequence"
        ).fetchall()
    assert [row[:2] for row in rows] == [("token_added", "user:anna"), ("token_revoked", "user:anna")]
    assert [json.loads(row[2])["token"] for row in rows] == [identity, identity]
    assert given not in str(rows)
