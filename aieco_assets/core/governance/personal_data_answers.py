"""Answers that would say what pii.yaml keeps back: such an answer is not given, and says why without the value."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from aieco_assets.core.governance.personal_data import Unsearchable, in_words, the_finder
from aieco_assets.core.governance.pii_rules import load_rules
from aieco_assets.core.settings import Settings

logger = logging.getLogger(__name__)
# The kinds in some texts that may not be said, in the order of `KINDS`.
Screen = Callable[[Sequence[str]], Sequence[str]]


def nothing_refused(texts: Sequence[str]) -> Sequence[str]:
    return ()


def screen_of(settings: Settings) -> Screen:
    """By the rules of the settings. Raises AiecoError for a pii.yaml that is not valid.

    A kind that its form tells costs microseconds; for the others the finder's process looks at the answer, and an
    answer that it can't look at counts as one that holds them all.
    """
    refused = load_rules(settings).refused
    if not refused:
        return nothing_refused

    def screen(texts: Sequence[str]) -> Sequence[str]:
        try:
            found = the_finder().find(texts, refused)
        except Unsearchable:
            logger.exception("an answer could not be looked through for personal data, and is not given")
            return sorted(refused)
        return sorted({one.kind for values in found for one in values})

    return screen


def withheld(kinds: Collection[str]) -> str:
    """What is said instead."""
    return (
        f"The answer holds {in_words(kinds)}, which answers here don't say: look into the document, or ask who keeps "
        "pii.yaml."
    )
