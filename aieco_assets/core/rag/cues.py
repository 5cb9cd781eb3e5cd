"""What kind of thing a question asks for, and whether a sentence has one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.rag.text import emails, names, numbers, stem, urls, words
from aieco_assets.core.rag.vocabulary import ASKING, LISTING, NUMBER_LIKE, SMALL_TALK, STOP_WORDS, TIME_WORDS

_LISTING_STEMS, _ASKING_STEMS = frozenset(map(stem, LISTING)), frozenset(map(stem, ASKING))
_MONEY = re.compile(r"[$€£¥₹]|\b(?:usd|eur|gbp|dollars?|euros?|pounds?|pence|cents?|free|no charge|percent)\b|%", re.I)
PHONE = re.compile(r"(?:\+?\d[\s().-]{0,2}){6,}\d")


@dataclass(frozen=True)
class Cue:
    """`kind`: number, money, time, email, phone, url, or "" when the question's form doesn't tell."""

    kind: str
    consumed: frozenset[str]  # stems of the question that name the kind, met by the kind itself

    def met(self, text: str) -> bool:
        lowered = words(text)
        if self.kind == "email":
            return bool(emails(text))
        if self.kind == "phone":
            return bool(PHONE.search(text))
        if self.kind == "url":
            return bool(urls(text)) or bool(re.search(r"\w+\.(?:com|org|net|example|io|co|uk|test|de)\b", text))
        if self.kind == "money":
            return bool(_MONEY.search(text)) or bool(numbers(text))
        if self.kind == "time":
            return any(w in TIME_WORDS for w in lowered) or any(
                re.fullmatch(r"(19|20)\d\d.*", n) for n in numbers(text)
            )
        if self.kind == "number":
            return bool(numbers(text)) or any(w in NUMBER_LIKE for w in lowered)
        if self.kind == "list":
            return any(stem(w) in _LISTING_STEMS for w in lowered) or text.rstrip().endswith(":")
        return True

    @property
    def strict(self) -> bool:
        """Whether a sentence without the kind can hardly answer."""
        return self.kind not in ("", "list")


_RULES: tuple[tuple[str, str, str], ...] = (
    ("email", r"\be-?mail\b", "email mail e address contact which write send"),
    ("phone", r"\b(?:phone|telephone|hotline|fax)\b.*\bnumber\b|\bnumber\b.*\b(?:call|phone|dial|ring)\b"
     r"|\bwhat(?:'s| is)? .*\b(?:phone|telephone)\b", "phone telephone number call dial"),
    ("url", r"\b(?:website|web ?page|url|web address|portal address)\b", "website webpage url web page address site"),
    ("money", r"\bhow much\b|\b(?:price|cost|fee|charge|salary|wage|budget|amount|reimbursement limit)\b",
     "much cost costs price fee amount pay money"),
    ("number", r"\bhow many\b|\bwhat (?:percentage|percent|share|number|age)\b|\bhow (?:old|far|large|big|heavy)\b"
     r"|\bmaximum\b|\bminimum\b|\b(?:limit|threshold)\b", "many number old far large big maximum minimum limit"),
    ("time", r"^when\b|\bwhen (?:is|was|are|do|does|did|must|will|should|can)\b|\bwhat (?:time|date|day|year|month)\b"
     r"|\bhow (?:often|soon|quickly|fast|frequently)\b|\bby when\b|\bdeadline\b|\bhow long\b",
     "often time date day year month soon quickly fast frequently long"),
    ("list", r"\bwhat\b.*\b(?:include|contain|cover|comprise|consist)", "include contain cover comprise consist"),
)  # fmt: skip


def cue_of(question: str) -> Cue:
    """The first rule that fits; yes/no and open questions have no cue."""
    lowered = question.casefold()
    for kind, pattern, consumed in _RULES:
        if re.search(pattern, lowered):
            return Cue(kind, frozenset(stem(w) for w in consumed.split()))
    return Cue("", frozenset())


def subject_terms(question: str, cue: Cue) -> list[str]:
    """Stems of the question that evidence has to speak about, each once, in order."""
    found = []
    for word in words(question):
        form = stem(word)
        if word not in STOP_WORDS and form not in found and form not in _ASKING_STEMS and form not in cue.consumed:
            found.append(form)
    return found


def anchors(question: str) -> tuple[list[str], list[str]]:
    """Names and numbers of the question: evidence from a page that knows nothing of them speaks of something else."""
    spelt = [w for w in question.split() if w[0].isalpha()]
    shouted = sum(w[0].isupper() for w in spelt) > 0.6 * len(spelt)  # a Question In Title Case names nothing
    found = [] if shouted else [name for name in names(question) if name not in SMALL_TALK]
    return found, numbers(question)


def lacks_anchor(found: list[str], have: frozenset[str], text: str) -> bool:
    """Whether a name is neither among the words nor, as an acronym, among the initials of the text."""
    for name in found:
        initials = r"\b" + r"\w*[\s&-]+(?:and\s+|of\s+)?".join(map(re.escape, name)) + r"\w*"
        acronym = 2 <= len(name) <= 5 and re.search(initials, text, re.IGNORECASE)
        if name not in have and stem(name) not in have and not acronym:
            return True
    return False


_COUNTED = re.compile(r"\bhow many ([^\W\d_]+)", re.IGNORECASE)


def counts_what_is_asked(question: str, text: str) -> bool:
    """Whether the text counts the very thing: `how many weeks` and `20 weeks`, `6 paid weeks`."""
    asked = _COUNTED.search(question)
    if asked is None:
        return False
    thing, told = stem(asked[1].casefold()), [stem(word) for word in words(text)]
    countable = [word.isdigit() or word in NUMBER_LIKE for word in told]
    return any(word == thing and any(countable[max(0, i - 3) : i]) for i, word in enumerate(told))


_MORE = r"(?:more than|over|above|exceed(?:s|ing)?|longer than|heavier than|greater than|older than|larger than|beyond)"
_LESS = r"(?:less than|fewer than|under|below|up to|shorter than|lighter than|smaller than|younger than|at most)"


def directions(text: str) -> dict[str, str]:
    """Number -> "more" or "less", for numbers that a text names as a border: `more than 2 kg`, `up to 5 kg`."""
    found = {}
    for name, pattern in (("more", _MORE), ("less", _LESS)):
        for match in re.finditer(pattern + r"\s+\W?(\d[\d.,]*)", text, re.IGNORECASE):
            found.update(dict.fromkeys(numbers(match[1]), name))
    return found


def opposes(question: str, text: str) -> bool:
    """Whether question and text name the same border from opposite sides."""
    asked, told = directions(question), directions(text)
    return any(told.get(number, side) != side for number, side in asked.items())
