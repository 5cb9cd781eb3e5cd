"""What a mail shows of its text: of each part the form that is read best, in the order of the parts."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage, Message

from aieco_assets.core.knowledge.blocks import Item, text
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers.encodings import decode
from aieco_assets.core.knowledge.parsers.html import items_of

_READ = ("text/html", "text/plain")
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")


def is_sealed(message: EmailMessage) -> bool:
    """Whether its text is encrypted."""
    return message.get_content_type() in _SEALED


def shown_parts(message: Message) -> Iterator[EmailMessage]:
    """The parts that a reader of the mail sees one below the other; attachments are none of them."""
    if not isinstance(message, EmailMessage):
        return
    kind = message.get_content_type()
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if message.is_attachment() or message.get_filename() or kind == "message/rfc822":
        return
    if kind == "multipart/alternative":
        # Tables and lists are lost in the plain one.
        forms = [found for part in parts if (found := list(shown_parts(part)))]
        rich = (form for form in forms if any(part.get_content_type() == "text/html" for part in form))
        yield from next(rich, forms[-1] if forms else [])
    elif kind == "multipart/related":
        yield from shown_parts(parts[0]) if parts else ()
    elif parts:
        for part in parts:
            yield from shown_parts(part)
    elif kind in _READ or kind.startswith("multipart/"):  # the latter has lost its parts
        yield message


def items_of_part(part: EmailMessage) -> list[Item]:
    words = _content(part)
    if part.get_content_type() == "text/html":
        return items_of(words)
    return [text(_unwrapped(words, part) if _param(part, "format") == "flowed" else words)]


def _param(part: EmailMessage, name: str) -> str:
    return str(part.get_param(name, "")).lower()


def _content(part: EmailMessage) -> str:
    try:
        words = str(part.get_content())
    except (LookupError, ValueError, KeyError):
        words = ""
    if words and "\ufffd" not in words:
        return words
    # The mail names an encoding that nobody knows, or another than it has.
    data = part.get_payload(decode=True)
    try:
        return decode(data, declared=True) if isinstance(data, bytes) else str(part.get_payload())
    except UnreadableDocument:
        return words


def _unwrapped(words: str, part: EmailMessage) -> str:
    """Lines that a program broke (RFC 3676) are one again; quotes keep their marks."""
    told: list[list[str]] = []
    no_spaces = _param(part, "delsp") == "yes"
    before: int | None = None  # how deep the line before is quoted, where it goes on
    for line in words.splitlines():
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        goes_on = bare.endswith(" ") and bare != "-- "
        shown = bare[:-1] if goes_on and no_spaces else bare
        if before == depth and told:
            told[-1].append(shown)
        else:
            told.append([f"{'>' * depth} {shown}" if depth else shown])
        before = depth if goes_on else None
    return "\n".join(map("".join, told))
