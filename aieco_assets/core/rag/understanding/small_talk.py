"""Thanks, greetings and nods are answered with a friendly sentence, and never searched as if they were questions."""

from __future__ import annotations

import re
import unicodedata

_ABOUT = "Ask me about your documents or for a number of your sales; what I say comes with its source."
# What somebody does with words that ask nothing (a dialogue act): how it is said, and what is answered.
_ACTS = (
    (
        "thanks",
        r"(?:many |no,? )?thank(?:s| ?you)(?: (?:so|very) much| a lot| again| anyway"
        r"| a (?:million|bunch)| ever so much)?"
        r"(?: for (?:the|your|all your) (?:help|answer|info|information|quick answer|explanation|time))?"
        r"|thx|ty|cheers|ta|much appreciated|(?:i )?appreciate (?:it|that)|(?:that|this|it)(?:'s| is| was)? "
        r"(?:really |very |so )?(?:helpful|kind(?: of you)?|all(?: i (?:need(?:ed)?|wanted(?: to know)?))?)"
        r"|(?:that|this) (?:really )?help(?:s|ed)(?: (?:me )?a lot)?"
        r"|danke(?: ?sch(?:ö|oe)n)?|vielen dank|merci(?: beaucoup)?"
        r"|(?:muchas )?gracias|grazie(?: mille)?|obrigad[oa]|dank (?:je|u)(?: wel)?|tack",
        "You're welcome. Ask me whenever there is something else.",
    ),
    (
        "goodbye",
        r"(?:good ?)?bye(?: ?bye)?|see you(?: later| soon| tomorrow)?"
        r"|have a (?:nice|good|great) (?:day|evening|weekend|one)"
        r"|good ?night|take care|tsch(?:ü|ue)ss|auf wiedersehen|au revoir|adi[oó]s|ciao",
        "Goodbye.",
    ),
    (
        "greeting",
        r"(?:hi|hello|hey|hiya|howdy|greetings|moin|hallo|guten (?:tag|morgen|abend)|bonjour|salut|hola|buenos d[ií]as)"
        r"(?: (?:there|again|everyone|all|you|team))?|good (?:morning|afternoon|evening|day)"
        r"|(?:and )?how are (?:you|things)(?: (?:doing|today))*|how is it going|how's it going|what's up"
        r"|(?:nice|pleased) to meet you|are you (?:there|still there|online|awake)",
        f"Hello. {_ABOUT}",
    ),
    (
        "praise",
        r"(?:(?:that|this|it)(?:'s| is| was| sounds| looks)? )?(?:all )?(?:very |really |so |just )?(?:great|perfect"
        r"|nice|good|cool|super|awesome|excellent|brilliant|lovely|wonderful|fantastic|amazing|interesting|fine|clear|right"
        r"|correct|understood)(?: (?:answer|work|job|stuff|to know))?|well done|ok(?:ay)?(?: then)?|k|got it|i see"
        r"|i understand|makes sense|that makes sense|good to know|noted|alright|all right|aha?|oh|wow|never ?mind"
        r"|forget it|no worries|no problem|hm+|lol|(?:ha)+",
        "Good. Ask me whenever there is something else.",
    ),
    (
        "yes or no",
        r"yes|yep|yeah|yup|no|nope|nah|sure|of course|certainly|absolutely|exactly|go ahead"
        r"|do (?:it|that)|please(?: do)?|yes,? i (?:do|would|am)|no,? i (?:do not|don't|am not)"
        r"|maybe|perhaps|continue|go on|carry on",
        "There is nothing that waits for a yes or a no: ask your question in a sentence.",
    ),
    (
        "who",
        r"(?:who|what) are you|what is this|what can (?:you|i) (?:do|ask)(?: (?:you|here))?|what do you (?:do|know)"
        r"|are you (?:a |an )?(?:bot|robot|human|person|ai|real person)|(?:can you )?help(?: me)?|test(?:ing)?|ping",
        f"I answer from your documents and your warehouse, and cite where it stands. {_ABOUT}",
    ),
)
_FILLER = r"(?:please|then|so|and|well|oh|ok(?:ay)?|mate|dear|folks|everyone|again|too|now|guys|very much|for now)"
_SAID = {act: re.compile(rf"(?:{pattern})", re.IGNORECASE) for act, pattern, _ in _ACTS}
_REPLIES = {act: reply for act, _, reply in _ACTS}
_BETWEEN = re.compile(rf"(?:[\s,.;:!?…–—)(-]+|{_FILLER}\b)+", re.IGNORECASE)
# What may stand before a question in the same message, with a mark or a joint between them.
_BEFORE = re.compile(
    rf"^\s*(?:(?:{_SAID['thanks'].pattern}|{_SAID['greeting'].pattern}|{_SAID['praise'].pattern})"
    r"(?:\s*[,.;:!…–—-]+\s*|\s*[\U0001F300-\U0001FAFF]+\s*))+(?=\S)",
    re.IGNORECASE,
)


def small_talk(text: str) -> str:
    """What is answered to a text that is thanks, a greeting, a nod or the like from end to end; "" when it asks."""
    plain = _plain(text)
    if not plain:
        return _REPLIES["praise"] if _is_emoji(text) else ""
    found, place = "", 0
    while place < len(plain):
        between = _BETWEEN.match(plain, place)
        act, end = max(
            ((act, said.end()) for act, pattern in _SAID.items() if (said := pattern.match(plain, place))),
            key=lambda one: one[1],
            default=("", 0),
        )
        if end and (end == len(plain) or not plain[end].isalnum()):
            place, found = end, act if found in ("", "praise", "yes or no", "greeting") else found
        elif between:
            place = between.end()
        else:
            return ""
    return _REPLIES[found] if found else ""


def without_small_talk(text: str) -> str:
    """The text without thanks and greetings in front of what it asks: `Thanks! And how much is that?`"""
    return _BEFORE.sub("", text, count=1)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    kept = (" " if unicodedata.category(letter) in ("So", "Sk", "Mn", "Cf") else letter for letter in text)
    return " ".join("".join(kept).split())


def _is_emoji(text: str) -> bool:
    return any(unicodedata.category(letter) == "So" for letter in text)
