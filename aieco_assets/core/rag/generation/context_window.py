"""The numbered passages that a model is shown, as many as its context takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.llm.interface import Llm
from aieco_assets.core.rag.verification.alignment import Passage, passage_of

_CHARACTERS_PER_TOKEN = 3  # a cautious guess for letters; what is no letter of these counts as a token
_TOKENS = 8_192  # of a model that does not say how many it reads
_PROMPT = 400  # tokens of the instructions and of the question


@dataclass(frozen=True)
class Source:
    """A passage as the model sees it: of which document and page."""

    title: str
    page: int
    passage: Passage


def fitting(sources: Sequence[Source], llm: Llm, max_tokens: int) -> list[Source]:
    """As many of them, best first, as the model's context takes, the last one cut between two units."""
    room = (llm.config.n_ctx or _TOKENS) - 2 * max_tokens - _PROMPT
    kept: list[Source] = []
    for source in sources:
        units = list(source.passage.units)
        for place, unit in enumerate(units):
            room -= _tokens(unit.plain.unit.text)
            if room < 0:
                units = units[:place]
                break
        if units:
            whole = len(units) == len(source.passage.units)
            kept.append(source if whole else replace(source, passage=passage_of(units)))
        if room < 0:
            break
    return kept


def halved(sources: Sequence[Source]) -> list[Source]:
    """The better half, where a text was too long after all; of one passage its first half; [] where none is left."""
    if len(sources) > 1:
        return list(sources[: len(sources) // 2])
    units = sources[0].passage.units if sources else ()
    if len(units) < 2:
        return []
    return [replace(sources[0], passage=passage_of(units[: len(units) // 2]))]


def shown(sources: Sequence[Source]) -> str:
    return numbered([(one.title, one.page, one.passage.text) for one in sources])


def numbered(passages: Iterable[tuple[str, int, str]]) -> str:
    """Title, page and text of each as the model is shown them, and as one is trained on them."""
    return "\n\n".join(
        f"[{number}] {title}, page {page}\n{text}" for number, (title, page, text) in enumerate(passages, start=1)
    )


def _tokens(text: str) -> int:
    letters = sum(character < "\u0250" for character in text)
    return letters // _CHARACTERS_PER_TOKEN + len(text) - letters + 1
