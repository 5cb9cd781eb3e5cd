"""Messages to real receivers: each told once, a hanging one holds nobody up, a failed one gets it later."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import SecretStr

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.alert_messages import claim, targets
from aieco_assets.core.monitoring.alerts import deliver, deliver_in_background, try_out
from aieco_assets.core.monitoring.incidents import Trouble, close_calm, recover, report
from aieco_assets.core.settings import Settings
from tests.core.monitoring.webhook import Webhook, webhook
from tests.waiting import until

pytest.importorskip("apprise")

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
FAILED = Trouble("run_failed", "retail_day", "Run 1 of retail_day failed.")


def telling(settings: Settings, *hooks: Webhook) -> Settings:
    return settings.model_copy(update={"alerts": SecretStr(",".join(hook.url for hook in hooks))})


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def test_every_address_is_told_of_an_incident_and_of_its_end_once(settings: Settings) -> None:
    with webhook() as one, webhook() as two:
        ours = telling(settings, one, two)
        report(ours, FAILED, NOON)
        assert [deliver(ours, NOON), deliver(ours, minutes(1))] == [2, 0]
        report(ours, FAILED, minutes(2))
        recover(ours, FAILED.kind, FAILED.subject, minutes(3))
        close_calm(ours, minutes(30))
        assert [deliver(ours, minutes(30)), deliver(ours, minutes(31))] == [2, 0]
    assert one.titles == two.titles == ["[warning] run failed: retail_day", "[resolved] run failed: retail_day"]
    assert "aieco alerts ack 1" in one.taken[0]["message"]
    assert "seen 2 times since 2026-03-01 12:00 UTC" in one.taken[1]["message"]


def test_a_failed_delivery_is_logged_without_the_address_and_made_later_to_that_address_alone(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(status=500) as broken, webhook() as well:
        ours = telling(settings, broken, well)
        report(ours, FAILED, NOON)
        with caplog.at_level(logging.DEBUG):
            assert deliver(ours, NOON) == 1
        assert "could not be told to json (1 of 2) (it answered with status 500)" in caplog.text
        assert "S3CRET" not in caplog.text
        broken.status = 200
        assert [deliver(ours, minutes(0.5)), deliver(ours, minutes(1))] == [0, 1]
    assert len(broken.titles) == len(well.titles) == 1


def test_a_receiver_that_hangs_is_cut_off_and_the_others_are_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(hangs=True) as hanging, webhook() as well:
        slow = hanging.url + "?rto=3600"
        ours = settings.model_copy(update={"alerts": SecretStr(f"{slow},{well.url}")})
        report(ours, FAILED, NOON)
        assert deliver(ours, NOON, limit=3) == 1
        assert hanging.asked.is_set()
        assert not hanging.let_go.is_set()
    assert len(well.titles) == 1
    assert "it did not answer within 3 s" in caplog.text


def test_reporting_goes_on_while_a_receiver_hangs(settings: Settings) -> None:
    with webhook(hangs=True) as hanging:
        ours = telling(settings, hanging)
        report(ours, FAILED)
        thread = deliver_in_background(ours)
        assert hanging.asked.wait(30)
        assert report(ours, Trouble("run_failed", "service_day", "Run 2 of service_day failed."))
        assert deliver_in_background(ours) is thread  # still at it; nobody waits
        hanging.let_go.set()
        until(lambda: not thread.is_alive(), 30, "the end of the delivery")


def test_two_that_tell_at_once_tell_each_message_once(settings: Settings) -> None:
    with webhook() as hook:
        ours = telling(settings, hook)
        for number in range(4):
            report(ours, Trouble("stale_asset", f"asset {number}", "It is stale."), NOON)
        barrier = threading.Barrier(3)

        def run() -> None:
            barrier.wait()
            deliver(ours, NOON)

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(hook.titles) == [f"[warning] stale asset: asset {number}" for number in range(4)]


def test_what_a_killed_sender_had_claimed_is_told_when_its_time_is_over(settings: Settings) -> None:
    with webhook() as hook:
        ours = telling(settings, hook)
        report(ours, FAILED, NOON)
        assert len(claim(ours, targets(ours), NOON)) == 1
        assert [deliver(ours, minutes(1)), deliver(ours, minutes(2))] == [0, 1]


def test_many_that_are_due_at_once_are_one_message(settings: Settings) -> None:
    with webhook() as hook:
        ours = telling(settings, hook)
        for number in range(20):
            report(ours, Trouble("stale_asset", f"asset {number}", "It is stale."), NOON)
        assert [deliver(ours, NOON), deliver(ours, minutes(1))] == [20, 0]
    assert hook.titles == ["aieco: 20 messages"]
    assert "[warning] stale asset: asset 7 (incident 8)" in hook.taken[0]["message"]


def test_what_was_not_told_before_the_address_changed_goes_to_the_new_one(settings: Settings) -> None:
    with webhook(status=500) as old, webhook() as new:
        report(telling(settings, old), FAILED, NOON)
        deliver(telling(settings, old), NOON)
        assert deliver(telling(settings, new), minutes(1)) == 1


def test_a_test_names_what_is_wrong_with_an_address_and_never_the_address(settings: Settings) -> None:
    with webhook() as well, webhook(status=403) as broken:
        ours = settings.model_copy(update={"alerts": SecretStr(f"{well.url}, {broken.url}, nonsense://S3CRET")})
        assert try_out(ours) == {
            "json (1 of 3)": "",
            "json (2 of 3)": "it answered with status 403",
            "nonsense (3 of 3)": "apprise knows no such address",
        }
    assert "S3CRET" not in repr(ours)
    with pytest.raises(AiecoError, match="AIECO_ALERTS has no address"):
        try_out(settings)
