"""Words of a question to values of the warehouse. What is not there is named, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from aieco_assets.core.metrics.countries import canonical, same
from aieco_assets.core.text.words import stem, words

OFFERED = 12
NEAR = 0.72  # of difflib: one letter wrong in a short name, two in a long one
_CODE = re.compile(r"\d{4,6}[A-Z]{0,3}")


@dataclass(frozen=True)
class Unknown:
    """Something that the warehouse does not have. `sure`: nothing else can be meant, so the documents need not say."""

    sentence: str
    sure: bool


def countries(written: Sequence[str], known: Sequence[str]) -> tuple[str, ...] | Unknown:
    """Every spelling that the sales have of the countries written."""
    found: list[str] = []
    for name in written:
        meant = [value for value in known if same(value, name)]
        if not meant:
            return Unknown(f"There are no sales in {_titled(name)}: there are in {_offered(name, known)}.", True)
        found += meant
    return tuple(found)


def country(written: str, known: Sequence[str]) -> tuple[str, ...] | Unknown | None:
    """The country that loose words may mean, None when they mean none."""
    if found := tuple(value for value in known if same(value, written)):
        return found
    near = get_close_matches(canonical(written), [canonical(value) for value in known], 1, NEAR)
    meant = [value for value in known if canonical(value) in near]
    return Unknown(f"There are no sales in {_titled(written)}: {meant[0]} may be meant.", False) if meant else None


def values(written: str, known: Sequence[str], word: str) -> tuple[str, ...] | Unknown:
    """The categories or stores that words which say so mean (`department toys`). `word`: what the shop calls them."""
    found = spelt_like(written, known)
    if found:
        return found
    return Unknown(f"There is no {word} {_titled(written)}: there {_known(written, known)}.", True)


def spelt_like(written: str, known: Sequence[str]) -> tuple[str, ...]:
    """Values that are the words, however they are written, one or many of them; a leading nought is not told."""
    asked = _plain(written)
    exact = tuple(value for value in known if _plain(value) == asked)
    return exact or tuple(value for value in known if asked and _stems(value) == _stems(written))


def near(written: str, known: Sequence[str], word: str) -> Unknown | None:
    """The category that words nearly are, None when they are not like any."""
    found = get_close_matches(_plain(written), [_plain(value) for value in known], 1, NEAR)
    meant = [value for value in known if _plain(value) in found]
    return Unknown(f"There is no {word} {_titled(written)}: {meant[0]} may be meant.", False) if meant else None


def items(written: str, known: Sequence[tuple[str, str]]) -> tuple[str, ...] | Unknown | None:
    """Stock codes of the one item that words mean: its code, its description, or words that only it has.

    None when no item has a description like it.
    """
    code = written.upper()
    if any(code == stock_code for stock_code, _ in known):
        return (code,)
    if _CODE.fullmatch(code):
        near = get_close_matches(code, [stock_code for stock_code, _ in known], 3, 0.6)
        nearest = f": the nearest {_listed(near, 'is', 'are')}" if near else ""
        return Unknown(f"There is no item {code} among the sales{nearest}.", True)
    asked = _stems(written)
    described = [(stock_code, text, _stems(text)) for stock_code, text in known if text]
    exact = tuple(stock_code for stock_code, _, have in described if have == asked)
    if exact or not asked:
        return exact or None
    partly = [(stock_code, text) for stock_code, text, have in described if asked < have]
    if len({text for _, text in partly}) == 1 and len(asked) == 1:  # lamps are more than the one lamp that is sold
        ((stock_code, text), *_) = partly
        return Unknown(f"“{written}” may be {text} ({stock_code}): ask by the stock code, or by all its words.", True)
    if len({text for _, text in partly}) == 1:
        return tuple(stock_code for stock_code, _ in partly)
    if partly:
        named = _listed([f"{text} ({stock_code})" for stock_code, text in partly[:4]])
        return Unknown(
            f"“{written}” may be {len(partly)} items, such as {named}: ask by the stock code, or by all its words.",
            True,
        )
    near = get_close_matches(written.upper(), [text for _, text in known], 3, NEAR)
    named = _listed([f"{text} ({stock_code})" for stock_code, text in known if text in near], "is", "are")
    return Unknown(f"No item is called “{written}”: the nearest {named}.", False) if near else None


def _offered(name: str, known: Sequence[str]) -> str:
    """All countries when a sentence can hold them, else the few whose names are nearest."""
    if len(known) <= OFFERED:
        return _listed(known)
    near = get_close_matches(canonical(name), [canonical(value) for value in known], 5, 0.0)
    return f"{len(known)} others, such as {_listed([value for value in known if canonical(value) in near])}"


def _known(name: str, known: Sequence[str]) -> str:
    if len(known) <= OFFERED:
        return _listed(known, "is", "are")
    near = get_close_matches(_plain(name), [_plain(value) for value in known], 5, 0.0)
    return f"are {len(known)}, such as {_listed([value for value in known if _plain(value) in near][:5])}"


def _plain(text: str) -> str:
    text = " ".join(re.sub(r"[^\w]+", " ", text.replace("&", " and ")).casefold().split())
    return text.lstrip("0") or text


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text))


def _titled(name: str) -> str:
    small = ("and", "of", "the")
    return " ".join(word if word in small else word.upper() if len(word) < 4 else word.title() for word in name.split())


def _listed(names: Sequence[str], one: str = "", more: str = "") -> str:
    verb = f"{more if len(names) > 1 else one} ".lstrip()
    return verb + (", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names))
