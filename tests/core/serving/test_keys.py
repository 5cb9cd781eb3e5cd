"""API keys: plain and hashed ones, what each may do, and that mistakes are said without showing a key."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.keys import find_key, make_key, own_key, read_keys
from aieco_assets.core.settings import Settings

DIGEST = sha256(b"secret-one").hexdigest()


def test_a_hashed_key_opens_with_its_secret_and_has_its_name_and_scopes() -> None:
    keys = read_keys(f"sha256:{DIGEST}:dashboard:ask+predict, plain-key")

    found = find_key(keys, "secret-one")
    assert found is not None and found.name == "dashboard"
    assert [found.may(scope) for scope in ("ask", "predict", "admin")] == [True, True, False]
    assert find_key(keys, DIGEST) is None and find_key(keys, f"sha256:{DIGEST}") is None


def test_a_plain_key_may_do_everything_and_is_not_kept_as_it_is() -> None:
    (key,) = read_keys("plain-key")

    assert key.may("ask") and key.may("predict") and key.may("admin")
    assert "plain-key" not in repr(key) and key.name == f"key-{sha256(b'plain-key').hexdigest()[:8]}"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("sha256:abc", "Entry 1 of AIECO_API_KEYS is not sha256:<64 hex digits>"),
        (f"sha256:{DIGEST}:a b:ask", "Entry 1"),
        (f"ok,sha256:{DIGEST}:a:ask+fly", "Entry 2 of AIECO_API_KEYS has a scope that is none"),
        (f"sha256:{DIGEST}:a:ask,sha256:{sha256(b'2').hexdigest()}:a:ask", "two keys of one name"),
    ],
)
def test_an_entry_that_is_none_is_named_by_its_place_and_not_shown(entry: str, said: str) -> None:
    with pytest.raises(AiecoError, match=said) as error:
        read_keys(entry)
    assert DIGEST not in str(error.value)


def test_a_new_key_fits_its_entry_and_no_two_are_the_same() -> None:
    (key, entry), (other, _) = make_key("ann", ["ask"]), make_key("ann", ["ask"])

    found = find_key(read_keys(entry), key)
    assert found is not None and found.name == "ann" and not found.may("predict")
    assert key != other and key not in entry


@pytest.mark.parametrize(("keys", "own", "shown"), [("sha256:x, plain", "", "plain"), ("sha256:x", "mine", "mine")])
def test_the_command_line_never_shows_a_digest(tmp_path: Path, keys: str, own: str, shown: str) -> None:
    settings = Settings(home=tmp_path, api_keys=keys, api_key=own, _env_file=None)  # type: ignore[call-arg]

    assert own_key(settings) == shown


def test_a_key_reads_what_its_groups_may_and_an_operators_key_everything() -> None:
    hashed = f"sha256:{DIGEST}:anna:ask:hr+board, sha256:{'0' * 64}:root:admin:hr"
    anna, admin, plain = read_keys(f"{hashed}, plain-key-of-an-operator")

    assert anna.reader == Reader("anna", frozenset({"hr", "board"}))
    assert admin.reader is None and plain.reader is None
    assert read_keys(make_key("ben", ["ask"])[1])[0].reader == Reader("ben")
    assert read_keys(make_key("ben", ["ask"], ["hr", "a.b@c-d"])[1])[0].groups == {"hr", "a.b@c-d"}


@pytest.mark.parametrize("groups", ["hr,board", "hr, board", "hr+", "+hr", "hr board", "everyone", "hr++board"])
def test_groups_that_are_none_open_nothing(groups: str) -> None:
    with pytest.raises(AiecoError, match=r"Entry [12] of AIECO_API_KEYS"):
        read_keys(f"sha256:{DIGEST}:anna:ask:{groups}")
