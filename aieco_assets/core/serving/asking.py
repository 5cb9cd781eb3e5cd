"""One answer by the release that the conversation belongs to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import ALL_DOCUMENTS, CANARY, CHAMPION, Answer, DocumentFilter
from aieco_assets.core.errors import Abandoned
from aieco_assets.core.serving.trial import Outcome

if TYPE_CHECKING:
    from aieco_assets.core.serving.candidates import Candidate
    from aieco_assets.core.serving.follower import Follower
    from aieco_assets.core.serving.release import Release

logger = logging.getLogger("aieco.service")


def answer_by_share(
    following: Follower,
    question: str,
    k: int,
    conversation: str,
    history: Sequence[str] = (),
    wanted: DocumentFilter = ALL_DOCUMENTS,
) -> Answer:
    """The champion's answer, or the candidate's for its share of the conversations; `arm` says whose it is.

    Where the candidate fails, its failure counts and the champion answers; where the champion's model server fails,
    the quotes do. Raises what else the champion raises.
    """
    served = following.current()
    candidate = following.candidates.drawn(conversation)
    if candidate:
        try:
            return _counted(following, candidate, CANARY, candidate.over(served), question, k, history, wanted)
        except Abandoned:
            raise
        except Exception:
            logger.exception("the candidate failed, and the champion answers")
    return _counted(following, following.candidates.present, CHAMPION, served, question, k, history, wanted)


def asked(
    release: Release,
    arm: str,
    question: str,
    k: int,
    history: Sequence[str] = (),
    wanted: DocumentFilter = ALL_DOCUMENTS,
) -> Answer:
    """The release's answer, with its versions on it."""
    answer = release.answerer.answer(question, k, history, wanted, or_quote=arm == CHAMPION)
    return replace(answer, arm=arm, versions=release.numbers)


def _counted(
    following: Follower,
    candidate: Candidate | None,
    arm: str,
    release: Release,
    question: str,
    k: int,
    history: Sequence[str],
    wanted: DocumentFilter,
) -> Answer:
    outcome = Outcome(failed=True)
    try:
        answer = asked(release, arm, question, k, history, wanted)
        outcome = Outcome(answer.model_failed, answer.abstained, answer.usage.latency_ms)
        return answer
    except Abandoned:
        candidate = None  # nobody waited for it: it says nothing of the release
        raise
    finally:
        if candidate:
            following.candidates.note(candidate, arm, outcome)
