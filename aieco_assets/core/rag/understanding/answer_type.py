"""What kind of thing a question asks for, and whether a sentence has one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.text.vocabulary import (
    ASKING,
    LISTING,
    MEASURES,
    NUMBER_LIKE,
    ROLES,
    SMALL_TALK,
    STOP_WORDS,
    TIME_WORDS,
)
from aieco_assets.core.text.words import emails, names, numbers, stem, urls, words

_LISTING_STEMS, _ASKING_STEMS = frozenset(map(stem, LISTING)), frozenset(map(stem, ASKING))
_MONEY = re.compile(r"[$€£¥₹]|\b(?:usd|eur|gbp|dollars?|euros?|pounds?|pence|cents?|free|no charge|percent)\b|%", re.I)
_PRICED = re.compile(r"\b(?:price|cost|rate|fee|charge|amount|budget|limit|pay|sum|value|total)s?\b", re.IGNORECASE)
PHONE = re.compile(r"(?:\+?\d[\s().-]{0,2}){6,}\d")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b")
CONTACTS = ("email", "phone", "url")


@dataclass(frozen=True)
class Cue:
    """`kind`: what `_RULES` tell apart (number, money, time, who, ...); "" when the question's form doesn't tell."""

    kind: str
    consumed: frozenset[str]  # stems of the question that name the kind, met by the kind itself

    def met(self, text: str, header: str = "") -> bool:
        """Whether the text has one; `header`: of its column, where units stand that a row leaves out."""
        lowered = words(text)
        if self.kind == "email":
            return bool(emails(text))
        if self.kind == "phone":
            return bool(PHONE.search(text))
        if self.kind == "url":
            return bool(urls(text)) or bool(re.search(r"\w+\.(?:com|org|net|example|io|co|uk|test|de)\b", text))
        if self.kind == "money":
            return bool(_MONEY.search(text)) or (bool(numbers(text)) and bool(_PRICED.search(header)))
        if self.kind in ("time", "duration"):
            dated = any(re.fullmatch(r"(19|20)\d\d.*", n) for n in numbers(text)) or bool(_CLOCK.search(text))
            timed = any(w in TIME_WORDS for w in [*lowered, *(words(header) if numbers(text) else [])])
            return dated or timed or (self.kind == "duration" and _measured("length", text, header))
        if self.kind in MEASURES:
            return _measured(self.kind, text, header)
        if self.kind == "who":
            return bool(names(text)) or bool(ROLES & set(lowered))
        if self.kind == "number":
            return bool(numbers(text)) or any(w in NUMBER_LIKE for w in lowered)
        if self.kind == "list":
            return any(stem(w) in _LISTING_STEMS for w in lowered) or text.rstrip().endswith(":")
        return True

    @property
    def strict(self) -> bool:
        """Whether a sentence without the kind can hardly answer."""
        return self.kind not in ("", "list", "who", "where")


def _measured(kind: str, text: str, header: str) -> bool:
    """Whether there is a number, and a unit of the kind beside it or over its column: `231 kg`, `20kg`."""
    told = {word.lstrip("0123456789") for word in [*words(text), *words(header)]}
    return bool(numbers(text)) and bool(MEASURES[kind] & told)


_RULES: tuple[tuple[str, str, str], ...] = (
    ("email", r"\be-?mail address|\b(?:which|what(?:'s| is)?)(?: \w+){0,2} e-?mail\b|\bwhere\b.*\be-?mail\b",
     "email mail e address contact which write send"),
    ("phone", r"\b(?:phone|telephone|hotline|fax)\b.*\bnumber\b|\bnumber\b.*\b(?:call|phone|dial|ring)\b"
     r"|\bwhat(?:'s| is)? .*\b(?:phone|telephone)\b", "phone telephone number call dial"),
    ("url", r"\b(?:website|web ?page|url|web address|portal address)\b", "website webpage url web page address site"),
    ("money", r"\bhow much\b.*\b(?:cost|pay|paid|spend|spent|price|charge|money|earn|expense|claim|owe|worth)s?\b"
     r"|^(?:price|cost|fee)s?\b|\bwhat (?:did|does|do|must|will) .*\b(?:spend|pay|earn|owe)\b|\b(?:what|which)\b.*\b"
     r"(?:price(?! match)|cost|fee|charge|salary|wage|budget|amount|allowance|deposit|fine|penalty"
     r"|reimbursement limit)s?\b",
     "much cost costs price fee amount pay money"),
    ("weight", r"\bhow heavy\b|\b(?:what|how much)\b.*\bweigh(?:s|t)?\b", "heavy weigh weight"),
    ("heat", r"\bhow (?:hot|cold|warm)\b|\b(?:what|which)\b.*\b(?:temperature|degrees)\b",
     "hot cold warm temperature degree"),
    ("length", r"\bhow (?:tall|wide|high|deep|thick)\b|\bwhat\b.*\b(?:height|width|diameter)\b",
     "tall wide high deep thick height width diameter"),
    ("number", r"\bhow (?:many|much)\b(?!.*\bweigh)|\bwhat (?:percentage|percent|share|number|age)\b|\bm(?:ax|in)imum\b"
     r"|\bhow (?:old|far|large|big)\b|\b(?:limit|threshold)\b", "many number old far large big maximum minimum limit"),
    ("duration", r"\bhow long\b", "long"),
    ("time", r"^when\b|\bwhen (?:is|was|are|do|does|did|must|will|should|can)\b|\b(?:by|until|till|since) when\b"
     r"|\b(?:what|which) (?:time|date|day|year|month)\b|\bhow (?:often|soon|quickly|fast|frequently)\b|\bdeadline\b",
     "often time date day year month soon quickly fast frequently"),
    ("who", r"(?:^|\b(?:to|by|from|with|for|and|or|but|exactly|know)\s+|[,;-]\s*)who(?:m|se)?\b", ""),
    ("where", r"\bwhere\b", ""),
    ("list", r"\bwhat\b.*\b(?:include|contain|cover|comprise|consist)", "include contain cover comprise consist"),
)  # fmt: skip


def cue_of(question: str) -> Cue:
    """The rule that fits first in the question; yes/no and open questions have no cue."""
    lowered = question.casefold()
    rules = [rule for rule in _RULES if rule[0] in CONTACTS] if asks_yes_or_no(question) else _RULES
    found = [(match.start(), kind, named) for kind, form, named in rules if (match := re.search(form, lowered))]
    if not found:
        return Cue("", frozenset())
    _, kind, named = min(found, key=lambda place: place[0])  # of several that begin together, the first rule
    return Cue(kind, frozenset(stem(word) for word in named.split()))


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


_ASKS = r"(?:can|could|do|does|did|is|are|was|were|may|must|will|would|should|has|have|am)(?:n't)?"
_CLOSED = re.compile(
    rf"^\W*(?:so |and |but )?{_ASKS}\b|[,;.:?-]\s+(?:so |and |but )?{_ASKS} "
    r"(?:i|you|we|they|he|she|it|there|this|that|the|a|an|my|your|our|their|all|any)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:what|which|when|where|who|whom|whose|why|how)\b", re.IGNORECASE)


def asks_yes_or_no(question: str) -> bool:
    """Whether a question can be answered with yes or no: `Is it free?`, `I lost my card, can I get another?`"""
    return bool(_CLOSED.search(question)) and not _OPEN.search(question)


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


_SEVERAL = re.compile(
    r"^\W*(?:please |can you |could you )*(?:list|name|enumerate|give (?:me|us) (?:a list|all|the))\b"
    r"|\b(?:what|which)(?: [\w'-]+){0,3} (?:are|were)\b"
    r"|\b(?:what|which) (?:[\w'-]+ ){0,2}(?:steps|things|items|kinds|types)\b"
    r"|\bhow (?:do|can|should|must) (?:i|you|we|one)\b|\bhow to\b|\bsteps\b",
    re.IGNORECASE,
)


def asks_for_several(question: str) -> bool:
    """Whether a list answers better than one of its items: `What are the rules for …?`, `How do I …?`"""
    return bool(_SEVERAL.search(question))
