"""What a fragment takes the place of in the question before it, and what a pronoun stands for."""

from __future__ import annotations

import re

from aieco_assets.core.rag.understanding.noun_phrases import WORD, Phrase, noun_phrases
from aieco_assets.core.text.vocabulary import ASKING, STOP_WORDS
from aieco_assets.core.text.words import content, stem

PREPOSITIONS = r"for|in|at|on|to|from|by|with|without|during|after|before|under|over|of|about|between|outside|inside"
LEADING = re.compile(rf"^({PREPOSITIONS})\s+", re.IGNORECASE)
# What follows a preposition: a name, or everything up to the next preposition or clause.
_PHRASE = re.compile(
    rf"(?:(?:the|a|an|our|my|your)\s+)?(?:[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*"
    rf"|(?:(?!(?i:{PREPOSITIONS}|and|or|if|when|that|which)\b)[\w'’-]+\s*)+(?<!\s))"
)
_OF = re.compile(rf"\s+(?:of|for|on|in|at)\s+(?={_PHRASE.pattern})", re.IGNORECASE)
_ACTOR = re.compile(r"\b(?:i|you|we)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:it|they|them)\b"
    r"|\b(?:this|that|these|those)\b(?=[\s,]*(?:[?.!]|$)"
    r"|\s+(?:to|for|from|with|in|on|at|by|cost|take|last|include|mean|work|apply|count|happen|need|be|is|are|was|valid|open|run)\b)",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:he|she|him)\b|\bher[\s?.!]*$|\b(?:its|their)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|will|would|can) (?:it|this)(?: be)?(?: \w+){1,2} (?:to|that|if)\s+\w"
    r"|\bit(?:'s| is) \w+ (?:to|that|if)\b",
    re.IGNORECASE,
)
_CHOOSES = re.compile(r"\b(?:which|both|either|neither|one|any|all|each|none) of (?:them|these|those)\b", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow (?:many|much)(?= of (?:it|them|these|those|that)\b)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_ONE = re.compile(
    r"\b(?P<before>(?:the|an?|this|that|which|new|other)(?: [\w-]+)?(?= ones?\b)|[\w-]+(?= ones\b)) ones?\b"
    r"(?=\s*(?:[?.!,]|$)|\s+(?:for|of|in|on|at|to|with|from|is|are|was|and|or|do|does|that|which|costs?|takes?|lasts?|be"
    r"|valid|open|insured|included|allowed)\b)",  # not `the one day ticket`
    re.IGNORECASE,
)
NEVER_A_TOPIC = frozenset(STOP_WORDS) | ASKING | {"many", "much", "long", "often", "soon", "far", "old", "big"}
_NOT_TOPICS = frozenset(map(stem, NEVER_A_TOPIC))


def named(text: str) -> list[str]:
    """Stems of the words that could say what a question is about."""
    return [word for word in content(text) if word not in _NOT_TOPICS]


def points_back(question: str) -> bool:
    """Whether a pronoun stands for something that the question itself has not named."""
    found = _THING.search(question) or _PERSON.search(question)
    if found is None or _EXPLETIVE.search(question):
        return False
    return len(named(question[: found.start()])) < 2


def with_fragment(before: str, fragment: str) -> str:
    """The question before with the fragment in the place of what it replaces, else at its end."""
    leading = LEADING.match(fragment)
    bare = fragment[leading.end() :] if leading else fragment
    bare = with_head(bare, before)
    same = _same_head(before, bare)
    if same is not None:
        return same
    if leading:
        fragment = f"{leading[1]} {bare}"
        used = list(re.finditer(rf"\b{leading[1]}\s+", before, re.IGNORECASE))
        if used:
            said = _PHRASE.match(before, used[-1].end())
            end = said.end() if said else len(before)
            return f"{before[: used[-1].start()]}{fragment}{before[end:]}"
    there, new = noun_phrases(before), noun_phrases(f"of {bare}")
    if len(new) == 1:
        found = _like(there, new[0], only_names=bool(leading))
        if found:
            return before[: found.start] + bare + before[found.end :]
    if leading:
        return f"{before} {fragment}"
    mine = new[0] if len(new) == 1 else None
    joint = " for " if mine and (mine.is_name or mine.is_definite) else ": "
    return f"{before}{joint}{bare}"


def with_head(text: str, before: str) -> str:
    """`the annual one` with the noun that `one` stands for."""
    found = _ONE.search(text)
    there = [phrase for phrase in noun_phrases(_about(before)) if not phrase.is_name]
    if not found or not there:
        return text
    definite = not re.match(r"an?\b", found["before"], re.IGNORECASE)
    alike = [phrase for phrase in there if phrase.is_definite == definite]
    head = (alike or there)[-1].head
    return f"{text[: found.start()]}{found['before']} {head}{text[found.end() :]}"


def with_antecedent(question: str, before: str) -> str:
    """The question with what its pronoun stands for: put in its place, or behind where it is an act or a person."""
    found = _THING.search(question)
    counted = _COUNTED.search(question)
    subject = topic_phrase(before, counted=bool(counted))
    act = _ACTOR.search(before) or _about(before) != before
    plural = bool(found) and found.group().casefold() in ("they", "them", "these", "those")
    if found and subject and (plural or not act) and not _CHOOSES.search(question):
        said = before[subject.start : _extended(before, subject)]
        if counted:
            return f"{question[: counted.end()]} {_ARTICLE.sub('', said)}{question[found.end() :]}?"
        return f"{question[: found.start()]}{said}{question[found.end() :]}?"
    return f"{question}: {topic(before)}?"


def topic(before: str) -> str:
    """What a question is about: the question from its first word that names something."""
    before = _about(before)
    for word in WORD.finditer(before):
        if word.group().casefold() not in NEVER_A_TOPIC:
            return before[word.start() :]
    return before


def topic_phrase(before: str, counted: bool = False) -> Phrase | None:
    """The phrase that the question is about: its first; not what `how many` counts where there is another.

    `counted`: the first whatever it is, because it is counted again.
    """
    there = [phrase for phrase in noun_phrases(before) if phrase.start >= len(before) - len(_about(before))]
    others = [phrase for phrase in there if not phrase.counted or before[phrase.end :].startswith(" of ")]
    return next(iter(there if counted else others or there), None)


def _about(before: str) -> str:
    """Of a question that was completed by what stood before it: what it is about."""
    return before.rpartition(": ")[2]


def _extended(before: str, phrase: Phrase) -> int:
    """Where the phrase ends with what belongs to it: `a full service of the Trail`."""
    joint = _OF.match(before, phrase.end)
    if not joint:
        return phrase.end
    inner = next((one for one in noun_phrases(before) if one.start == joint.end()), None)
    return inner.end if inner else phrase.end


def _like(there: list[Phrase], new: Phrase, only_names: bool) -> Phrase | None:
    """The one phrase of the same kind as the new one; None where there is no such, or more than one."""
    if new.is_name:
        same = [phrase for phrase in there if phrase.is_name]
        return same[-1] if same else None
    if only_names:
        return None
    same = [phrase for phrase in there if not phrase.is_name and phrase.is_definite == new.is_definite]
    same = [phrase for phrase in same if not phrase.counted] or same
    same = [phrase for phrase in same if phrase.is_person == new.is_person]
    if len(same) > 1:
        same = [phrase for phrase in same if phrase.is_bare == new.is_bare]
    return same[0] if len(same) == 1 else None


def _same_head(before: str, bare: str) -> str | None:
    """The fragment in the place of the last phrase with the same noun: `part-time staff` for `full-time staff`."""
    words, others = list(WORD.finditer(before)), WORD.findall(bare)
    if not others:
        return None
    head = stem(others[-1].casefold())
    for place in reversed(range(len(words))):
        if stem(words[place].group().casefold()) != head:
            continue
        first = place
        while first and place - first < len(others) - 1 and words[first - 1].group().casefold() not in NEVER_A_TOPIC:
            first -= 1
        starts = words[first].start()
        article = re.search(r"\b(?:the|an?|our|my|your) $", before[:starts], re.IGNORECASE)
        if article and re.match(r"(?:the|an?|our|my|your) ", bare, re.IGNORECASE):
            starts = article.start()
        return before[:starts] + bare + before[words[place].end() :]
    return None
