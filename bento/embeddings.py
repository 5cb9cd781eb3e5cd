"""OpenAI's embeddings: the texts that are taken, and the vectors as the client wants them written."""

from __future__ import annotations

import base64
import unicodedata
from typing import Any

from aieco_assets.core.errors import AiecoError
from bento.openai_schemas import EmbeddingsRequest
from bento.request_limits import EMBEDDED_CHARACTERS, EMBEDDED_TEXTS

_TOKENS = (
    "input: takes texts, not token numbers, which are of another tokenizer: set check_embedding_ctx_length=False in"
    " LangChain's OpenAIEmbeddings, or send the text."
)


def texts_of(asked: EmbeddingsRequest) -> list[str]:
    """The texts to embed. Raises AiecoError when there is none, too many or too long ones, or one that is not text."""
    given = [asked.input] if isinstance(asked.input, str) else asked.input
    if any(isinstance(one, int | list) for one in given):
        raise AiecoError(_TOKENS)
    if not 0 < len(given) <= EMBEDDED_TEXTS:
        raise AiecoError(f"input: takes 1 to {EMBEDDED_TEXTS} texts at a time, not {len(given)}: send them in batches.")
    return [_checked(one, f"text {place}" if len(given) > 1 else "the text") for place, one in enumerate(given, 1)]


def dimensions_of(asked: EmbeddingsRequest, there: int) -> None:
    """Raises AiecoError where vectors of another length are asked for."""
    if asked.dimensions not in (None, there):
        raise AiecoError(f"dimensions: this embedder's vectors have {there} and can't be shortened: leave it out.")


def embedding_list(asked: EmbeddingsRequest, texts: list[str], vectors: list[list[float]]) -> dict[str, Any]:
    """OpenAI's list of embeddings, in the order of the texts."""
    # Counted in words: the encoder keeps its tokens to itself.
    words = sum(len(text.split()) for text in texts)
    data = [
        {"object": "embedding", "index": place, "embedding": _encoded(vector, asked.encoding_format)}
        for place, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "data": data, "model": asked.model, "usage": usage}


def _checked(text: Any, which: str) -> str:
    if not isinstance(text, str):
        raise AiecoError(f"input: {which} is no text: send strings.")
    if not text.strip():
        raise AiecoError(f"input: {which} is empty: leave it out.")
    if len(text) > EMBEDDED_CHARACTERS:
        raise AiecoError(
            f"input: {which} has {len(text)} characters: split it, {EMBEDDED_CHARACTERS} are taken at most."
        )
    odd = next(
        (one for one in text if one == "\ufffd" or _is_control(one)),
        "",
    )
    if odd:
        raise AiecoError(f"input: {which} holds the character U+{ord(odd):04X}, which is none of a text: take it out.")
    return text.strip()


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t"


def _encoded(vector: list[float], form: str) -> list[float] | str:
    """Numbers, or little-endian float32 in base64: what OpenAI's own client asks for."""
    if form == "float":
        return vector
    import numpy as np

    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
