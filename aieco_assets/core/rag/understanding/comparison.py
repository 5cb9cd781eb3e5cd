"""Questions that compare two things: the same question of each, and what the one has that the other has not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.text.words import content, words

_THE = r"(?:the|a|an|our|your|my)\s+"
_NAME = rf"(?:{_THE})?[^\W_][\w'’-]*(?:\s+[^\W_][\w'’-]*){{0,4}}?"
_BETWEEN = re.compile(
    rf"\b(?:differences?\s+between|differs?\s+between|compare|comparison\s+(?:of|between))\s+(?P<one>{_NAME})"
    rf"\s+(?:and|with|to|against)\s+(?P<other>{_NAME})\s*[?.!]*$",
    re.IGNORECASE,
)
_DIFFERS = re.compile(
    rf"\bhow\s+(?:does|do|is|are)\s+(?P<one>{_NAME})\s+(?:differ|different)\s+from\s+(?P<other>{_NAME})\s*[?.!]*$",
    re.IGNORECASE,
)
_DIFFER = re.compile(
    rf"\bhow\s+do\s+(?P<one>{_NAME})\s+and\s+(?P<other>{_NAME})\s+(?:differ|compare)\s*[?.!]*$", re.IGNORECASE
)
_VERSUS = re.compile(rf"^(?P<one>{_NAME})\s+(?:vs\.?|versus)\s+(?P<other>{_NAME})\s*[?.!]*$", re.IGNORECASE)
_LACKING = re.compile(
    rf"\b(?:in|by|of|with|for|under|on)\s+(?P<one>{_NAME})(?:,?\s+(?:that|which|what)\s+(?:is|are)n?(?:['’]t|\s+not)?"
    rf"|,?\s+but\s+(?:is\s+|are\s+)?not)\s+(?:included\s+|covered\s+|contained\s+)?"
    rf"(?:in|by|of|with|for|under|on)\s+(?P<other>{_NAME})\s*[?.!]*$",
    re.IGNORECASE,
)
_INCLUDES = r"(?:ha(?:ve|s)|get|includes?|offers?|covers?|contains?|provides?|supports?)"
_HAS = re.compile(
    rf"\b(?:does|do)\s+(?P<one>{_NAME})\s+{_INCLUDES}\s+(?:anything\s+|something\s+)?(?:that|which|what)\s+"
    rf"(?P<other>{_NAME})\s+(?:lacks?|(?:does|do|ha(?:s|ve))(?:n['’]t|\s+not)(?:\s+{_INCLUDES})?)\s*[?.!]*$",
    re.IGNORECASE,
)
_FORMS = (_BETWEEN, _DIFFERS, _DIFFER, _VERSUS)
_NEGATED = re.compile(r"\b(?:not|isn['’]t|aren['’]t)\b", re.IGNORECASE)
# A question that begins so asks something of the difference, not what it is: `Who pays the difference between …?`
_ASKS_ELSE = re.compile(r"\b(?:who|whom|whose|when|where|why|how|if)\b", re.IGNORECASE)
# `What happens with an order that is not in stock?` asks of one thing.
_IS_IN = re.compile(
    r"\b(?:is|are|included|contained|covered|available|offered|provided|supported|features?|comes?|get)\s*$",
    re.IGNORECASE,
)
_SAYS_NOTHING = frozenset(
    content(
        "explain tell describe show list give summarise summarize see know understand like need want please help let"
        " main key major important exact exactly actual biggest big difference differences comparison"
    )
)


@dataclass(frozen=True)
class Comparison:
    """`sides`: both things as the question names them. `questions`: what is asked of each alone. `lacking`: what the
    first has and the second has not is asked for, not every difference. `about`: stems of what alone is compared of
    them, `price` in `the price difference between A and B`; empty where everything is."""

    sides: tuple[str, str]
    questions: tuple[str, str]
    lacking: bool = False
    about: frozenset[str] = frozenset()


def comparison(question: str) -> Comparison | None:
    """What a question compares, None when it compares nothing: `What is in A that is not in B?`, `A versus B`, `the
    difference between A and B`. A noun that both share may be said once: `the Base and the Complete plan`."""
    if (found := _LACKING.search(question)) and _NEGATED.search(found.group()):
        one, other = _whole(found["one"], found["other"])
        before = question[: found.start("one")]
        lacking = Comparison((one, other), (f"{before}{one}?", f"{before}{other}?"), lacking=True)
        compares = _IS_IN.search(question[: found.start()]) and not _ASKS_ELSE.search(before)
        return lacking if compares else None
    if found := _HAS.search(question):
        one, other = _whole(found["one"], found["other"])
        lacking = Comparison((one, other), (f"What does {one} have?", f"What does {other} have?"), lacking=True)
        return None if _ASKS_ELSE.search(question[: found.start()]) else lacking
    found = next((match for form in _FORMS if (match := form.search(question))), None)
    if not found or _ASKS_ELSE.search(question[: found.start()]):
        return None
    one, other = _whole(found["one"], found["other"])
    about = [word for word in words(question[: found.start()]) if set(content(word)) - _SAYS_NOTHING]
    of = f"the {' '.join(about)} of " if about else ""
    return Comparison((one, other), (f"What is {of}{one}?", f"What is {of}{other}?"), about=_stems(about))


def _stems(of: list[str]) -> frozenset[str]:
    return frozenset(content(" ".join(of)))


def _whole(one: str, other: str) -> tuple[str, str]:
    """Both names, the first with the last word of the second where it has no noun of its own: `the Base` and `the
    Complete plan`."""
    mine, theirs = one.split(), other.split()
    plain = theirs[-1].rstrip("s") if len(theirs) > 1 else ""
    shares = plain and len(mine) < len(theirs) and len(mine) <= 2 and theirs[-1].islower() and mine[-1] != theirs[-1]
    return (f"{one} {plain}", other) if shares else (one, other)
