"""BM25 over any part of a version's chunks, as if there were no others: the statistics are of that part alone.

The engine's full-text index counts all chunks of a table, whatever a filter lets through. A reader who may see some of
them could tell from the scores what the others say. Tokens and formula are the engine's own, so that a part scores as
a table that holds nothing else (tests/core/embeddings/test_bm25.py compares them).
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# Words as Unicode and its dictionaries for Chinese, Japanese and the like part them; otherwise as LanceDB's own does.
TOKENIZER = "icu/split"
_K1, _B = 1.2, 0.75
_AT_ONCE = 500  # texts: the tokenizer takes a millisecond to begin
# Stands between texts. Nobody can write it into a document: it is another in each process.
_BETWEEN = "zq" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(24)) + "zq"


def tokens_of(texts: Sequence[str]) -> Iterable[list[str]]:
    """The engine's tokens of each text, repeats included."""
    for first in range(0, len(texts), _AT_ONCE):
        found: list[str] = []
        for token in _tokenized(f"\n{_BETWEEN}\n".join(texts[first : first + _AT_ONCE])):
            if token == _BETWEEN:
                yield found
                found = []
            else:
                found.append(token)
        yield found


def _tokenized(text: str) -> list[str]:
    import lancedb

    return [token.text for token in lancedb.tokenize(text, base_tokenizer=TOKENIZER)]


@lru_cache(maxsize=1_024)
def _question_tokens(question: str) -> tuple[str, ...]:
    return tuple(_tokenized(question))


class Part:
    """Some of the chunks, and what BM25 has to know of them: how many have words, and how many on average."""

    def __init__(self, admits: np.ndarray | None, lengths: np.ndarray) -> None:
        inside = lengths if admits is None else lengths[admits]
        self.admits = admits
        self.chunks = int((inside > 0).sum())  # the engine does not count a chunk without words
        self.mean_length = float(inside.sum()) / max(1, self.chunks)


class TermIndex:
    """Which chunk (by its place) uses which term how often. About 8 bytes for each different word of a chunk."""

    def __init__(
        self, terms: Mapping[str, int], starts: np.ndarray, places: np.ndarray, counts: np.ndarray, lengths: np.ndarray
    ) -> None:
        self._terms, self._starts, self._places, self._counts = terms, starts, places, counts
        self._lengths = lengths

    @classmethod
    def of(cls, tokens: Iterable[Sequence[str]], chunks: int) -> TermIndex:
        """`tokens`: of each of so many chunks, in their order."""
        import numpy as np

        terms: dict[str, int] = {}
        codes, lengths = [np.zeros(0, np.int32)], np.zeros(chunks, dtype=np.int64)
        for place, found in enumerate(tokens):
            codes.append(np.fromiter((terms.setdefault(one, len(terms)) for one in found), np.int32, len(found)))
            lengths[place] = len(found)
        # One key of term and place: equal ones are one entry, in the order of terms and then of places.
        keys = np.concatenate(codes).astype(np.int64) * max(1, chunks) + np.repeat(np.arange(chunks), lengths)
        keys, counts = np.unique(keys, return_counts=True)
        starts = np.searchsorted(keys, np.arange(len(terms) + 1) * max(1, chunks))
        places = (keys % max(1, chunks)).astype(np.int32)
        return cls(terms, starts, places, counts.astype(np.int32), lengths.astype(np.float64))

    def part(self, admits: np.ndarray | None = None) -> Part:
        """`admits`: bool (all chunks), None: every chunk."""
        return Part(admits, self._lengths)

    def scores(self, question: str, part: Part) -> np.ndarray:
        """float64 (all chunks): 0 where no word of the question is, or outside the part. A word that is asked twice
        counts twice, as the engine has it."""
        import numpy as np

        scores = np.zeros(len(self._lengths))
        for token in _question_tokens(question):
            code = self._terms.get(token)
            if code is None:
                continue
            span = slice(self._starts[code], self._starts[code + 1])
            places, counts = self._places[span], self._counts[span]
            if part.admits is not None:
                inside = part.admits[places]
                places, counts = places[inside], counts[inside]
            if not len(places):
                continue
            rarity = np.log1p((part.chunks - len(places) + 0.5) / (len(places) + 0.5))
            norm = _K1 * (1 - _B + _B * self._lengths[places] / part.mean_length)
            scores[places] += rarity * counts * (_K1 + 1) / (counts + norm)
        return scores
