"""When a model server is left alone, and when it is asked again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.circuit_breaker import FAILURES, CircuitBreaker

SERVER = "http://model:8000/v1"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(30, clock)
    for _ in range(FAILURES):
        fail(breaker)
    return breaker


def fail(breaker: CircuitBreaker) -> None:
    with pytest.raises(ModelUnavailable, match="said nothing"), breaker.call(SERVER):
        raise ModelUnavailable.away("It said nothing.")


def refused(breaker: CircuitBreaker) -> str:
    with pytest.raises(ModelUnavailable) as caught, breaker.call(SERVER):
        pytest.fail("the server was asked")
    return str(caught.value)


def test_after_three_failures_running_nobody_asks_for_the_cooldown(opened: CircuitBreaker, clock: Clock) -> None:
    clock.now += 10
    assert opened.is_open
    assert refused(opened) == (
        "http://model:8000/v1 is not asked for 20 more seconds, for it did not answer 3 times running: "
        "look at that server."
    )


def test_a_success_between_the_failures_keeps_it_closed(clock: Clock) -> None:
    breaker = CircuitBreaker(30, clock)
    for _ in range(3):
        fail(breaker)
        fail(breaker)
        with breaker.call(SERVER):
            pass
    assert not breaker.is_open


def test_a_server_that_refuses_is_there_and_is_asked_on(clock: Clock) -> None:
    breaker = CircuitBreaker(30, clock)
    for _ in range(5):
        with pytest.raises(ModelUnavailable), breaker.call(SERVER):
            raise ModelUnavailable("It answered 429.")
    assert not breaker.is_open


def test_after_the_cooldown_one_question_tries_and_its_success_lets_all_ask(
    opened: CircuitBreaker, clock: Clock
) -> None:
    clock.now += 31
    with opened.call(SERVER):
        assert "until another question has tried it" in refused(opened)
    assert not opened.is_open
    with opened.call(SERVER), opened.call(SERVER):
        pass


def test_a_trial_that_fails_begins_the_cooldown_anew(opened: CircuitBreaker, clock: Clock) -> None:
    clock.now += 31
    fail(opened)
    assert "for 30 more seconds" in refused(opened)


def test_a_trial_that_nobody_waits_for_any_more_leaves_the_next_question_to_try(
    opened: CircuitBreaker, clock: Clock
) -> None:
    clock.now += 31
    with pytest.raises(GeneratorExit), opened.call(SERVER):
        raise GeneratorExit
    assert opened.is_open
    with opened.call(SERVER):
        pass
    assert not opened.is_open


def test_calls_run_beside_each_other_and_those_that_fail_late_start_no_second_trial(clock: Clock) -> None:
    breaker, together = CircuitBreaker(30, clock), threading.Barrier(8, timeout=30)

    def call() -> None:
        with breaker.call(SERVER):
            together.wait()  # broken, and the test with it, where calls wait for each other
            raise ModelUnavailable.away("It said nothing.")

    with ThreadPoolExecutor(8) as pool:
        errors = [one.exception() for one in [pool.submit(call) for _ in range(8)]]
    assert {str(error) for error in errors} == {"It said nothing."}
    clock.now += 31
    with breaker.call(SERVER):
        refused(breaker)


def test_without_a_cooldown_it_never_opens(clock: Clock) -> None:
    breaker = CircuitBreaker(0, clock)
    for _ in range(5):
        fail(breaker)
    assert not breaker.is_open
