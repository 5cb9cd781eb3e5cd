"""HTTP to a model server through a kept client: limits of time, retries before the first byte, errors in a sentence."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import tenacity

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.budget import ServerLimits, seconds_left
from aieco_assets.core.llm.circuit_breaker import CircuitBreaker

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 1 << 20  # of one line of a stream, and of a list of models
RETRIED = frozenset({429, 502, 503, 504})
AWAY = frozenset({502, 503, 504})  # said in place of a server, by what stands before it
RETRY_AFTER_SECONDS = 10.0  # a server that asks for a longer pause is not waited for


class _Again(ModelUnavailable):
    """Nothing was answered yet, and asking again may help. `after`: seconds that the server asks for."""

    after: float = 0.0


def without_secrets(url: str) -> str:
    """The url without user and password, fit for messages and the registry."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class ServerClient:
    """One kept client of one server, with as many connections as it is asked questions at once. Thread-safe.

    User and password of the url are sent as they are; else the key of OPENAI_API_KEY, which is never logged.
    """

    def __init__(self, base: str, limits: ServerLimits) -> None:
        import httpx

        self.shown, self.limits = without_secrets(base), limits
        self.breaker = CircuitBreaker(limits.cooldown)
        headers = {"Authorization": f"Bearer {key}"} if (key := os.environ.get("OPENAI_API_KEY")) else {}
        try:
            self._http = httpx.Client(
                base_url=base,
                headers=headers,
                limits=httpx.Limits(max_connections=limits.at_once, max_keepalive_connections=limits.at_once),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise ModelUnavailable(f"{self.shown} is no address ({error}): mend AIECO_LLM.") from None

    @contextmanager
    def opened(self, path: str, body: dict[str, Any] | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes of a 2xx answer as they come. Raises ModelUnavailable, also while they are read, and at once while
        the server is left alone.

        Asked again only before the first byte: half an answer is never followed by another one.
        """
        with self.breaker.call(self.shown), self._opened(path, body) as pieces:
            yield pieces

    @contextmanager
    def _opened(self, path: str, body: dict[str, Any] | None) -> Iterator[Iterator[bytes]]:
        import httpx

        seconds = seconds_left(self.limits.total)
        if seconds <= 0:
            raise ModelUnavailable(f"{self.shown} was not asked, for the time of the question is up: ask again.")
        until = time.monotonic() + seconds
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(self.limits.retries + 1) | tenacity.stop_before_delay(seconds),
            wait=_pause,
            reraise=True,
        )
        response = tries(self._send, path, body, until)
        try:
            yield self._timed(response.iter_bytes(), until)
        except httpx.TimeoutException:
            raise self._silent("in the middle of its answer", response.request.extensions["timeout"]["read"]) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ModelUnavailable.away(self.broke_off(type(error).__name__)) from None
        finally:
            response.close()

    def broke_off(self, why: str) -> str:
        return f"{self.shown} broke off its answer ({why}): look at that server."

    def _send(self, path: str, body: dict[str, Any] | None, until: float) -> httpx.Response:
        import httpx

        left = max(0.01, until - time.monotonic())
        connect, read = min(self.limits.connect, left), min(self.limits.read, left)
        request = self._http.build_request(
            "GET" if body is None else "POST",
            path,
            json=body,
            timeout=httpx.Timeout(connect=connect, read=read, write=read, pool=left),
        )
        try:
            response = self._http.send(request, stream=True)
        except httpx.PoolTimeout:
            raise ModelUnavailable(
                f"{self.shown} is asked {self.limits.at_once} questions already: raise AIECO_LLM_CONCURRENCY."
            ) from None
        except httpx.ReadTimeout:
            raise self._silent(f"for {read:.3g} seconds", read) from None
        except httpx.TransportError as error:  # refused, unknown, or a kept connection that the server has closed
            reason = str(error) or type(error).__name__
            raise _Again.away(f"{self.shown} can't be reached ({reason}): start it or mend AIECO_LLM.") from None
        if response.is_success:
            return response
        response.close()
        raise self._refused(path, response)

    def _refused(self, path: str, response: httpx.Response) -> ModelUnavailable:
        code, mend = response.status_code, "look at that server or mend AIECO_LLM"
        if code in (401, 403):
            mend = "set OPENAI_API_KEY to a key that it takes"
        elif code == 429:
            mend = "wait, or lower AIECO_LLM_CONCURRENCY"
        sentence = f"{self.shown}{path} answered {code}: {mend}."
        after = _retry_after(response)
        if code not in RETRIED or after > RETRY_AFTER_SECONDS:
            refused = ModelUnavailable(sentence)
        else:
            refused = _Again(sentence)
            refused.after = after
        refused.status, refused.is_away = code, code in AWAY
        return refused

    def _timed(self, pieces: Iterator[bytes], until: float) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            if time.monotonic() > until:
                raise ModelUnavailable(
                    f"{self.shown} did not finish its answer in time: raise AIECO_LLM_TOTAL_SECONDS."
                )

    def _silent(self, when: str, waited: float) -> ModelUnavailable:
        """`waited`: a server that was given little time, for little was left of the question's, is not away."""
        mend = "look at that server or raise AIECO_LLM_READ_SECONDS"
        error = ModelUnavailable(f"{self.shown} said nothing {when}: {mend}.")
        error.is_away = waited >= self.limits.read / 2
        return error


def _pause(state: tenacity.RetryCallState) -> float:
    """Seconds before the next try: what the server asked for, at least 0.2, 0.4, 0.8 …"""
    error = state.outcome.exception() if state.outcome else None
    after = error.after if isinstance(error, _Again) else 0.0
    return max(after, 0.2 * 2 ** (state.attempt_number - 1))


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait, 0 where it does not say."""
    said = response.headers.get("Retry-After", "").strip()
    try:
        return (
            float(said) if said.replace(".", "", 1).isdigit() else parsedate_to_datetime(said).timestamp() - time.time()
        )
    except (TypeError, ValueError):
        return 0.0
