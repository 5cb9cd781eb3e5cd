"""What is tried again by itself: a step whose error may pass, after a pause; all else waits for a person. What has too
little to learn from yet is made, empty, with the reason. And no step works while somebody erases: it waits.

A run that was killed is taken up again as a whole by Dagster, once (`run_retries` in dagster.yaml).
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NoReturn, TypeVar

import dagster as dg

from aieco_assets.core.errors import NotTrainableError, is_passing, named
from aieco_assets.core.governance.erasure_lock import at_work
from aieco_assets.defs.waiting import waiting

Body = TypeVar("Body", bound=Callable[..., Any])

# Seconds before each further attempt: a restart takes seconds, an outage minutes.
PAUSES = (5, 20, 80)


def retried(body: Body) -> Body:
    """Beneath `@dg.asset`: a body that fails for what may pass is tried again, all of it, after PAUSES; one that has
    too little to learn from yet gives no rows and the reason."""
    if inspect.isgeneratorfunction(body):

        @functools.wraps(body)
        def attempt(*values: Any, **named: Any) -> Any:
            with _later(), _unerased(named):
                yield from body(*values, **named)
    else:

        @functools.wraps(body)
        def attempt(*values: Any, **named: Any) -> Any:
            with _later(), _unerased(named):
                try:
                    return body(*values, **named)
                except NotTrainableError as reason:
                    return waiting(dg.AssetExecutionContext.get(), reason)

    return attempt  # type: ignore[return-value]


def _unerased(named: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Nobody erases while a body works that is given the settings, as all that touch the platform are."""
    return at_work(named["settings"]) if "settings" in named else nullcontext()


@contextmanager
def _later() -> Iterator[None]:
    try:
        yield
    except Exception as raised:
        error = named(raised)
        if not is_passing(error):
            _raise(error, raised)
        context = dg.OpExecutionContext.get()
        if context.retry_number >= len(PAUSES):
            _raise(error, raised)
        pause = PAUSES[context.retry_number]
        context.log.warning(f"{error} It is tried again in {pause} s.")
        raise dg.RetryRequested(max_retries=len(PAUSES), seconds_to_wait=pause) from error


def _raise(error: Exception, raised: Exception) -> NoReturn:
    if error is raised:
        raise error
    raise error from None
