"""A text as the vectors of its tokens: what late interaction compares word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class TokenVectors:
    """`whole`: the text's vector, as `encode` gives it; `vectors`: float32 (tokens, dimension) of length 1.

    `spans`: (start, end) of each token in the text, in characters. Special tokens are left out; a text that is longer
    than the model reads ends where the model stopped.
    """

    whole: np.ndarray
    vectors: np.ndarray
    spans: tuple[tuple[int, int], ...]

    def without(self, characters: int) -> TokenVectors:
        """Without the tokens of a prompt of so many characters in front of the text."""
        if not characters:
            return self
        kept = [place for place, (_, end) in enumerate(self.spans) if end > characters]
        spans = tuple((max(0, self.spans[n][0] - characters), self.spans[n][1] - characters) for n in kept)
        return TokenVectors(self.whole, self.vectors[kept], spans)


def token_vectors(
    whole: np.ndarray, states: np.ndarray, spans: Sequence[tuple[int, int]], special: Sequence[int | bool]
) -> TokenVectors:
    """From the last layer's states (length, dimension) of one text, with or without padding behind."""
    import numpy as np

    kept = [place for place, hidden in enumerate(special) if not hidden and spans[place][1] > spans[place][0]]
    vectors = states[kept]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    placed = tuple((int(spans[place][0]), int(spans[place][1])) for place in kept)
    return TokenVectors(whole.copy(), vectors / np.where(norms == 0, 1, norms), placed)
