"""The language of a text, by py3langid: a classifier of letters' sequences that fits in 4 MB and asks no network."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

_SAMPLE = 4_000  # characters
_LEAST_WORDS = 3  # different ones: names and the letters of a list are in no language
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN = "\u024f"  # its letters end there
NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def language_of(text: str, sure: float = 0.9) -> str:
    """Two letters (ISO 639-1, a key of NAMES); empty where it can't be told. `sure`: probability that it takes."""
    sample = text[:_SAMPLE]
    in_latin = not any(letter > _LATIN and letter.isalpha() for letter in sample)
    if in_latin and len(set(_WORD.findall(sample.lower()))) < _LEAST_WORDS:
        return ""
    (language, best), *others = _identifier().rank(sample)
    return language if 1 / (1 + sum(math.exp(score - best) for _, score in others)) >= sure else ""


def load() -> None:
    """Reads the classifier, once per process (0.5 s): it unpacks itself into a temporary file, which a process that may
    write none must have done before."""
    _identifier().rank("")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    import py3langid

    py3langid.set_languages(sorted(NAMES))
    return py3langid
