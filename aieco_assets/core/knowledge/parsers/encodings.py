"""Bytes as text, whatever program wrote them."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from aieco_assets.core.knowledge.parsed import UnreadableDocument

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What html and xml say of themselves at their beginning.
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_LOOKED_AT = 4_096
_SAMPLE = 200_000
# Letters of Central Europe as they look when taken for Western ones; š, ž and ý are in no big language of the West.
_CENTRAL = re.compile(r"[šžýŠŽÝ]|[^\W\d_][³¹¿][^\W\d_]")
_ICELANDIC = re.compile(r"[þðæÞÐÆ]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_CYRILLIC = 0.6  # share of the letters of a Cyrillic text that are no ASCII


def decode(data: bytes, declared: bool = False) -> str:
    """The text. `declared`: its beginning may say how it is written (html). Raises UnreadableDocument.

    A mark at the start, then UTF-8, then what is declared, then the code page of Windows that the letters speak for.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return data.decode(encoding)
            raise UnreadableDocument("its text is neither UTF-8, UTF-16 nor of Windows")
    if b"\0" in data:
        return _without_mark(data)
    if not declared or not data.isascii():
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8")
    told = _DECLARED.search(data[:_LOOKED_AT]) if declared else None
    if told is not None:
        name = told[1].decode("ascii").lower()
        # Browsers take these for the code page of Windows, which has more letters.
        name = "cp1252" if name in ("iso-8859-1", "latin1", "ascii", "us-ascii") else name
        with suppress(LookupError, UnicodeDecodeError):
            return data.decode("utf-8" if data.isascii() and name.startswith("utf") else name)
    return _of_windows(data)


def _without_mark(data: bytes) -> str:
    """UTF-16 whose mark was lost: of Latin text every other byte is zero."""
    even, odd = (data[start:_SAMPLE:2].count(0) / max(1, len(data[start:_SAMPLE:2])) for start in (0, 1))
    if max(even, odd) > 0.4 and min(even, odd) < 0.05:
        with suppress(UnicodeDecodeError):
            return data.decode("utf-16-le" if odd > even else "utf-16-be")
    raise UnreadableDocument("it is not a text file, whatever its name says")


def _of_windows(data: bytes) -> str:
    western = data.decode("cp1252", "replace")
    sample = western[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    if len(_NOT_ASCII.findall(sample)) > _CYRILLIC * max(1, letters):
        order = ("cp1251", "cp1252")
    elif "\ufffd" in western or (_CENTRAL.search(sample) and not _ICELANDIC.search(sample)):
        order = ("cp1250", "cp1252")
    else:
        order = ("cp1252",)
    for encoding in order:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise UnreadableDocument("its text is neither UTF-8, UTF-16 nor of Windows")
