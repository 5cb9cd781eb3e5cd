"""How often somebody may try."""

from __future__ import annotations

from aieco_assets.core.governance.login.attempts import OF_ADDRESS, OF_NAME, WITHIN_SECONDS, Attempts


class Now:
    seconds = 0.0


def attempts() -> tuple[Attempts, Now]:
    now = Now()
    return Attempts(lambda: now.seconds), now


def test_a_guesser_waits_and_nobody_else_does() -> None:
    tries, now = attempts()
    for _ in range(5):
        assert tries.wait("anna", "10.0.0.1") == 0
        tries.failed("anna", "10.0.0.1")
    assert tries.wait("anna", "10.0.0.1") == WITHIN_SECONDS + 1
    assert tries.wait("anna", "10.0.0.2") == tries.wait("ben", "10.0.0.1") == 0
    now.seconds = WITHIN_SECONDS
    assert tries.wait("anna", "10.0.0.1") == 0


def test_many_names_from_one_address_and_one_name_from_many_are_guessing_too() -> None:
    tries, _ = attempts()
    tries.failed("", "10.0.0.1")  # a name that is empty counts for no other
    for number in range(OF_ADDRESS - 1):
        tries.failed(f"name{number}", "10.0.0.1")
    assert tries.wait("another", "10.0.0.1") > 0
    for number in range(OF_NAME):
        assert tries.wait("anna", f"10.1.0.{number}") == 0
        tries.failed("anna", f"10.1.0.{number}")
    assert tries.wait("anna", "10.2.0.1") > 0


def test_a_login_that_succeeds_is_forgotten() -> None:
    tries, _ = attempts()
    for _ in range(20):
        tries.failed("anna", "10.0.0.1")
        tries.succeeded("anna", "10.0.0.1")
    assert tries.wait("anna", "10.0.0.1") == tries.wait("ben", "10.0.0.1") == 0
