"""What a question asks of the warehouse: a metric, and every filter that its words name. No I/O.

Precision comes first. Nothing is left over: a word that the grammar does not know makes the question someone else's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from aieco_assets.core.metrics.grammar import FRAMES, GROUP_NAMES, Frame, metric_of
from aieco_assets.core.metrics.periods import Period, find_period
from aieco_assets.core.metrics.phrases import (
    ADVERB,
    ADVERBS,
    BEFORE_ITEM,
    BY,
    BY_WORD,
    NAMED,
    ONE_COUNTRY,
    OWNER,
    PLACE,
    STORE,
    TAIL,
)
from aieco_assets.core.metrics.statements import GROUPINGS

LONGEST = 300
_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ASKING = "(?:can|could|would) you (?:please )?(?=tell|show|give|list)"
_POLITE = re.compile(rf"^(?:(?:please|and|so|hi|hello) )*(?:{_ASKING})?(?:tell (?:me|us) )?")


@dataclass(frozen=True)
class Asked:
    """A metric question as its words have it; nothing of it is looked up yet.

    `places`: countries as written; `store`: a number after the word store. `item`, `place`: words that only the
    warehouse knows to be an item, a category, a store or a country; empty: none (`is_named`: they must be one to the
    letter). `group`, `second`: what it is grouped by, as written where it is no key of GROUPINGS. `order`: how groups
    are ordered (key, most, least); `top`: how many of them, 0: as many as there are. `firm` is False where only a
    period tells it from a question about a document: `what was the revenue in 2024`.
    """

    metric: str
    places: tuple[str, ...] = ()
    store: str = ""
    place: str = ""
    is_named: bool = False
    item: str = ""
    period: Period | None = None
    group: str = ""
    second: str = ""
    order: str = "key"
    top: int = 0
    firm: bool = True

    @property
    def sure(self) -> bool:
        """Whether it is a question for the warehouse whatever the warehouse holds."""
        return self.firm and not (self.item or self.place) and all(group in GROUPINGS for group in self.groups)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(group for group in (self.group, self.second) if group)


def parse(question: str) -> Asked | None:
    """The metric question that the text is from its first to its last word, else None. Never raises."""
    text = normalised(question)
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    places, text = _cut(PLACE, text)
    if not places:
        places, text = _cut(OWNER, text)
    store, text = _cut(STORE, text)
    period, text = find_period(text)
    asked = Asked(
        "",
        places=tuple(dict.fromkeys(match.group().removeprefix("the ") for match in ONE_COUNTRY.finditer(places))),
        store=store.removeprefix("#"),
        period=period,
    )
    text = _squeezed(text)
    for pattern in (BY, ADVERB, BY_WORD):
        match = pattern.search(text)
        if match:
            found = _worded(_squeezed(f"{text[: match.start()]} {text[match.end() :]}"), _grouped(asked, match))
            if found:
                return found
    return _worded(text, asked)


def normalised(question: str) -> str:
    """Lower case, one space between words, without quotation marks, commas, a last mark and polite beginnings."""
    text = unicodedata.normalize("NFKC", question).replace("’", "'")
    if not text.isupper():
        text = re.sub(r"\bU\.?S\.?(?:A\b\.?)?(?![\w.])", "usa", text)  # `us` is most often a pronoun
    text = re.sub(r"\b(?:[a-z]\.){2,}", lambda match: match.group().replace(".", ""), text.casefold())
    text = re.sub(r"[\"“”„«»,]", " ", text)
    text = _squeezed(re.sub(r"[\s?!.]+$", "", text))
    return _POLITE.sub("", text).removesuffix(" please")


def _grouped(asked: Asked, match: re.Match[str]) -> Asked:
    words = match.groupdict()
    group, second = words["group"], words.get("second") or ""
    return replace(asked, group=ADVERBS.get(group) or _group(group), second=_group(second))


def _worded(text: str, asked: Asked) -> Asked | None:
    return _framed(text, asked) or _with_place(text, asked) or _named(text, asked)


def _framed(text: str, asked: Asked) -> Asked | None:
    for frame in FRAMES:
        match = frame.pattern.fullmatch(text)
        found = _filled(frame, match.groupdict(), asked) if match else None
        if found:
            return found
    return None


def _filled(frame: Frame, words: dict[str, str | None], asked: Asked) -> Asked | None:
    noun, group = words.get("noun") or "", _group(words.get("group") or "")
    metric = frame.metric or (metric_of(noun) if noun else "revenue")
    if not metric or (group and asked.group):
        return None
    found = replace(
        asked,
        metric=metric,
        item=_item(words.get("item") or ""),
        group=group or asked.group,
        second="" if group else asked.second,
    )
    if frame.how in ("most", "least"):
        singular = not (words["group"] or "").endswith("s") and not (words.get("top"))
        top = words.get("top") or ""
        number = _SMALL.index(top) + 1 if top in _SMALL else int(top or 0)
        found = replace(found, order=frame.how, top=number or (1 if singular else 10))
    if (
        frame.how != "weak"
        or found.places
        or found.store
        or found.place
        or found.item
        or found.group
        or words.get("our")
    ):
        return found
    return replace(found, firm=False) if found.period else None


def _with_place(text: str, asked: Asked) -> Asked | None:
    """The same with a place at the end that only the warehouse may know."""
    match = None if asked.places else TAIL.fullmatch(text)
    if not match:
        return None
    found = _framed(match["rest"], replace(asked, place=match["words"]))
    return None if found is None or found.item else found


def _named(text: str, asked: Asked) -> Asked | None:
    """The same with words before its noun that only the warehouse may know."""
    match = None if asked.places else NAMED.fullmatch(text)
    if not match:
        return None
    return _framed(f"{match['rest']}{match['noun']}", replace(asked, place=match["words"], is_named=True))


def _item(words: str) -> str:
    return BEFORE_ITEM.sub("", words).strip()


def _group(word: str) -> str:
    if word in GROUP_NAMES:
        return GROUP_NAMES[word]
    singular = word.removesuffix("s")
    singular = GROUP_NAMES.get(singular, singular)
    return singular if singular in GROUPINGS else word


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """The one named group of the first match, and the text without the match."""
    match = pattern.search(text)
    if not match:
        return "", text
    (found,) = match.groupdict().values()
    return found, f"{text[: match.start()]} {text[match.end() :]}"


def _squeezed(text: str) -> str:
    return " ".join(text.split())
