"""The noun phrases of a question, by word lists and word order alone: no model, English, good enough to swap one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.text.vocabulary import ASKING, ROLES, STOP_WORDS, TIME_WORDS

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*['’]?")
_POINTING = {"this", "that", "these", "those"}
_DEFINITE = _POINTING | {"the", "our", "my", "your", "their", "his", "her", "its"}
_DETERMINERS = _DEFINITE | {"a", "an", "some", "any", "each", "every", "another"}
_SUBJECTS = {"i", "you", "we", "he", "she", "they", "one"}
_BEFORE_NO_NOUN = _SUBJECTS | {"to", "how"}  # a verb or an adjective follows
_NOUNS_THAT_ASK = {"company", "organisation", "organization", "business", "firm", "document", "documents", "kind"}
_NOUNS_THAT_ASK |= {"type", "sort", "way", "name", "list", "offer", "offers", "use"}
# Verbs and predicates that follow a subject without a word between: `does the shop open`, `is a ticket valid`.
_PREDICATES = (ASKING - _NOUNS_THAT_ASK) | {
    *("cost", "costs", "last", "lasts", "open", "opens", "close", "closes", "pay", "pays", "expire", "expires"),
    *("arrive", "arrives", "start", "starts", "begin", "begins", "end", "ends", "work", "works", "apply", "applies"),
    *("valid", "available", "free", "due", "possible", "closed", "allowed", "hold", "holds", "fit", "fits", "weigh"),
    *("get", "gets", "receive", "keep", "run", "runs", "cheaper", "less", "more", "better", "also", "too", "instead"),
    *("first", "much", "many", "often", "far", "soon", "there", "then"),
}
_PEOPLE = (ROLES - {"service", "company", "office", "desk", "authority", "department"}) | {
    *("women", "men", "children", "child", "kids", "pupils", "students", "student", "interns", "intern", "trainees"),
    *("trainee", "apprentices", "contractors", "contractor", "freelancers", "temps", "guests", "guest", "visitors"),
    *("visitor", "adults", "seniors", "pensioners", "parents", "families", "tenants", "teachers", "drivers", "buyers"),
}


@dataclass(frozen=True)
class Phrase:
    """`text[start:end]` of the question. `is_name`: capitalised; `is_definite`: with the, this, our or the like.

    `is_bare`: without any such word, nor a. `counted`: the unit that `how many` asks for.
    """

    start: int
    end: int
    head: str
    is_name: bool
    is_definite: bool
    is_bare: bool
    counted: bool = False

    @property
    def is_person(self) -> bool:
        return self.head in _PEOPLE


def noun_phrases(text: str) -> list[Phrase]:
    """The noun phrases in their order, determiners included. Of `changing a tyre` the act is the phrase."""
    found: list[Phrase] = []
    run: list[re.Match[str]] = []
    previous = ""
    place = 0

    def close() -> None:
        names = [word.group() for word in run]
        bare = [name for name in names if name.casefold() not in _DETERMINERS]
        if bare:
            is_name = any(word.start() and _is_name(word.group()) for word in run)
            definite = names[0].casefold() in _DEFINITE
            counted = bool(re.search(r"\b(?:many|much|long)\s*$", text[: run[0].start()], re.IGNORECASE))
            without = names[0].casefold() not in _DETERMINERS
            found.append(
                Phrase(run[0].start(), run[-1].end(), bare[-1].casefold(), is_name, definite, without, counted)
            )
        run.clear()

    for word in WORD.finditer(text):
        plain = word.group().casefold()
        if run and not text[place : word.start()].isspace():
            close()
        place = word.end()
        determined = bool(run) and run[-1].group().casefold() in _DETERMINERS
        gerund = len(run) == 1 and run[0].group().endswith("ing")
        if plain in _DETERMINERS:
            if not gerund:
                close()
            run.append(word)
        elif plain in STOP_WORDS:
            close()
        elif determined and plain in _PREDICATES and run[-1].group().casefold() in _POINTING:
            close()  # `that takes`: nothing is named
        elif not determined and (plain in _PREDICATES or previous in _BEFORE_NO_NOUN or _is_participle(plain, run)):
            close()
        else:
            if run and not determined and word.group()[:1].isupper() and not run[-1].group()[:1].isupper():
                close()
            run.append(word)
        previous = plain
    close()
    return found


def _is_participle(plain: str, run: list[re.Match[str]]) -> bool:
    return bool(run) and plain.endswith("ed") and len(plain) > 4


def _is_name(word: str) -> bool:
    """Capitalised, and neither a day or month nor letters in the plural: DVDs are things."""
    plain = word.casefold()
    if plain in TIME_WORDS or plain.removesuffix("s") in TIME_WORDS:
        return False
    return word[:1].isupper() and not re.fullmatch(r"[A-Z]{2,5}s", word)
