"""Misspelt words of a question, put right by the words of the documents themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[^\W\d_]{4,}")
_PART = 3  # letters; the shortest that a word run together with another is taken apart to
_TWO_EDITS = 8  # letters from which two may be wrong
_TRANSCRIBED = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))  # by who has no such keys
_STEM = 0.6  # share of a word that is the beginning of one that people know
_LOOKED_AT = 10


class Spelling:
    """`vocabulary`: words of the documents in small letters, and how often each is used."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._by_letter: dict[str, list[str]] = {}
        for word in vocabulary:
            self._by_letter.setdefault(word[0], []).append(word)

    def corrected(self, question: str, pieces: Sequence[tuple[int, int]]) -> str:
        """The question with words of the documents in place of those that nobody writes.

        `pieces`: spans of the tokens that the embedder reads. A word that is one of them is known to people, whether or
        not the documents use it, and so is a name: neither is taken for a misspelling of something else. Where the most
        of a word is one (`iteration|s`), hardly anything is wrong with it.
        """
        ends, found, end = dict(pieces), [], 0
        for match in _WORD.finditer(question):
            word, known = match.group(), ends.get(match.start(), match.start()) - match.start()
            if known == len(word) or (word[0].isupper() and match.start() > 0):
                continue
            if better := self._better(word.lower(), 1 if known >= _STEM * len(word) else 2):
                found += [question[end : match.start()], better]
                end = match.end()
        return "".join([*found, question[end:]])

    def _better(self, word: str, edits: int) -> str:
        """The word that was meant, or two that were run together; empty where there is none, or nothing is wrong."""
        if word in self._vocabulary:
            return ""
        for typed, letter in _TRANSCRIBED:
            if (meant := word.replace(typed, letter)) in self._vocabulary:
                return meant
        return self._nearest(word, edits) or self._taken_apart(word)

    def _nearest(self, word: str, edits: int) -> str:
        """The most used among the nearest that begin alike (the first letter is rarely the wrong one)."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        most = edits if len(word) >= _TWO_EDITS else 1
        begun = self._by_letter.get(word[0], ())
        near = extract(word, begun, scorer=OSA.distance, score_cutoff=most, limit=_LOOKED_AT)
        near = [(far, -self._vocabulary[other], other) for other, far, _ in near if len(other) >= len(word) - 1]
        return min(near)[2] if near else ""

    def _taken_apart(self, word: str) -> str:
        parts = [(word[:at], word[at:]) for at in range(_PART, len(word) - _PART + 1)]
        known = [pair for pair in parts if all(part in self._vocabulary for part in pair)]
        return " ".join(max(known, key=lambda pair: min(map(self._vocabulary.__getitem__, pair)))) if known else ""
