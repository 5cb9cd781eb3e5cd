"""What names an erased customer or document in a text, a JSON value or the bytes of a file, and the text without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

ERASED = "[erased]"
_FEWEST_CHARACTERS, _FEWEST_DIGITS = 4, 5  # of what is looked for in free text: shorter ones are any word or number
_MOST_SENTENCES = 5_000
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Traces:
    """`words`: ids, paths and hashes, which count where they stand by themselves; `sentences`: of a document.

    `rooted`: a word behind a slash is the end of another path. `too_short`: words that texts are not searched for.
    """

    words: tuple[str, ...]
    sentences: tuple[str, ...] = ()
    rooted: bool = False
    too_short: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str], sentences: Iterable[str] = (), rooted: bool = False) -> Traces:
        every = tuple(dict.fromkeys(words))
        long = tuple(one for one in every if len(one) >= (_FEWEST_DIGITS if one.isdigit() else _FEWEST_CHARACTERS))
        told = tuple(dict.fromkeys(sentences))[:_MOST_SENTENCES]
        return cls(long, told, rooted, tuple(one for one in every if one not in long))

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Every spelling, the parts of which a text must hold to be looked at."""
        return tuple(dict.fromkeys(spelling for one in (*self.words, *self.sentences) for spelling in _spellings(one)))

    @cached_property
    def encoded(self) -> tuple[bytes, ...]:
        """The needles as bytes of a file."""
        codecs = ("utf-8", "utf-16-le", "utf-16-be")
        return tuple({one.encode(codec, "replace") for one in self.needles for codec in codecs})

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = []
        if self.words:
            # Not a part of another word, number or identifier: 12345 is none of 123456, 12345.6, A12345 and ab-12345-c.
            before, after = r"(?<![0-9A-Za-z_-])(?<![0-9]\.)", r"(?:\.0+)?(?![.-]?[0-9A-Za-z_])"
            hashes = [one for one in self.words if _HASH.fullmatch(one)]
            others = [one for one in self.words if not _HASH.fullmatch(one)]
            parts += [rf"{before}(?:{_any_of(hashes)}){after}"] if hashes else []
            root = "(?<!/)" if self.rooted else ""
            parts += [rf"{before}{root}(?:{_any_of(others)}){after}"] if others else []
        if self.sentences:
            parts.append(f"(?:{_any_of(self.sentences)})")
        return re.compile("|".join(parts)) if parts else None

    def named_in(self, text: str) -> bool:
        return bool(self._pattern and self._pattern.search(text))

    def redacted_text(self, text: str) -> str:
        return self._pattern.sub(ERASED, text) if self._pattern else text

    def redacted(self, value: Any) -> Any:
        """The same value without the traces; numbers and what is no text stay as they are, JSON in a text is JSON."""
        if isinstance(value, str):
            return self._redacted_string(value)
        if isinstance(value, list | tuple):
            return [self.redacted(one) for one in value]
        if isinstance(value, dict):
            return {self.redacted_text(str(name)): self.redacted(one) for name, one in value.items()}
        return value

    def _redacted_string(self, text: str) -> str:
        if not self.named_in(text):
            return text
        if text[:1] in "{[":
            try:
                return json.dumps(self.redacted(json.loads(text)))
            except (ValueError, RecursionError):
                pass
        return self.redacted_text(text)


def _spellings(text: str) -> tuple[str, ...]:
    """As it is, as JSON writes it, and as an address does."""
    return (text, json.dumps(text)[1:-1], quote(text))


def _any_of(texts: Iterable[str]) -> str:
    every = {spelling for one in texts for spelling in _spellings(one)}
    return "|".join(map(re.escape, sorted(every, key=len, reverse=True)))
