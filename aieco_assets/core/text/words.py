"""Words, numbers and names of a text, as evidence selection and verification compare them. No models, no I/O."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock
from typing import Any

from aieco_assets.core.text.vocabulary import (
    CLAIM_FREE,
    NEGATIONS,
    REVERSALS,
    SMALL_NUMBERS,
    STOP_WORDS,
)

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# The raised number of a note is no part of the word or number before it; after a unit it is a power (m²).
_RAISED = re.compile(r"(?<=[^\W_])(?<!\b[a-zµμ])(?<!\b[cdkm]m)(?<!\bft)(?<!\bin)[⁰¹²³⁴-⁹]+|(?<![^\W_])[⁰¹²³⁴-⁹]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:/\u00a0\u202f'’-]\d+)*")
_TOKEN = re.compile(rf"{_NUMBER.pattern}|{_WORD.pattern}")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•]\s+|\n)\W*$")
_SENTENCE = 1_000  # characters; of longer texts nothing is kept
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(SMALL_NUMBERS) if value > 1} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
    "hundred": "100",
}


def clean(text: str) -> str:
    """A quote as it is shown: one line, wrapped hyphens joined. Never used for offsets."""
    text = re.sub(r"(?<=\w)[\u00ad\ufffe]\s*(?=\w)", "-", text).replace("\u00ad", "")
    text = re.sub(r"(?<=\d)-\s*\n\s*(?=\d)", "-", text)
    return re.sub(r"\s+", " ", text).strip()


def _folded(text: str) -> str:
    """One spelling of each character, without the marks of notes: `30⁶` is thirty."""
    return unicodedata.normalize("NFKC", _RAISED.sub(" ", text))


def words(text: str) -> list[str]:
    """Lower-case words in order; each CJK character is a word of its own."""
    return list(_words_of_sentence(text) if len(text) <= _SENTENCE else _words(text))


def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _WORD.finditer(_folded(text).replace("’", "'").casefold()):
        word = match.group()
        if _CJK.search(word):
            found.extend(word)
        else:
            found.append(word)
    return tuple(found)


# Every question asks for those of the same sentences again, many times: a third of the time of the evidence.
_words_of_sentence = lru_cache(maxsize=16_384)(_words)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What the forms of an English word have in common, by Snowball's stemmer; words of other scripts, and numbers, as
    they are."""
    word = word.removesuffix("'s")
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    with _STEMMING:
        return _stemmer().stemWord(word)


_STEMMING = Lock()  # a stemmer works on one word at a time, which it keeps in itself


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def content(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, numbers included."""
    return [stem(w) for w in words(text) if w not in STOP_WORDS and w not in NEGATIONS]


def claim(text: str) -> list[str]:
    """Every word, in order, that bears on what is claimed: stems, numbers by value, all negations as `not`."""
    found = []
    for match in _TOKEN.finditer(_folded(clean(text))):
        word = match.group()
        if word[0].isdigit():
            found.append(normal_number(word))
            continue
        for part in words(word):
            if part in NEGATIONS:
                found.append("not")
            elif part not in CLAIM_FREE:
                found.append(_NUMBER_WORDS.get(part) or stem(part))
    return found


def numbers(text: str) -> list[str]:
    """Numbers, dates, phone numbers of a text in one spelling: `$1,000.00` -> `1000`, `2023-03-05` -> `2023-3-5`."""
    return list(_numbers_of_sentence(text) if len(text) <= _SENTENCE else _numbers(text))


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(normal_number(m.group()) for m in _NUMBER.finditer(_folded(clean(text))))


_numbers_of_sentence = lru_cache(maxsize=16_384)(_numbers)


def normal_number(raw: str) -> str:
    value = re.sub(r"[\u00a0\u202f'’ ]", "", raw)
    value = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", value)
    if re.fullmatch(r"\d+[.,]\d+", value):
        whole, _, part = value.replace(",", ".").partition(".")
        part = part.rstrip("0")
        return f"{int(whole)}.{part}" if part else str(int(whole))
    return "-".join(part.lstrip("0") or "0" for part in re.split(r"(?:[-/:.,])", value)) if value else raw


def number_words(text: str) -> list[str]:
    """Spelt-out numbers from two upwards as digits (`one` is mostly a pronoun)."""
    return [_NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS]


def emails(text: str) -> list[str]:
    return [match.group().lower() for match in _EMAIL.finditer(text)]


def urls(text: str) -> list[str]:
    return [match.group().lower() for match in _URL.finditer(text)]


def names(text: str) -> list[str]:
    """Capitalised words that are not merely the first word of a sentence, lower-cased; acronyms always."""
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        if not word[0].isupper() or word.casefold() in STOP_WORDS | NEGATIONS:
            continue
        acronym = len(word) > 1 and word.isupper()
        if acronym or not _SENTENCE_START.search(text[: match.start()]):
            found.append(word.replace("’", "'").casefold().removesuffix("'s"))
    return found


def negated(text: str) -> bool:
    """Whether the text denies or excludes something."""
    return any(w in NEGATIONS or w in REVERSALS or w.endswith("n't") for w in words(text))
