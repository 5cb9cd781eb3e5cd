"""The tokens of rich text (rtf), and its bytes as characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]+)(?P<number>-?\d{1,9})? ?|\\'(?P<coded>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|[\r\n]+|(?P<plain>[^\\{}\r\n]+)"
)
# Groups that hold no text of the document.
NOT_TEXT = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "generator", "pict", "object", "listtable", "listoverridetable"}
    | {"revtbl", "rsidtbl", "themedata", "filetbl", "colorschememapping", "datastore", "latentstyles", "xmlnstbl"}
    | {"fldinst", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "pgptbl", "annotation", "atnid"}
    | {"atnauthor", "atnref", "atndate", "atnicn", "bkmkstart", "bkmkend", "nonshppict", "objdata", "pntxta"}
    | {"pntxtb", "mmathPr", "xe", "tc", "private", "sp", "shprslt", "nonesttables", "formfield", "datafield", "picprop"}
)
KEPT_STARRED = frozenset({"shppict", "shptxt", "shpinst", "cs", "ud", "upr", "footnote"})
SIGNS = {
    "line": "\n", "tab": " ", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
ESCAPED = {b"~": "\u00a0", b"_": "-", b"-": "\u00ad", b"\\": "\\", b"{": "{", b"}": "}"}


class Token(NamedTuple):
    """`kind`: word, coded (a byte in hexadecimal), sign, brace or plain. `number`: of a word."""

    kind: str
    value: bytes
    number: int | None = None


def tokens(data: bytes) -> Iterator[Token]:
    place = 0
    while match := _TOKEN.search(data, place):
        place = match.end()
        kind = match.lastgroup
        if kind is None:  # a line end of the file, which is none of the text
            continue
        if kind == "number":
            word, number = match["word"], int(match["number"])
            if word == b"bin":  # bytes of a picture, which look like anything
                place += max(0, number)
            else:
                yield Token("word", word, number)
        else:
            yield Token(kind, match[kind])


class Characters:
    """Bytes that came one by one as characters of the font that they are written in, Asian ones from two bytes each."""

    def __init__(self) -> None:
        self._codepage = "cp1252"
        self._fonts: dict[int, str] = {}
        self._bytes = bytearray()
        self._font = 0
        self._skipped = 0  # bytes still to skip: they stand for the Unicode character before them
        self._high = 0  # first half of a Unicode character beyond the first 65,536

    def codepage(self, number: int | str) -> None:
        self._codepage = f"cp{number}" if isinstance(number, int) else number

    def charset(self, font: int, number: int) -> None:
        self._fonts[font] = _CHARSETS.get(number, "")

    def add(self, data: bytes, font: int) -> None:
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        self._bytes += data[skipped:]
        self._font = font

    def taken(self) -> str:
        """What was gathered."""
        data, self._bytes = self._bytes, bytearray()
        codepage = self._fonts.get(self._font) or self._codepage
        try:
            return data.decode(codepage)
        except (UnicodeDecodeError, LookupError):
            return data.decode("latin-1")

    def unicode(self, number: int, skip: int) -> str:
        """The character of a \\u; empty for the first half of one."""
        self._skipped = skip
        code, high, self._high = number % 65_536, self._high, 0
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return ""
        if 0xDC00 <= code < 0xE000:
            return chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00) if high else ""
        return chr(code)

    def end_skipping(self) -> None:
        self._skipped = 0
