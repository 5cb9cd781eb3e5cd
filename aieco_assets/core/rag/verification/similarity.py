"""How like a sentence's words and numbers are to the evidence, each as the embedder reads it in its surroundings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.verification.alignment import (
    WORD,
    Passage,
    Place,
    Sentence,
    kept_of,
    mean_vector,
    own_text,
    vectors_of_words,
)
from aieco_assets.core.text.vocabulary import STOP_WORDS
from aieco_assets.core.text.words import claim, stem

if TYPE_CHECKING:
    import numpy as np

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def similarity_of_words(sentence: Sentence, passages: Sequence[Passage], place: Place) -> tuple[float, float]:
    """Mean over the sentence's words of their best likeness to a token of the passages; and over the words of the best
    place of theirs to a word of the sentence: how much of it is told."""
    import numpy as np

    back = [vectors_of_words(*own_text(unit), unit.tokens)[1] for unit in place.units]
    if not len(sentence.vectors) or not sum(map(len, back)):
        return 1.0, 1.0
    near = [_nearest(sentence, passage) for passage in passages]
    if not any(len(one) for one in near):
        return 1.0, 1.0
    best = np.stack([one for one in near if len(one)]).max(axis=0)
    return float(best.mean()), float((np.concatenate(back) @ sentence.vectors.T).max(axis=1).mean())


def _nearest(sentence: Sentence, passage: Passage) -> np.ndarray:
    """For each word of the sentence its best likeness to a token of the passage; empty where it has none."""
    key = (id(passage), "nearest")
    if key not in sentence.kept:
        told = kept_of(passage, "tokens", _tokens)
        near = (sentence.vectors @ told.T).max(axis=1) if len(told) else sentence.vectors[:0, 0]
        sentence.kept[key] = passage, near
    return sentence.kept[key][1]


def _tokens(passage: Passage) -> np.ndarray:
    import numpy as np

    return np.concatenate([unit.tokens.vectors[unit.first :] for unit in passage.units] or [np.zeros((0, 1))])


def news(sentence: Sentence, passages: Sequence[Passage], question: str, reads: Descriptions) -> float:
    """How much of the sentence is new: for each word that is nowhere, how unlike it is to every word that is said."""
    import numpy as np

    asked = sorted({word for word in map(str.casefold, WORD.findall(question)) if word not in STOP_WORDS})
    told = [kept_of(passage, "words", words_of) for passage in passages]
    known = {*map(stem, asked)}.union(*(kept_of(passage, "stems", _stems) for passage in passages))
    missing = [word for word, form in zip(sentence.words, sentence.forms, strict=True) if form not in known]
    if not missing or not (asked or any(told)):
        return float(len(missing))
    mine = reads.vectors(missing)
    near = [mine @ reads.vectors(asked).T] if asked else []
    near += [
        mine @ kept_of(one, "word vectors", partial(_word_vectors, reads)).T
        for one, some in zip(passages, told, strict=True)
        if some
    ]
    return float((1 - np.concatenate(near, axis=1).max(axis=1)).sum())


def read_ahead(sentences: Sequence[Sentence], passages: Sequence[Passage], reads: Descriptions) -> None:
    """Reads in one batch the words of several sentences that no passage has: `news` will ask for them one by one."""
    known = frozenset[str]().union(*(kept_of(passage, "stems", _stems) for passage in passages))
    missing = {word for one in sentences for word, form in zip(one.words, one.forms, strict=True) if form not in known}
    if len(sentences) > 1 and missing:
        reads.vectors(sorted(missing))


def words_of(passage: Passage) -> list[str]:
    return sorted({word for unit in passage.units for word in unit.plain.words})


def _stems(passage: Passage) -> frozenset[str]:
    return passage.forms | {stem(word) for word in kept_of(passage, "words", words_of)}


def _word_vectors(reads: Descriptions, passage: Passage) -> np.ndarray:
    return reads.vectors(kept_of(passage, "words", words_of))


def similarity_of_numbers(sentence: Sentence, passages: Sequence[Passage]) -> float:
    """The least likeness, among the sentence's numbers, of a number to the same number in the evidence, each in its
    own surroundings; 0.75 when it has none."""
    least: list[float] = []
    for match in _NUMBER.finditer(sentence.text):
        mine = mean_vector(sentence.tokens, *match.span())
        theirs = [one for passage in passages for one in kept_of(passage, "numbers", _numbers).get(match.group(), ())]
        if mine is not None and theirs:
            least.append(max(float(mine @ one) for one in theirs))
    return min(least, default=0.75)


def _numbers(passage: Passage) -> dict[str, list[np.ndarray]]:
    """The vectors of each number, as it is written, in its surroundings."""
    found: dict[str, list[np.ndarray]] = {}
    for unit in passage.units:
        text, offset = own_text(unit)
        for match in _NUMBER.finditer(text):
            vector = mean_vector(unit.tokens, offset + match.start(), offset + match.end())
            if vector is not None:
                found.setdefault(match.group(), []).append(vector)
    return found


def longest_run(sentence: str, text: str) -> float:
    """The share of the sentence's claim that stands in the text as one unbroken run."""
    said, told = claim(sentence), _claim(text)
    found = SequenceMatcher(None, said, told, autojunk=False).find_longest_match()
    return found.size / max(1, len(said))


@lru_cache(maxsize=64)
def _claim(text: str) -> list[str]:
    """Of passages: the same ones are asked for with every sentence of an answer."""
    return claim(text)
