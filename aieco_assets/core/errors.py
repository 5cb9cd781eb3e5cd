"""The errors that a person can cause and mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class AiecoError(Exception):
    """One sentence that names the thing and the mend.

    The command line prints it without a traceback and exits 1; the service answers 4xx with it.
    Anything else that is raised is a bug of ours and keeps its traceback.
    """


class Unavailable(AiecoError):
    """What we depend on does not answer now: the same request may be served later. The service answers 503."""


class ModelUnavailable(AiecoError):
    """A language model that is asked over a network is away, too slow, too busy, or says what can't be read.

    Whoever has quotes answers with them; a version that does so when it is tried is refused, or waits while it is away.
    `status`: of the server's answer, 0 where there was none. `is_away`: it did not answer at all, or not in its time.
    """

    status: int = 0
    is_away: bool = False

    @classmethod
    def away(cls, sentence: str) -> Self:
        error = cls(sentence)
        error.is_away = True
        return error


class NotTrainableError(AiecoError):
    """The data are right and too few to learn from yet: assets say so and go on, and nobody is scored by a guess."""


class Abandoned(Exception):
    """Nobody waits for the result any more: it is no failure of whoever was at work."""


class NoSuchDocument(AiecoError):
    """A filter admits no document of the knowledge base; mended by another filter."""


class TextTooLong(AiecoError):
    """A text has more tokens than the language model takes; mended by a shorter one."""


# Of libraries that are not imported for this: Postgres by any driver, HTTP, S3.
_AWAY = {"OperationalError", "TransportError", "EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError"}

# LanceDB has no kind of error for its S3 store, but says the same in a long text, which names the address.
_OF_LANCEDB = re.compile(r"""(?:Generic S3 error|store: "S3").*?(https?://[^/\s)]+)""", re.DOTALL)
_NO_ANSWER = re.compile(r"error sending request|error decoding|kind: (?:Connect|Timeout|Request)|\b50[0-4]\b")


def named(error: Exception) -> Exception:
    """The error itself, or one sentence in its place where LanceDB could not reach or use its S3 store."""
    found = _OF_LANCEDB.search(str(error)) if isinstance(error, RuntimeError | ValueError | OSError) else None
    if found is None:
        return error
    store = f"The S3 store of AIECO_LANCEDB_URL at {found[1]}"
    if _NO_ANSWER.search(str(error)):
        return Unavailable(f"{store} does not answer: start it, or mend AIECO_S3_ENDPOINT_URL.")
    return AiecoError(f"{store} refuses what is asked: mend AIECO_LANCEDB_URL, or the S3 credentials.")


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed later without anybody's help: something that we depend on did not answer.

    What an AiecoError says else is a person's to mend, and anything else a bug: neither goes away by itself.
    """
    if isinstance(error, AiecoError):
        return isinstance(error, Unavailable) or (isinstance(error, ModelUnavailable) and error.is_away)
    if isinstance(error, ConnectionError | TimeoutError) or any(kind.__name__ in _AWAY for kind in type(error).__mro__):
        return True
    return error.__cause__ is not None and is_passing(error.__cause__)
