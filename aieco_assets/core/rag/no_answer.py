"""What is said where nothing can be: that no document answers, and what a person can do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aieco_assets.core.contracts import Document, Within
from aieco_assets.core.text.language import NAMES, language_of

_SURE = 0.9999  # of the language of a question: a few words with a foreign name among them leave more doubt
ABSTAINED = "The knowledge base does not answer this."


def silence(question: str, documents: Sequence[Document], within: Within | None) -> str:
    """ABSTAINED, and the reason where the question is in a language in which not most documents of the scope are.

    `documents`: of the knowledge base; `within`: where an answer was looked for (None: everywhere).
    """
    asked = language_of(question, _SURE)
    there = Counter(one.language for one in documents if within is None or within.admits(one.path))
    del there[""]
    if not asked or not there or 2 * there[asked] > sum(there.values()):
        return ABSTAINED
    others = " or ".join(NAMES.get(one, one) for one, _ in there.most_common() if one != asked)
    if there[asked]:
        return f"{ABSTAINED} The question is in {NAMES[asked]}; other documents are in {others}: ask in {others} too."
    return (
        f"{ABSTAINED} The question is in {NAMES[asked]} and the documents are in {others}: ask in {others}, or let a "
        "multilingual embedder read them (AIECO_EMBEDDER)."
    )
