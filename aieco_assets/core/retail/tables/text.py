"""Bytes -> text: UTF-8 with or without its mark, UTF-16, or what Windows of western Europe writes."""

from __future__ import annotations

import codecs
import re

from aieco_assets.core.retail.records import CutOff, UnreadableFile

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8_CHARACTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")


def decode(data: bytes, encoding: str | None = None) -> str:
    """The text of a file, with line ends as they are but for those of old Macs. `encoding`: what the mapping says.

    Raises UnreadableFile, CutOff when the last character is not whole.
    """
    text = _decoded(data, encoding or _marked(data))
    if "\0" in text:
        raise UnreadableFile("it holds NUL characters: it is no text file")
    if "\r" in text[:65536] and "\n" not in text[:65536]:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _marked(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    if len(head) >= 8 and head.count(0) > len(head) // 3:  # every other byte of western text in UTF-16
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    return None


def _decoded(data: bytes, encoding: str | None) -> str:
    if encoding and encoding.lower().replace("-", "") == "utf8":
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding or "utf-8")
    except (UnicodeDecodeError, UnicodeError) as error:
        start = getattr(error, "start", 0)
        line = data.count(b"\n", 0, start) + 1
        if getattr(error, "reason", "") in ("unexpected end of data", "truncated data"):
            raise CutOff(f"its last character is not whole (line {line}): is it still being written?") from None
        reason = UnreadableFile(
            f"it is not {(encoding or 'UTF-8').upper()} (byte {start}, line {line}):"
            " say how it is written in shop.yaml (written.encoding: cp1252)"
        )
    if encoding or len(_UTF8_CHARACTER.findall(data)) > 1:
        raise reason  # some of it is UTF-8, so the rest is not just another encoding
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise reason from None
