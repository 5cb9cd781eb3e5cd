"""Mails (eml): who wrote when to whom about what, and the text; attachments are documents of their own."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.blocks import heading, page_of, text, title_of
from aieco_assets.core.knowledge.facts import facts_from
from aieco_assets.core.knowledge.parsed import Attachment, Facts, ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.eml_text import is_sealed, items_of_part, shown_parts

MOST_ATTACHMENTS, MOST_BYTES = 1_000, 100 * 1024 * 1024
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_TYPES = {media_type: suffix for suffix, media_type in reversed(DOCUMENT_TYPES.items())}


def parse(data: bytes) -> ParsedDocument:
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not any(message[name] for name in ("From", "Date", "Subject", "To")):
        raise UnreadableDocument("it is not a mail, whatever its name says")
    subject = _header(message, "Subject")
    items = [*([heading(subject)] if subject else [])]
    items += [text(f"{name}: {told}") for name in _SHOWN[:-1] if (told := _header(message, name))]
    for part in shown_parts(message):
        items += items_of_part(part)
    attachments, left = _attachments(message)
    names = [attachment.name for attachment in attachments]
    if names:
        items.append(text(f"Attachments: {', '.join(names)}"))
    page = page_of(items)
    warnings = [f"{left} attachments were left out: a mail may have {MOST_ATTACHMENTS:,}, of 100 MB."] if left else []
    if is_sealed(message):
        warnings.append("Its text is encrypted, and so are its attachments: save the mail without encryption.")
    facts = Facts(dated=_day(message), tags=facts_from({"keywords": _keywords(message)}).tags)
    return ParsedDocument(title_of(subject, [page]), (page,), facts, tuple(warnings), tuple(attachments))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except (ValueError, IndexError, AttributeError, TypeError):  # the library fails on some broken headers
        return ""


def _keywords(message: EmailMessage) -> list[str]:
    """What rights may go by (access.yaml), as of any document: RFC 5322 lets the header stand more than once."""
    try:
        return [" ".join(str(one).split()) for one in message.get_all("Keywords", [])]
    except (ValueError, IndexError, AttributeError, TypeError):
        return []


def _day(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _attachments(message: EmailMessage) -> tuple[list[Attachment], int]:
    found: list[Attachment] = []
    size = left = 0
    names: set[str] = set()
    for part in _files(message):
        name, media_type = _named(part, len(found) + 1)
        data = _bytes(part)
        if not media_type or not isinstance(data, bytes) or not data:
            continue
        size += len(data)
        if len(found) >= MOST_ATTACHMENTS or size > MOST_BYTES:
            left += 1
            continue
        if name in names:
            stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
            name = f"{stem} ({len(found) + 1}){suffix}"
        names.add(name)
        found.append(Attachment(name, media_type, data))
    return found, left


def _bytes(part: EmailMessage) -> object:
    if part.get_content_type() != "message/rfc822":
        return part.get_payload(decode=True)
    inner = part.get_payload()
    return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], EmailMessage) else None


def _files(message: EmailMessage) -> Iterator[EmailMessage]:
    """Parts that a reader of the mail gets as files; those of a mail that is attached belong to that mail."""
    for part in message.iter_parts() if message.is_multipart() else ():
        if not isinstance(part, EmailMessage):
            continue
        if part.get_content_type() == "message/rfc822" or part.is_attachment() or part.get_filename():
            yield part
        elif part.is_multipart():
            yield from _files(part)


def _named(part: EmailMessage, number: int) -> tuple[str, str]:
    """(name, media type) of a file; no media type for one that is no document."""
    name = PurePosixPath((part.get_filename() or "").replace("\\", "/").replace("!", "_")).name
    name = "".join(character for character in name if character.isprintable()).strip()
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in DOCUMENT_TYPES:
        return name, DOCUMENT_TYPES[suffix]
    kind = part.get_content_type()
    if kind in _TYPES and (not suffix or kind == "message/rfc822"):
        return (name or f"attachment-{number}") + _TYPES[kind], kind
    return name, ""
