"""What announces a name, a phone number, a birthday or an address, as patterns with presidio's scores.

They are of the package `regex`, as presidio's are: what stands behind `(?<=` may have any length. Capitals don't count
but in `(?-i:...)`.
"""

from __future__ import annotations

TITLE = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Madam)\b\.?"
_WORD = r"[^\W\d_a-z][\w'’-]+"
_MONTHS = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_DAY = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS},?\s+\d{{4}}"
    rf"|{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
)
_BORN = r"(?:\bborn(?:\s+on)?|\bbirth(?:day|date)?|\bd\.?o\.?b\b\.?)\W{1,3}(?:(?:is|was|it's|it is|on)\s+)?"
_STREETS = (
    r"(?:street|st|road|rd|avenue|ave|av|boulevard|blvd|lane|ln|drive|dr|court|ct|square|sq|place|pl|way|terrace|close"
    r"|crescent|highway|hwy|parkway|pkwy|row|walk|gardens|mews|hill|trail|circle|loop)\b"
)
# What follows a street up to the postcode, over at most two lines.
_TOWN = r"(?:[\s,]+(?-i:[^\W\d_a-z])[\w'’-]*(?:[\s,]+(?-i:[^\W\d_a-z])[\w'’-]*){0,4}[\s,]+\d{4,6}\b)?"
_PHONE = (
    r"(?<=\b(?:phone|tel|telephone|mobile|cell|fax|desk|call(?:\s+\w+){0,2}\s+on|answering\s+at|reached?\s+(?:at|on))\b"
    r"[\s.:#]{1,3})(?:\+?\(?\d{1,4}\)?)(?:[\s./-]?\(?\d{1,5}\)?){1,6}(?:x\d{1,5})?\b"
)
_NAMED = r"\b(?:name\s+is|name:|calls?\s+me|i\s+am|this\s+is|signed:?|regards,|sincerely,|dear|attn:?)\s+"
_WORDS = rf"(?-i:{_WORD}(?:\s+(?:[A-Z]\.?\s+)?{_WORD}){{0,2}})"
# A point ends a sentence but after a short word: St. James, ul. Dunajska.
_CAPITAL = r"(?-i:[^\W\d_a-z](?:[\w'’-]{0,3}\.|[\w'’-]*))"
_MORE = r"(?:\s+(?:[\w'’-]{1,4}\.|[\w'’-]+)){0,3}"
_FLAT = r"(?:[\s,]+(?:apt|suite|unit|flat|floor)\b\.?\s*\w{1,5})?"
_AT = (
    r"\b(?:address(?:\s+is|\s+to)?|lives?\s+(?:at|on|in)|(?:office|it)(?:\s+is|['’]s)\s+(?:at|in)|located\s+(?:at|in|on)"
    r"|meet\s+(?:\w+\s+)?at|off\s+at|(?:sent|send|ship|shipped|deliver|delivered)(?:\s+\w+){0,4}\s+to)\W{1,3}"
)
_BEFORE_FLAT = rf"(?:\d{{1,6}}\s+{_CAPITAL}{_MORE}\s+)?"
_FOREIGN = rf"\b(?:\d{{1,6}}\s+)?{_CAPITAL}{_MORE}\s+\d{{1,4}}[a-z]?\b{_FLAT}"

# The language model misses names in short texts, and those that are not English.
NAMES = {
    "after a title": (rf"(?<=\b{TITLE}\s+){_WORDS}", 0.85),
    "after a phrase": (rf"(?<={_NAMED}){_WORDS}", 0.6),
}
PHONES = {"after phone": (_PHONE, 0.6)}
BIRTHS = {"after birth": (rf"(?<={_BORN}){_DAY}", 0.85)}
# English ones stand for themselves; a street of another language has to be announced, a box to have such a word near.
ADDRESSES = {
    "number and street": (
        rf"\b\d{{1,5}}[a-z]?\s+(?:\d{{1,5}}\s+)?(?:{_CAPITAL}\s+){{1,4}}{_STREETS}{_FLAT}{_TOWN}",
        0.7,
    ),
    "flat": (rf"\b{_BEFORE_FLAT}(?:apt|suite)\b\.?\s*\d{{1,5}}\b{_TOWN}", 0.6),
    "box": (rf"\b(?:p\.?\s?o\.?\s+)?box\s+\d{{1,6}}\b{_TOWN}", 0.2),
    "street and number": (rf"(?<={_AT}){_FOREIGN}{_TOWN}", 0.6),
}
OF_ADDRESSES = ["address", "lives", "office", "located", "street"]


def digits(least: int, most: int) -> str:
    """So many digits, with or without spaces or hyphens between them."""
    return rf"(?:[ -]?\d){{{least},{most}}}"
