"""The errors that a person can cause and mend."""

from __future__ import annotations

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
