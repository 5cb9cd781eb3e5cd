"""Customers get their pseudonyms with the lines that name them, and lose them with the last."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.retail.pseudonyms import pseudonym_secret, secret_changed
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

RANGE = date(2010, 12, 1), date(2011, 12, 31)
OLD, NEW = "0123456789abcdef" * 2, "fedcba9876543210" * 2
A = "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
B = "2,85123A,HEART,6,2010-12-02 08:26:00,2.55,12583,France"
UNKNOWN = "3,85123A,HEART,6,2010-12-02 08:26:00,2.55,,France"


def with_key(settings: Settings, key: str) -> Settings:
    return settings.model_copy(update={"pseudonym_key": SecretStr(key)})


def load(settings: Settings) -> dict[str, str]:
    land_days(settings, *RANGE)
    load_days(settings, *RANGE)
    with connect(settings.warehouse) as connection:
        return dict(connection.execute("select * from raw.customer_pseudonyms order by 1").fetchall())


def test_a_key_is_a_keyed_hash_of_the_number_and_unknown_customers_have_none(
    source: Settings, drop: Callable[..., Path]
) -> None:
    drop("1.csv", A, B, UNKNOWN)
    keys = load(with_key(source, OLD))
    expected = hmac.new(OLD.encode(), b"customer 17850", hashlib.sha256).hexdigest()[:32]
    assert keys.keys() == {"17850", "12583"}
    assert keys["17850"] == expected


def test_a_customer_keeps_the_key_when_others_come_and_takes_it_along_when_the_last_line_goes(
    source: Settings, drop: Callable[..., Path]
) -> None:
    drop("1.csv", A)
    first = load(source)
    second = drop("2.csv", B)
    both = load(source)
    assert both.keys() == {"17850", "12583"}
    assert both["17850"] == first["17850"]
    second.unlink()
    assert load(source) == first


def test_a_home_whose_lines_were_loaded_before_there_were_pseudonyms_gets_them_all(
    source: Settings, drop: Callable[..., Path]
) -> None:
    drop("1.csv", A, B)
    before = load(source)
    with connect(source.warehouse) as connection:
        connection.execute("truncate raw.customer_pseudonyms, raw.pseudonym_secret")
    assert load(source) == before


def test_another_key_of_the_user_gives_every_customer_a_new_pseudonym(
    source: Settings, drop: Callable[..., Path]
) -> None:
    drop("1.csv", A, B)
    old = load(with_key(source, OLD))
    assert not secret_changed(with_key(source, OLD))
    assert secret_changed(with_key(source, NEW))
    new = load(with_key(source, NEW))
    assert new.keys() == old.keys()
    assert not {*new.values()} & {*old.values()}
    assert not secret_changed(with_key(source, NEW))
    assert load(with_key(source, OLD)) == old


def test_a_second_machine_with_a_key_of_its_own_renames_nobody(
    source: Settings, drop: Callable[..., Path], tmp_path: Path
) -> None:
    drop("1.csv", A)
    load(source)
    (tmp_path / "other").mkdir()
    other = source.model_copy(update={"home": tmp_path / "other", "lake_url": source.lake})
    with pytest.raises(AiecoError, match="set AIECO_PSEUDONYM_KEY to that one"):
        load_days(other, *RANGE)


def test_the_homes_key_is_made_once_however_many_ask_and_is_for_the_owner_only(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(pseudonym_secret(settings).value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({*found}) == 1
    assert (settings.home / "pseudonym-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.home.iterdir()] == ["pseudonym-key"]


def test_the_key_is_neither_shown_nor_stored(source: Settings, drop: Callable[..., Path]) -> None:
    drop("1.csv", A)
    keyed = with_key(source, OLD)
    load(keyed)
    assert OLD not in repr(keyed) + repr(pseudonym_secret(keyed))
    with connect(source.warehouse) as connection:
        stored = connection.execute("select fingerprint from raw.pseudonym_secret").fetchall()
    assert len(stored) == 1
    assert stored[0][0] not in (OLD, hashlib.sha256(OLD.encode()).hexdigest()[:32])


def test_a_key_that_can_be_guessed_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError, match="fewer than 32 characters") as caught:
        Settings(pseudonym_key=SecretStr("hunter2"), _env_file=None)  # type: ignore[call-arg]
    assert "hunter2" not in str(caught.value)
