"""What a model writes around its answer is taken away: thoughts, calls of tools, tags, filler, unseen characters.

Whatever is read of a text's beginning stays so when the text goes on, so that a sentence is judged while it is written.
"""

from __future__ import annotations

import re

_TAGS = (
    "a abbr article aside b big blockquote body br center cite code dd del div dl dt em figure font footer form h[1-6]"
    " head header hr html i iframe img input ins kbd li link main mark meta nav object ol p pre q s samp section small"
    " span strong sub sup svg table tbody td tfoot th thead tr u ul video"
).replace(" ", "|")
_INLINE = r"a|abbr|b|big|cite|code|em|font|i|ins|kbd|mark|q|samp|small|span|strong|u"
# Both ends, or the beginning of what is still being written.
_HIDDEN = re.compile(
    r"<(think(?:ing)?|reasoning|scratchpad|script|style|tool_calls?|function_calls?)\b[^<>]*>.*?(?:</\1\s*>|\Z)"
    r"|<\|channel\|>(?:analysis|commentary)\b.*?(?:<\|end\|>|<\|call\|>|\Z)"
    r"|<!--.*?(?:-->|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_SPECIAL = re.compile(
    r"<\|start\|>\s*\w*|<\|channel\|>\s*\w*|<\|[^<>|]{1,40}\|>|</?(?:think(?:ing)?|s|INST)>|\[/?INST\]"
)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]{{0,300}})?/?>", re.IGNORECASE)
_ITEM_TAG = re.compile(r"<li(?:\s[^<>]{0,300})?>", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]{{0,300}})?/?>", re.IGNORECASE)
_ENTITY = {"&nbsp;": " ", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&ndash;": "–", "&mdash;": "—"}
# Format and control characters are not seen: they may hide a digit, or turn the order of what is read. Joiners are
# part of some scripts, between letters of theirs.
_UNSEEN = re.compile(
    r"\u001b\[[\d;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_CALL = re.compile(  # of a tool, as JSON or as a function
    r"^\s*(?:[\[{]+\s*(?:[\"'{\[]|$)|[\]}]+,?\s*$|[\"'][\w -]{1,40}[\"']\s*:"
    r"|\w+(?:\.\w+)*\([\"'{\w]+[\"'=])"
)
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_RULE = re.compile(r"^[\s|:=_*+–—-]*$")
_EMPHASIS = re.compile(r"(?<![\w*])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\w*])|`+")


def lines_of(text: str) -> list[str]:
    """The lines that may be an answer's, without tags and what no reader sees."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _UNSEEN.sub("", _SPECIAL.sub("\n", _HIDDEN.sub("\n", _UNSEEN.sub("", text))))
    for entity, character in _ENTITY.items():
        text = text.replace(entity, character)
    text = _TAG.sub("\n", _ITEM_TAG.sub("\n- ", _INLINE_TAG.sub("", text)))
    return [line for line in text.splitlines() if not (_CALL.match(line) or _FENCE.match(line) or _RULE.match(line))]


def without_emphasis(text: str) -> str:
    return _EMPHASIS.sub("", text)
