"""What names an erased customer or document in a text, a JSON value or the bytes of a file, and the text without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

ERASED = "[erased]"
_FEWEST_CHARACTERS = 4  # of an id that is looked for in free text: a shorter one is any number
_MOST_SENTENCES = 5_000


@dataclass(frozen=True)
class Traces:
    """`words`: ids, paths and hashes, which count where they stand by themselves; `sentences`: of a document."""

    words: tuple[str, ...]
    sentences: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str], sentences: Iterable[str] = ()) -> Traces:
        long = [word for word in words if len(word) >= _FEWEST_CHARACTERS]
        return cls(tuple(dict.fromkeys(long)), tuple(dict.fromkeys(sentences))[:_MOST_SENTENCES])

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Every spelling: as it is, and as JSON writes it."""
        told = (*self.words, *self.sentences)
        return tuple(dict.fromkeys([*told, *(json.dumps(one)[1:-1] for one in told)]))

    @cached_property
    def encoded(self) -> tuple[bytes, ...]:
        """The needles as bytes of a file."""
        codecs = ("utf-8", "utf-16-le", "utf-16-be")
        return tuple({one.encode(codec, "replace") for one in self.needles for codec in codecs})

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        def spelled(texts: Iterable[str]) -> str:
            every = {spelling for one in texts for spelling in (one, json.dumps(one)[1:-1])}
            return "|".join(map(re.escape, sorted(every, key=len, reverse=True)))

        parts = []
        if self.words:
            # Not a part of another word or number: 12345 is none of 123456, 12345.6 and A12345.
            parts.append(rf"(?<![0-9A-Za-z_])(?<![0-9]\.)(?:{spelled(self.words)})(?:\.0+)?(?!\.?[0-9A-Za-z_])")
        if self.sentences:
            parts.append(f"(?:{spelled(self.sentences)})")
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
