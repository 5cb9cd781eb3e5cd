"""The known sentences: what is left of a question is one of them from its first to its last word, or not ours."""

from __future__ import annotations

import re
from dataclasses import replace

from aieco_assets.core.metrics.grammar import FIRM, FRAMES, GROUP_NAMES, SHARED, Frame
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.phrase_patterns import metric_of
from aieco_assets.core.metrics.phrases import ADVERBS, AVERAGE, BEFORE_ITEM, NAMED, TAIL
from aieco_assets.core.metrics.statements import GROUPINGS

_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def grouped_by(asked: Asked, match: re.Match[str]) -> Asked:
    words = match.groupdict()
    group, second = words["group"], words.get("second") or ""
    return replace(asked, group=ADVERBS.get(group) or _group(group), second=_group(second))


def worded(text: str, asked: Asked) -> Asked | None:
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
        # Of `German orders over £100` either may be the whole, so one thing alone limits a share.
        shared = metric in SHARED and not found.second and found.limits == (0 if found.group else 1)
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
        or metric in FIRM
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


def squeezed(text: str) -> str:
    return " ".join(text.split())
