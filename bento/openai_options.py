"""What a client's options do to the answer's text, and the options that are refused because they can't be honoured."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aieco_assets.core.contracts import Answer
from aieco_assets.core.errors import AiecoError

_PIECE = re.compile(r"\s*\S+")
_LETTERS_OF_A_TOKEN = 4  # as OpenAI's own rule of thumb has it; there is no tokenizer of theirs here
_CHOOSING = ("required", "any")


@dataclass(frozen=True)
class Said:
    """The text that a client gets. `cut`: its limit of tokens left something out."""

    text: str
    cut: bool = False


def refuse_tools(field: str, choice: str | dict[str, Any] | None) -> None:
    """Raises AiecoError where a tool has to be called. Tools that may be called are never called, which is allowed."""
    if isinstance(choice, dict) and choice.get("type") != "allowed_tools":
        raise AiecoError(f"{field}: no tools are called here: leave it out, or set it to auto or none.")
    mode = choice.get("mode") if isinstance(choice, dict) else choice
    if mode in _CHOOSING:
        raise AiecoError(f"{field}: no tools are called here: leave it out, or set it to auto or none.")
    if mode not in (None, "auto", "none"):
        raise AiecoError(f"{field}: is auto, none or required; no tools are called here.")


def wants_json(field: str, form: dict[str, Any] | None) -> bool:
    """Whether the text is to be a JSON object. Raises AiecoError for a schema of the client's: no quote fits one."""
    kind = (form or {"type": "text"}).get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise AiecoError(f"{field}: its type is text or json_object.")
    if kind == "json_schema":
        raise AiecoError(
            f"{field}: an answer can't be brought into a schema of yours: use json_object, whose fields are answer,"
            " abstained and sources."
        )
    return kind == "json_object"


def as_json(answer: Answer) -> str:
    """The answer as a JSON object of `answer`, `abstained` and `sources`; `rows` where a number has groups."""
    sources = dict.fromkeys((citation.document, citation.page) for citation in answer.citations)
    found: dict[str, Any] = {
        "answer": answer.answer,
        "abstained": answer.abstained,
        "sources": [{"document": document, "page": page} for document, page in sources],
    }
    if answer.metric:
        found |= {"metric": answer.metric.name, "value": answer.metric.value}
        found["rows"] = [{"label": row.label, "value": row.value} for row in answer.metric.rows]
    return json.dumps(found, ensure_ascii=False)


def limited(text: str, stop: str | Sequence[str] | None, tokens: int | None) -> Said:
    """The text before the first of `stop`, and of that at most `tokens`, whole words only.

    A word counts as a token for each four of its letters, at least one.
    """
    places = [place for one in _listed(stop) if one and (place := text.find(one)) >= 0]
    text = text[: min(places)] if places else text
    if tokens is None:
        return Said(text)
    end = used = 0
    for piece in _PIECE.finditer(text):
        used += tokens_of(piece.group())
        if used > tokens:
            return Said(text[:end], cut=True)
        end = piece.end()
    return Said(text)


def tokens_of(text: str) -> int:
    """About how many tokens a text has."""
    return sum(-(-len(word) // _LETTERS_OF_A_TOKEN) for word in text.split())


def pieces(text: str) -> list[str]:
    """The text in the pieces that a stream brings, white space kept."""
    found = _PIECE.findall(text)
    rest = text[sum(map(len, found)) :]
    return [*found, rest] if rest else found


def _listed(stop: str | Sequence[str] | None) -> Sequence[str]:
    return [stop] if isinstance(stop, str) else stop or ()
