"""What a step does that failed: tried again after a pause where the error may pass, and left to a person where not."""

from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest

from aieco_assets.core.errors import AiecoError, ModelUnavailable, Unavailable
from aieco_assets.core.storage.locks import LockHeld
from aieco_assets.defs import retries
from aieco_assets.defs.retries import retried


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSES", (0.01, 0.02, 0.04))


def attempts(*errors: Exception) -> tuple[bool, int, list[float]]:
    """(whether it ended well, attempts, pauses) of a step that fails with these errors, one after another."""
    waiting, tried = [*errors], []

    @dg.asset
    @retried
    def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        tried.append(context.retry_number)
        if waiting:
            raise waiting.pop(0)
        return dg.MaterializeResult()

    result = dg.materialize([made], raise_on_error=False)
    pauses = [
        event.step_retry_data.seconds_to_wait or 0
        for event in result.all_events
        if event.event_type_value == "STEP_UP_FOR_RETRY"
    ]
    return result.success, len(tried), pauses


def chained() -> Exception:
    error = RuntimeError("the library's own word")
    error.__cause__ = ConnectionResetError("cut off")
    return error


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("The model registry does not answer."),
        ModelUnavailable.away("The server said nothing."),
        psycopg.OperationalError("server closed the connection unexpectedly"),
        TimeoutError("timed out"),
        chained(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_tried_again_after_growing_pauses(error: Exception) -> None:
    assert attempts(error, error) == (True, 3, [0.01, 0.02])


def test_what_does_not_pass_in_time_fails_with_its_own_words() -> None:
    away = Unavailable("The model registry does not answer.")
    assert attempts(*[away] * 9) == (False, 4, [0.01, 0.02, 0.04])


@pytest.mark.parametrize(
    "error",
    [
        AiecoError("policies/a.yaml is not valid: mend it."),
        ModelUnavailable("The server does not have model x: mend AIECO_LLM."),
        LockHeld("Session 7 keeps marts.fct_orders."),  # was waited for, long enough
        KeyError("a bug"),
        psycopg.errors.UndefinedTable("no such table"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_has_to_mend_is_not_tried_again(error: Exception) -> None:
    assert attempts(error) == (False, 1, [])


def test_a_step_that_tells_as_it_goes_is_tried_again_too() -> None:
    left = [Unavailable("away")]

    @dg.multi_asset(specs=[dg.AssetSpec("one")])
    @retried
    def made() -> Iterator[dg.MaterializeResult]:
        if left:
            raise left.pop()
        yield dg.MaterializeResult("one")

    assert dg.materialize([made]).success


def test_every_asset_is_made_this_way(definitions: dg.Definitions) -> None:
    made = [one for one in definitions.resolve_asset_graph().assets_defs if one.is_executable and one.keys]
    bodies = {one.op.name: one.op.compute_fn for one in made if not isinstance(one, dg.AssetChecksDefinition)}
    assert {"lake__transactions", "dbt_daily", "models__clv", "monitoring__signals"} <= {*bodies}
    assert [name for name, body in bodies.items() if not hasattr(body.decorated_fn, "__wrapped__")] == []  # type: ignore[union-attr]
