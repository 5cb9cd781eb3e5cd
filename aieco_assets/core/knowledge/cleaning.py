"""Text as people read it: the form in which pages are stored and quotes are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

# pdfium writes U+FFFE where a hyphen ended a line; U+00AD is the soft hyphen of every other format.
_BROKEN_WORD = re.compile(r"\b(\w+)[\ufffe\u00ad][ \t]*\n?[ \t]*(\w+)")
_WORD = re.compile(r"\w+(?:-\w+)*")
# Ligatures and the presentation forms of Hebrew and Arabic stand for ordinary letters; nothing else is folded.
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]+")
_BULLETS = "\uf0b7\uf0a7\uf076\uf0d8"  # as Word's symbol fonts leave them
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SPACES = re.compile(r"[ \t]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def vocabulary(texts: Iterable[str]) -> set[str]:
    """The lower-case words of a document, hyphenated ones whole: the evidence for mending words cut at line ends."""
    return {word.lower() for text in texts for word in _WORD.findall(text)}


def clean(text: str, words: AbstractSet[str] = frozenset()) -> str:
    """NFC, words mended at line ends, invisible characters gone, one kind of space and line end; lines are kept.

    Idempotent. Invisible: control, format (zero-width, bidi, tags), private-use, surrogate and unassigned characters.
    """
    text = _LINE_ENDS.sub("\n", text)
    if "\ufffe" in text or "\u00ad" in text:
        text = _BROKEN_WORD.sub(lambda match: _mend(match, words), text)
    text = _PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    visible = text.translate(_VISIBLE)
    lines = (line.strip() for line in _SPACES.sub(" ", visible).split("\n"))
    return _BLANK_LINES.sub("\n\n", unicodedata.normalize("NFC", "\n".join(lines))).strip()


class _Visible(dict[int, str]):
    """What is seen of a character, for str.translate; filled as characters come."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        seen = "•" if character in _BULLETS else character
        if seen == character and character not in "\n\t" and category[0] == "C":
            seen = ""
        elif category == "Zs":
            seen = " "
        self[code] = seen
        return seen


_VISIBLE = _Visible()


def _mend(match: re.Match[str], words: AbstractSet[str]) -> str:
    """Join the halves of a hyphenated word, or give a compound its hyphen back, whichever the document suggests."""
    first, second = match[1], match[2]
    joined, compound = f"{first}{second}", f"{first}-{second}"
    if first[-1].isdigit() or second[0].isdigit() or compound.lower() in words:
        return compound
    if joined.lower() in words:
        return joined
    knows_first, knows_second = first.lower() in words, second.lower() in words
    likely = (knows_second and (knows_first or len(second) > 4)) or (knows_first and len(first) > 3)
    return compound if likely else joined
