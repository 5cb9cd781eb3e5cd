"""Values that are known by their form alone, without a model: what is masked before a line is on disk.

The check digits are those of ISO/IEC 7812 (cards) and ISO 13616 (IBAN).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from aieco_assets.core.governance.personal_data_kinds import Found

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# The issuers' first digits: years and most numbers of articles begin otherwise.
CARD_STARTS = r"(?:2131|2[2-7]\d{2}|3[04-9]\d{2}|[4-6]\d{3})"
_CARD = re.compile(rf"(?<![\w-]){CARD_STARTS}(?:[\s.-]?\d){{10,15}}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4})(?![\w:]|\.\d)", re.IGNORECASE
)
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,7}(?!\w)")
_NUMBER = r"(?:[a-z]{1,8}[-_]?)?\d{3,}\w*"  # 17850, C-17850, KD70413
_CUSTOMER = re.compile(
    r"\b(?:customer|client)s?\W{1,3}(?:(?:id|no|nr|number)s?\W{1,3})?"
    rf"(?P<value>{_NUMBER}(?:(?:,|\s+and|\s+or)+\s+{_NUMBER})*)",
    re.IGNORECASE,
)


def find_forms(text: str, kinds: Iterable[str]) -> list[Found]:
    """Values of these kinds, as far as their form alone tells them."""
    found = []
    for kind in kinds:
        if kind not in _FORMS:
            continue
        form, holds = _FORMS[kind]
        group = "value" if "value" in form.groupindex else 0
        for match in form.finditer(text):
            if value := holds(match[group]):
                start = match.start(group)
                found.append(Found(kind, start, start + len(value)))
    return found


def _any(text: str) -> str:
    return text


def _card(text: str) -> str:
    """The longest beginning whose check digit is right: the month that follows looks like more of it."""
    for end in range(len(text), 13, -1):
        digits = [int(char) for char in reversed(text[:end]) if char.isdigit()]
        whole = text[end - 1].isdigit() and not text[end : end + 1].isdigit()
        if whole and len(digits) >= 14 and len(set(digits)) > 1 and _luhn(digits) == 0:
            return text[:end]
    return ""


def _luhn(digits: list[int]) -> int:
    """Of the digits from the last to the first; 0 where the last one checks the others."""
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10


def _iban(text: str) -> str:
    """The longest beginning whose check digits are right: words that follow look like more of it."""
    for end in range(len(text), 14, -1):
        plain = text[:end].replace(" ", "").upper()
        if 15 <= len(plain) <= 34 and text[end - 1] != " " and text[end : end + 1] in ("", " "):
            number = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
            if int(number) % 97 == 1:
                return text[:end]
    return ""


def _ip(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return text if address.version == 4 or (len(text) > 6 and any(char.isdigit() for char in text)) else ""


_FORMS: dict[str, tuple[re.Pattern[str], Callable[[str], str]]] = {
    "email_address": (_EMAIL, _any),
    "card_number": (_CARD, _card),
    "iban": (_IBAN, _iban),
    "ip_address": (_IP, _ip),
    "phone_number": (_PHONE, _any),
    "customer_number": (_CUSTOMER, _any),
}
