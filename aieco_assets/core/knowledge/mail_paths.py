"""How documents are called that came with a mail: `MAIL.eml!ATTACHMENT`."""

from __future__ import annotations

import re

INSIDE = "!"
_MAIL = re.compile(rf"(.*?\.eml){INSIDE}", re.IGNORECASE | re.DOTALL)


def mail_of(path: str) -> str:
    """The mail of the source whose bytes hold this document; "" of one that came with none."""
    found = _MAIL.match(path) if INSIDE in path else None  # of a hundred thousand files, hardly any
    return found[1] if found else ""
