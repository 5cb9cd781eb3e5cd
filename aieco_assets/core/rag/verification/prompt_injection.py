"""Sentences of documents that give orders to a language model instead of telling a reader something.

English only, and each sentence alone: what follows an order may be true. Not every order is recognised, and none needs
to be for an answer to be what a document says: no answer is said that no document has.
"""

from __future__ import annotations

import re

from aieco_assets.core.text.words import clean

_MODEL = r"(?:(?:ai|virtual|digital|large|language|helpful)[ -])*(?:assistant|model|ai|llm|chat ?bot)"
_MUST = (
    r"(?:must|shall|should|ha(?:s|ve) to|(?:is|are) (?:\w+ )?to)(?: (?:always|never|only|now|also|simply|instead|not))?"
)
# People say good morning and answer the phone, and an honest rule for chatbots has them say what they are.
_THAT = r"(?:,? that (?!(?:it|they|you) (?:is|are|do|does|cannot|can't|accept|agree)\b)|:? ?[\"“„«]|: )"
_LISTENER = r"(?: (?:(?:the|every|all|any) )?(?:users?|customers?|readers?|people|everyone|anyone|them))"
_SAY = rf"(?:say|state|claim|reply|respond|answer|repeat|tell(?={_LISTENER})|inform(?={_LISTENER})){_LISTENER}?{_THAT}"
_ORDERS = re.compile(
    r"(?:^|[.!?:;,*\"'“(\[]\s*|\b(?:and|please|now|must|should|to|then|important|system|assistant|user|note)\W+)"
    r"(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}?(?:previous|prior|above|earlier|preceding|other|your"
    r"|system|all)\s+(?:\w+\s+){0,2}?(?:instructions?|prompts?|rules|directions|guidelines|passages|documents|context)\b"
    r"|\b(?:dear|attention|note to|instructions? (?:to|for)|message (?:to|for)) (?:the |any |all )?(?:ai|llm|language"
    r" model|chat ?bot|assistant)s?\b"
    r"|\b(?:answer|respond|reply) (?:only |always |every question )?(?:with|that)\b.{0,80}\b(?:whatever|regardless)\b"
    r"|<\|?(?:system|im_start|im_end)\|?>|\[/?(?:INST|SYSTEM)\]"
    rf"|\b(?:the|this|any|every|all|an?) {_MODEL}s?(?:,[^,.]{{1,60}},| reading [\w ]{{1,30}}?)? {_MUST} {_SAY}"
    rf"|(?:\b(?:as an|you,? the|you are an?)|^) ?{_MODEL}[,:;](?: you)?(?: {_MUST})? ?{_SAY}"
    rf"|\byour (?:answer|reply|response) {_MUST} (?:(?:say|state|be){_THAT}|include [\"“„«])"
    rf"|\b(?:when|whenever|if) (?:you are |a user )?ask(?:s|ed)?\b[^.;]{{0,60}}, (?:always )?"
    rf"(?:say|state|reply|answer){_THAT}",
    re.IGNORECASE,
)


def addresses_the_model(sentence: str) -> bool:
    """Whether a sentence of a document, or of an answer, gives orders to a language model instead of saying a thing."""
    return bool(_ORDERS.search(clean(sentence)))
