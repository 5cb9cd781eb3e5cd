"""`aieco alerts` as a user calls it: words, JSON, and one sentence with a non-zero exit for a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.incidents import Trouble, report
from aieco_assets.core.settings import Settings, get_settings
from tests.core.monitoring.webhook import webhook


@pytest.fixture
def aieco(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("AIECO_HOME", str(settings.home))
    monkeypatch.setenv("AIECO_POSTGRES_URL", settings.warehouse)
    get_settings.cache_clear()

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["alerts", *words], catch_exceptions=False)
        return result.exit_code, result.output

    yield call
    get_settings.cache_clear()


def test_list_shows_what_is_wrong_and_ack_who_has_it(settings: Settings, aieco: Callable[..., tuple[int, str]]) -> None:
    assert aieco("list") == (0, "Nothing is wrong.\n")
    report(settings, Trouble("disk", "home", "1 GiB is free."))
    assert "warning    1 GiB is free. (1 times since" in aieco("list")[1]
    (one,) = json.loads(aieco("list", "--json")[1])["incidents"]
    assert f"Incident {one['id']} (disk: home) is in the hands of" in aieco("ack", str(one["id"]))[1]
    assert "in the hands of" in aieco("list")[1]
    with pytest.raises(AiecoError, match="Incident 99 is not open: of those that are, 1"):
        aieco("ack", "99")


def test_test_exits_with_one_when_a_message_is_not_taken(
    aieco: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    with webhook() as well, webhook(status=500) as broken:
        monkeypatch.setenv("AIECO_ALERTS", well.url)
        get_settings.cache_clear()
        assert aieco("test") == (0, "json (1 of 1): taken\n")
        monkeypatch.setenv("AIECO_ALERTS", f"{well.url},{broken.url}")
        get_settings.cache_clear()
        code, said = aieco("test", "--json")
        assert code == 1
        assert [one["ok"] for one in json.loads(said)["targets"]] == [True, False]


def test_test_says_why_an_address_does_not_take_it_without_its_secret(
    aieco: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    with webhook() as gone:
        closed = gone.url
    with webhook(hangs=True) as slow, webhook(status=500) as broken:
        urls = [f"{slow.url}?rto=0.2", closed, "json://nobody.invalid/S3CRET", broken.url]
        monkeypatch.setenv("AIECO_ALERTS", ",".join(urls))
        get_settings.cache_clear()
        code, said = aieco("test")
    assert (code, said.splitlines()) == (
        1,
        [
            "json (1 of 4): it did not answer in time",
            "json (2 of 4): nothing listens there",
            "json (3 of 4): its host is not known",
            "json (4 of 4): it answered with status 500",
        ],
    )


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("10pm-6am", "10pm-6am is no time of night: write it as 22:00-06:00"),
        ("22:00-06:00 Berlin", "there is no time zone Berlin: write it as 22:00-06:00 Europe/Berlin"),
    ],
)
def test_quiet_hours_that_are_none_are_refused_in_one_sentence(
    hours: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIECO_ALERTS_QUIET_HOURS", hours)
    get_settings.cache_clear()
    with pytest.raises(AiecoError, match=f"AIECO_ALERTS_QUIET_HOURS is not valid: {said}"):
        get_settings()
    get_settings.cache_clear()
