"""How like a unit is to a question in meaning: as whole texts, and word by word."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.rag.evidence.sentence_cache import Described, Plain
from aieco_assets.core.rag.understanding.answer_type import Cue

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.token_vectors import TokenVectors

LIKENESS = (
    *("meaning_alone", "meaning_unit", "meaning_context"),
    *("words_mean", "words_least", "words_unit", "words_back", "words_lack", "words_nowhere"),
)
SINGLES = ("meaning_title", "singles_mean", "singles_least", "singles_unit")


@dataclass(frozen=True)
class Asked:
    """A question as features are taken of it. `weighed`: its words that carry meaning: (word, stem, span, weight)."""

    text: str
    cue: Cue
    terms: tuple[str, ...]
    weighed: tuple[tuple[str, str, tuple[int, int], float], ...]
    tokens: TokenVectors
    names: tuple[str, ...]
    numerals: tuple[str, ...]
    yes_or_no: bool


def likeness(question: Asked, candidates: Sequence[Described]) -> dict[str, np.ndarray]:
    """Likeness in meaning: of whole texts, and word by word (late interaction): where is each thing that is asked?"""
    import numpy as np

    words_of = [_word_vector(question.tokens, *span) for *_, span, _ in question.weighed]
    words_of = np.stack(words_of) if words_of else question.tokens.whole[None]
    rare = _weights_of(question, candidates)
    found = {name: np.zeros(len(candidates)) for name in LIKENESS}
    anywhere = np.zeros(len(words_of))
    for place, candidate in enumerate(candidates):
        vectors, own = candidate.tokens.vectors, candidate.tokens.vectors[candidate.first :]
        found["meaning_alone"][place] = float(candidate.alone @ question.tokens.whole)
        found["meaning_context"][place] = float(candidate.tokens.whole @ question.tokens.whole)
        if not len(own):
            continue
        mean = own.mean(axis=0)
        found["meaning_unit"][place] = float(mean @ question.tokens.whole) / (float(np.linalg.norm(mean)) or 1.0)
        near = words_of @ vectors.T
        best = near.max(axis=1)
        anywhere = np.maximum(anywhere, best)
        found["words_mean"][place] = float(rare @ best)
        found["words_least"][place] = float(best.min())
        found["words_lack"][place] = float((rare * (1 - best)).max())
        found["words_unit"][place] = float(rare @ near[:, candidate.first :].max(axis=1))
        if len(question.tokens.vectors):
            found["words_back"][place] = float((own @ question.tokens.vectors.T).max(axis=1).mean())
    found["words_nowhere"][:] = float((rare * (1 - anywhere)).max())
    return found


def singles(
    question: Asked, candidates: Sequence[Described], vectors: Callable[[Sequence[str]], np.ndarray]
) -> dict[str, np.ndarray]:
    """Likeness of single words, each without the text that it stands in, and of titles."""
    import numpy as np

    found = {name: np.zeros(len(candidates)) for name in SINGLES}
    asked_words = [word for word, *_ in question.weighed]
    told = sorted(set().union(*(c.plain.words_near | c.plain.words for c in candidates)))
    titles = sorted({c.plain.title for c in candidates})
    read = vectors([*titles, *asked_words, *told])
    title = dict(zip(titles, read[: len(titles)] @ question.tokens.whole, strict=True))
    found["meaning_title"][:] = [title[c.plain.title] for c in candidates]
    if not asked_words or not told:
        return found
    begin = len(titles) + len(asked_words)
    near = read[len(titles) : begin] @ read[begin:].T
    column, rare = {word: place for place, word in enumerate(told)}, _weights_of(question, candidates)
    for place, c in enumerate(candidates):
        literal = np.array([form in c.plain.near for _, form, *_ in question.weighed])
        around, own = [column[word] for word in c.plain.words_near], [column[word] for word in c.plain.words]
        best = np.where(literal, 1.0, near[:, around].max(axis=1) if around else 0.0)
        found["singles_mean"][place] = float(rare @ best)
        found["singles_least"][place] = float(best.min())
        found["singles_unit"][place] = float(rare @ near[:, own].max(axis=1)) if own else 0.0
    return found


def _weights_of(question: Asked, candidates: Sequence[Described]) -> np.ndarray:
    """The weight of each word of the question that carries meaning; their sum is 1."""
    import numpy as np

    if not question.weighed:
        return np.ones(1)
    rare = np.array(rarity([form for _, form, *_ in question.weighed], [c.plain for c in candidates]))
    rare = rare * np.array([weight for *_, weight in question.weighed])
    return rare / rare.sum()


def _word_vector(tokens: TokenVectors, start: int, end: int) -> np.ndarray:
    import numpy as np

    parts = [place for place, (begin, stop) in enumerate(tokens.spans) if begin < end and stop > start]
    if not parts:  # beyond what the model reads
        return np.zeros(tokens.whole.shape[-1], dtype=np.float32)
    mean = tokens.vectors[parts].mean(axis=0)
    return mean / (float(np.linalg.norm(mean)) or 1.0)


def rarity(terms: Sequence[str], candidates: Sequence[Plain]) -> list[float]:
    """Rare words of the question weigh more; a word that no candidate has weighs most."""
    size = len(candidates)
    known = [sum(term in c.own or term in c.around for c in candidates) for term in terms]
    return [0.35 + math.log((size + 1) / (count + 0.5)) / math.log(2 * size + 2) for count in known]
