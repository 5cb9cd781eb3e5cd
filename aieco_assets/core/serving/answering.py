"""One answer by the release that the conversation belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CANARY, CHAMPION, Answer, Query
from aieco_assets.core.errors import Abandoned
from aieco_assets.core.governance.readers import answerer_for
from aieco_assets.core.serving.canary import Outcome

if TYPE_CHECKING:
    from aieco_assets.core.governance.access import Access
    from aieco_assets.core.serving.challenger import Candidate
    from aieco_assets.core.serving.follower import Follower
    from aieco_assets.core.serving.release import Release

logger = logging.getLogger("aieco.service")

Told = Callable[[str], object]


def _untold(_: str) -> None:
    """For whoever waits for the whole answer."""


def answer_by_share(following: Follower, query: Query, conversation: str, told: Told = _untold) -> Answer:
    """The champion's answer, or the candidate's for its share of the conversations; `arm` says whose it is.

    Where the candidate fails, its failure counts and the champion answers; where the champion's model server fails,
    the quotes do. Raises what else the champion raises. `told`: is given each part of what the champion writes as soon
    as it is verified; of a candidate nothing is told before its answer is whole, for the champion may have to answer.
    """
    served = following.current()
    candidate = following.candidates.drawn(conversation)
    if candidate:
        try:
            return _counted(following, candidate, CANARY, candidate.over(served), query)
        except Abandoned:
            raise
        except Exception:
            logger.exception("the candidate failed, and the champion answers")
    return _counted(following, following.candidates.present, CHAMPION, served, query, told)


def asked(release: Release, arm: str, query: Query, access: Access, told: Told = _untold) -> Answer:
    """The release's answer from what the asker may read now, with its versions on it."""
    champion = arm == CHAMPION
    answerer = answerer_for(release.answerer, query.reader, access)
    answer = answerer.answer(query.question, query.k, query.history, query.wanted, champion, told)
    return replace(answer, arm=arm, versions=release.numbers)


def _counted(
    following: Follower, candidate: Candidate | None, arm: str, release: Release, query: Query, told: Told = _untold
) -> Answer:
    outcome = Outcome(failed=True)
    try:
        answer = asked(release, arm, query, following.access, told)
        outcome = Outcome(answer.model_failed, answer.abstained, answer.usage.latency_ms)
        return answer
    except Abandoned:
        candidate = None  # nobody waited for it: it says nothing of the release
        raise
    finally:
        if candidate:
            following.candidates.note(candidate, arm, outcome)
