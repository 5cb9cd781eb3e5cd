"""The question in a message: in a pasted mail, in what a chat client wraps around it, beside instructions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.understanding.ellipsis import named
from aieco_assets.core.rag.understanding.follow_up import complete
from aieco_assets.core.rag.understanding.small_talk import without_small_talk

MAX_QUESTION = 500  # characters of what is asked
MAX_MESSAGE = 20_000  # characters of what it stands in: a mail with the ones that it answers
_MOST = 3  # questions of one message
# Chat clients with documents of their own put theirs before the question.
_OPENS = re.compile(r"<(user_query|question|query)>", re.IGNORECASE)
_AFTER = re.compile(r"</(?:context|documents|sources|attachments)>(?P<asked>.*)\Z", re.DOTALL | re.IGNORECASE)
_OLDER_LINE = re.compile(r"^[ \t]*>[^\n]*$|^on [^\n]{5,120} wrote:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_OLDER_REST = re.compile(r"^(?:-{2,} ?(?:original|forwarded) message[^\n]*|-- ?)$.*", re.I | re.M | re.S)
# How something is to be answered says nothing of what is asked.
_FORM = re.compile(
    r"(?:^|(?<=[.!?\n]))[^\S\n]*(?:please,? )?(?:(?:only|just) )?(?:answer|reply|respond|return|write"
    r"|give (?:me )?(?:the|your) answer"
    r"|format (?:it|the answer|your answer)|output|keep (?:it|the answer|your answer)|be)"
    r"(?: (?:me|it|the answer|your answer|the result|only|just|strictly|briefly|always))*"
    r"(?: (?:in|as|with|using|to) (?:(?:an?|one|two|three|valid|plain|strict|raw|the|\d+|short|full|single|few) )*"
    r"(?:json|yaml|xml|html|markdown|csv|english|german|french|spanish|italian|dutch|bullet points?"
    r"|bullets?|lists?|tables?"
    r"|sentences?|words?|lines?|paragraphs?|plain text|text|object|format)(?: (?:only|object|format|please))*"
    r"| (?:short|brief|concise|briefly|to the point)(?: and \w+)?)"
    r"(?: (?:with|using|that has|of|following) (?:(?:the|an?|this|only|following) )*"
    r"(?:keys?|fields?|schema|propert(?:y|ies))\b[^.!?\n]*+)?\s*(?:[.!]|$)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?<=[.!?…])[\"')\]”’]*\s+|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)|(?<=[,:])\n")
_INDIRECT = re.compile(
    r"\b(?:(?:please|kindly|could you|can you|would you) (?:\w+ )?"
    r"(?:tell|explain|let (?:me|us) know|confirm|advise|check|inform)"
    r"|(?:i|we)(?:'d| would| want| need)?(?: (?:like|also|just|only|really))* (?:to )?(?:know|ask|find out|understand)"
    r"|(?:i|we)(?:'m| am| are| was| were)? (?:wonder(?:ing)?|asking|not sure|unsure|curious)"
    r"|my question|the question is|what i need to know|tell me|let me know)\b",
    re.IGNORECASE,
)
_ASKED_FIRST = re.compile(
    r"^\W*(?:and |but |so |also )?(?:what|which|who|whom|whose|when|where|why|how|can|could|do|does|did"
    r"|is|are|may|must|will|should)\b",
    re.IGNORECASE,
)
_NO_TOPICS = {
    *("help", "hope", "thing", "question", "favour", "doubt", "assist"),
    *("guess", "right", "sense", "today", "advice", "answer", "look"),
}


def question_in(message: str) -> str:
    """What a message asks, at most MAX_QUESTION characters: all of a short one, the questions of a long one.

    Raises AiecoError when a message is longer than MAX_MESSAGE characters, or a long one asks nothing that can be seen.
    """
    if len(message) > MAX_MESSAGE:
        raise AiecoError(f"The question has {len(message)} characters: ask in at most {MAX_MESSAGE}.")
    text = _unwrapped(message)
    plain = _FORM.sub(" ", text).strip() or text
    plain = without_small_talk(plain)
    if len(" ".join(plain.split())) <= MAX_QUESTION:
        return plain
    own = _OLDER_LINE.sub("", _OLDER_REST.sub("", plain)).strip() or plain
    sentences = [found for found in (" ".join(one.split()) for one in _ENDS.split(own)) if found]
    places = _asking(sentences)
    if not places:
        raise AiecoError(
            f"The message has {len(message)} characters and no question in it: ask in a sentence of its own."
        )
    return _joined(sentences, places[-_MOST:])


def _unwrapped(message: str) -> str:
    if wrapped := _wrapped(message):
        return wrapped
    after = _AFTER.search(message)
    return after["asked"] if after and after["asked"].strip() else message


def _wrapped(message: str) -> str:
    """What stands in the first element that holds a question; empty where none does. Looks at each character once: one
    pattern for both ends of an element takes hours for a message of openings or of white space."""
    never_closed: set[str] = set()
    for opened in _OPENS.finditer(message):
        name = opened[1].lower()
        closed = None if name in never_closed else re.compile(f"</{name}>", re.I).search(message, opened.end())
        if closed is None:
            never_closed.add(name)
        elif asked := message[opened.end() : closed.start()].strip():
            return asked
    return ""


def _asking(sentences: Sequence[str]) -> list[int]:
    """Places of the sentences that ask: with a mark; without any such, in other ways."""
    speaking = [place for place, one in enumerate(sentences) if set(named(one)) - _NO_TOPICS]
    marked = [place for place in speaking if sentences[place].rstrip("\"')]”’").endswith("?")]
    return (
        marked
        or [place for place in speaking if _ASKED_FIRST.match(sentences[place])]
        or [place for place in speaking if _INDIRECT.search(sentences[place])]
    )


def _joined(sentences: Sequence[str], places: Sequence[int]) -> str:
    """The questions at `places`, the first with what the sentence before it names where it leaves that out."""
    first = places[0]
    said = [one for one in sentences[:first] if named(one) and len(one) <= MAX_QUESTION // 2]
    whole = complete(sentences[first], said[-1:]).text
    asked = [whole if len(whole) <= MAX_QUESTION else sentences[first], *(sentences[place] for place in places[1:])]
    while len(asked) > 1 and len(" ".join(asked)) > MAX_QUESTION:
        asked = asked[1:]
    text = " ".join(asked)
    if len(text) > MAX_QUESTION:
        raise AiecoError(f"The question is a sentence of {len(text)} characters: ask in at most {MAX_QUESTION}.")
    return text
