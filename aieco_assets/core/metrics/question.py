"""What a question asks of the warehouse: a metric, and every filter that its words name. No I/O.

Precision comes first. Nothing is left over: a word that the grammar does not know makes the question someone else's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from aieco_assets.core.metrics.asked import Asked, Having
from aieco_assets.core.metrics.comparison import compared
from aieco_assets.core.metrics.grammar import (
    AVERAGED,
    COUNTED,
    FRAMES,
    GROUP_NAMES,
    LISTED,
    OF_THOSE,
    PER,
    SHARED,
    Frame,
    metric_of,
)
from aieco_assets.core.metrics.periods import find_period
from aieco_assets.core.metrics.phrases import (
    A_TIME,
    ADVERB,
    ADVERBS,
    AVERAGE,
    BEFORE_ITEM,
    BY,
    BY_WORD,
    NAMED,
    NON,
    ON_WEEKDAYS,
    ONE_COUNTRY,
    ONE_WEEKDAY,
    OWNER,
    PLACE,
    STORE,
    TAIL,
    WEEKDAYS,
    WITHOUT,
    WITHOUT_WORDS,
)
from aieco_assets.core.metrics.predicted import predicted
from aieco_assets.core.metrics.statements import GROUPINGS, TIMES
from aieco_assets.core.metrics.synonyms import plain_words
from aieco_assets.core.metrics.thresholds import ENTITY_OF, find_having

LONGEST = 300
_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ASKING = "(?:can|could|would) you (?:please )?(?=tell|show|give|list)"
_POLITE = re.compile(rf"^(?:(?:please|and|so|hi|hello) )*(?:{_ASKING})?(?:tell (?:me|us) )?")


def parse(question: str) -> Asked | None:
    """The metric question that the text is from its first to its last word, else None. Never raises."""
    text = normalised(question)
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    text = plain_words(text)
    found = predicted(text) or plain(text)
    if found and not (found.place or found.item or found.without_words):
        return found
    return compared(text, plain) or found


def plain(text: str) -> Asked | None:
    """A question for one number, or its groups, in the words of the grammar."""
    found = _cut_and_worded(text, Asked(""))
    loose = found is not None and not {*found.groups} <= {*GROUPINGS}  # `by day on average`
    if (found is None or loose) and (match := AVERAGE.search(text)):
        rest = A_TIME.sub(lambda time: f"per {time['group']}", f"{text[: match.start()]} {text[match.end() :]}")
        found = _cut_and_worded(_squeezed(rest), Asked(""))
        ordered = found is not None and (found.second or found.order != "key" or found.metric not in AVERAGED)
        if found is None or ordered or found.group not in (*TIMES, "country", "category", "store"):
            return None
        found = replace(found, how="average", firm=True)
    return found


def _cut_and_worded(text: str, asked: Asked) -> Asked | None:
    days, text = _weekdays(text)
    without, text = _cut(WITHOUT, text)
    if not without:
        without, text = _cut(NON, text)
    places, text = _cut(PLACE, text)
    if not places:
        places, text = _cut(OWNER, text)
    store, text = _cut(STORE, text)
    period, text = find_period(_squeezed(text))
    having, text = find_having(_squeezed(text))
    words, text = ("", text) if without else _cut(WITHOUT_WORDS, _squeezed(text))
    if having and not having.measure:
        return None
    asked = replace(
        asked,
        places=_names(places),
        without=_names(without),
        without_words=words,
        weekdays=days,
        store=store.removeprefix("#"),
        period=period,
        having=having,
    )
    text = _squeezed(text)
    if having and (found := _with_having(text, asked, having)):
        return found
    for pattern in (BY, ADVERB, BY_WORD):
        match = pattern.search(text)
        if match:
            found = _worded(_squeezed(f"{text[: match.start()]} {text[match.end() :]}"), _grouped(asked, match))
            if found:
                return found
    return _worded(text, asked)


def _with_having(text: str, asked: Asked, having: Having) -> Asked | None:
    """`which customers` (who placed more than five orders), `revenue from orders` (over £100)."""
    if match := LISTED.fullmatch(text):
        group = ENTITY_OF.get(match["group"], match["group"])
        counted = match["group"] not in ENTITY_OF or group != having.of
        return None if counted else replace(asked, metric=having.measure, group=group, order="most", top=0)
    if match := OF_THOSE.fullmatch(text):
        return _worded(match["rest"], asked)
    if match := COUNTED.fullmatch(text):
        metric = {"item": "different_items", "country": "countries"}.get(having.of, "")
        return replace(asked, metric=metric) if metric and ENTITY_OF.get(match["group"]) == having.of else None
    return None


def _weekdays(text: str) -> tuple[tuple[int, ...], str]:
    match = ON_WEEKDAYS.search(text)
    if not match:
        return (), text
    said = next(one for one in match.groups() if one)
    days = {day for name in ONE_WEEKDAY.findall(said) for day in WEEKDAYS[name]}
    return tuple(sorted(days)), _squeezed(f"{text[: match.start()]} {text[match.end() :]}")


def _names(places: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.group().removeprefix("the ") for match in ONE_COUNTRY.finditer(places)))


def normalised(question: str) -> str:
    """Lower case, one space between words, without quotation marks, commas, a last mark and polite beginnings."""
    text = unicodedata.normalize("NFKC", question).replace("’", "'")
    if not text.isupper():
        text = re.sub(r"\bU\.?S\.?(?:A\b\.?)?(?![\w.])", "usa", text)  # `us` is most often a pronoun
    text = re.sub(r"\b(?:[a-z]\.){2,}", lambda match: match.group().replace(".", ""), text.casefold())
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"[\"“”„«»,]|(?<=\w)[:;](?= )", " ", re.sub("[‐‑–—]", "-", text))
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
    metric = metric_of(noun) if noun else frame.metric or "revenue"
    if not metric or (group and asked.group):
        return None
    found = replace(
        asked,
        metric=metric,
        item=_item(words.get("item") or ""),
        group=group or asked.group,
        second="" if group else asked.second,
    )
    if frame.how == "share":
        found = replace(found, how="share", place=words.get("part") or found.place)
        shared = metric in SHARED and not found.second and found.limited is not bool(found.group)
        return found if shared else None
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
        or found.without
        or found.without_words
        or found.weekdays
        or found.having
        or words.get("our")
        or metric in PER
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
    if not match or AVERAGE.search(match["words"]):
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
