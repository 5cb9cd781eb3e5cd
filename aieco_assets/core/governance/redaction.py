"""What names an erased customer or document in a text, a JSON value or the bytes of a file, and the text without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import quote

ERASED = "[erased]"
_FEWEST_CHARACTERS, _FEWEST_DIGITS = 4, 5  # of what is looked for in free text: shorter ones are any word or number
_MOST_SENTENCES = 5_000
_FEWEST_PLAIN = 3  # characters of a word by which texts are chosen that may hold it: `.md` at least
# The last letter of a line break, a tab, a letter with an accent or a blank, as JSON, Python and addresses write them.
_ESCAPED = r"(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})|(?<=\\x[0-9A-Fa-f]{2})|(?<=%[0-9A-Fa-f]{2})"
_PLAIN = re.compile(r"[0-9A-Za-z._-]+")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Traces:
    """`words`: ids, paths and hashes, which count where they stand by themselves; `sentences`: of a document.

    `rooted`: a word behind a slash is the end of another path. `too_short`: words that texts are not searched for;
    `too_many`: so many sentences that they are not searched for.
    """

    words: tuple[str, ...]
    sentences: tuple[str, ...] = ()
    rooted: bool = False
    too_short: tuple[str, ...] = ()
    too_many: int = 0

    @classmethod
    def of(cls, words: Iterable[str], sentences: Iterable[str] = (), rooted: bool = False) -> Traces:
        every = tuple(dict.fromkeys(words))
        long = tuple(one for one in every if len(one) >= (_FEWEST_DIGITS if one.isdigit() else _FEWEST_CHARACTERS))
        told = tuple(dict.fromkeys(sentences))
        short = tuple(one for one in every if one not in long)
        return cls(long, told[:_MOST_SENTENCES], rooted, short, len(told[_MOST_SENTENCES:]))

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """What a text must hold one of to be looked at."""
        words = (part for one in self.words for part in _plain_part(one))
        sentences = (spelling for one in self.sentences for spelling in _spellings(one))
        return tuple(dict.fromkeys((*words, *sentences)))

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
            before, after = rf"(?:(?<![0-9A-Za-z_-])(?<![0-9]\.)|{_ESCAPED})", r"(?:\.0+)?(?![.-]?[0-9A-Za-z_])"
            hashes = [one for one in self.words if _HASH.fullmatch(one)]
            others = [one for one in self.words if not _HASH.fullmatch(one)]
            parts += [rf"{before}(?:{'|'.join(hashes)}){after}"] if hashes else []
            root = "(?<!/)" if self.rooted else ""
            parts += [rf"{before}{root}(?:{'|'.join(map(_however_written, others))}){after}"] if others else []
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


def _plain_part(word: str) -> tuple[str, ...]:
    """The longest part that everybody writes as it is; every spelling of a word that has none."""
    part = max(_PLAIN.findall(word), key=len, default="")
    return (part,) if len(part) >= _FEWEST_PLAIN else _spellings(word)


def _however_written(word: str) -> str:
    """A pattern for the word as text, JSON, JSON in JSON to any depth, HTML and addresses have it."""
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    if _PLAIN.fullmatch(letter):
        return re.escape(letter)
    forms = [rf"\\*{re.escape(letter)}" if letter != "\\" else r"\\+", f"(?i:{re.escape(quote(letter, safe=''))})"]
    forms += [re.escape(escape(letter))] if escape(letter) != letter else []
    if not letter.isascii() or not letter.isprintable():
        units = json.dumps(letter)[1:-1]  # of a letter beyond 16 bits two
        forms.append(rf"(?i:{re.escape(units)})".replace(r"\\", r"\\+"))
    return f"(?:{'|'.join(forms + [re.escape('+')] * (letter == ' '))})"


def _spellings(text: str) -> tuple[str, ...]:
    """As it is, as JSON writes it (also with its letters as they are, and inside another JSON), as HTML and as an
    address does."""
    ascii_only, as_is = (json.dumps(text, ensure_ascii=only)[1:-1] for only in (True, False))
    nested = [json.dumps(one, ensure_ascii=only)[1:-1] for one in (ascii_only, as_is) for only in (True, False)]
    return tuple(dict.fromkeys((text, ascii_only, as_is, *nested, escape(text), quote(text))))


def _any_of(texts: Iterable[str]) -> str:
    every = {spelling for one in texts for spelling in _spellings(one)}
    return "|".join(map(re.escape, sorted(every, key=len, reverse=True)))
