"""The kinds of personal data that are told apart: their names in pii.yaml, and what stands for a masked value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`label`: stands as <LABEL> for a masked value. `entities`: presidio's names for it. `named`: in sentences."""

    label: str
    named: str
    entities: tuple[str, ...] = ()


KINDS = {
    "name": Kind("PERSON", "a person's name", ("PERSON",)),
    # By form alone: presidio's pattern takes minutes for a page of signs, and its check fetches a list of domains.
    "email_address": Kind("EMAIL_ADDRESS", "an email address"),
    "phone_number": Kind("PHONE_NUMBER", "a phone number", ("PHONE_NUMBER",)),
    "card_number": Kind("CREDIT_CARD", "a card number", ("CREDIT_CARD",)),
    "iban": Kind("IBAN_CODE", "an IBAN", ("IBAN_CODE",)),
    "address": Kind("ADDRESS", "an address", ("STREET_ADDRESS",)),
    "date_of_birth": Kind("DATE_OF_BIRTH", "a date of birth", ("DATE_OF_BIRTH",)),
    "national_id": Kind(
        "NATIONAL_ID", "a national id", ("US_SSN", "US_ITIN", "US_DRIVER_LICENSE", "UK_NINO", "ES_NIF")
    ),
    "ip_address": Kind("IP_ADDRESS", "an IP address", ("IP_ADDRESS",)),
    "customer_number": Kind("CUSTOMER", "a customer number"),
}
LEAST_DIGITS = {"card_number": 12, "iban": 2}  # of a value of the kind, whatever recogniser finds it
OF_ENTITY = {entity: name for name, kind in KINDS.items() for entity in kind.entities}


@dataclass(frozen=True)
class Found:
    """A value of a kind: `text[start:end]`."""

    kind: str
    start: int
    end: int


def masked(text: str, found: list[Found]) -> str:
    """The text with <LABEL> for each value; of values that overlap, the one that begins first stands for both."""
    told, end = [], 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            told += [text[end : one.start], f"<{KINDS[one.kind].label}>"]
        end = max(end, one.end)
    return "".join([*told, text[end:]])
