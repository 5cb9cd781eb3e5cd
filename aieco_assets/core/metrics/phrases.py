"""What is cut out of a question before its sentence is looked at: places, stores, groupings. Lower case throughout."""

from __future__ import annotations

import re

from aieco_assets.core.metrics.countries import NAMES

_MEASURED = "(?:sales|orders|revenues?|turnover|customers|returns)"
_COUNTRY = rf"(?:the )?(?:{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})"
_COUNTRIES = rf"{_COUNTRY}(?:(?: and| or)? {_COUNTRY}){{0,9}}"
ONE_COUNTRY = re.compile(_COUNTRY)
PLACE = re.compile(rf"\b(?:in|from|to|for|within|across) (?P<place>{_COUNTRIES})(?![\w'-])")
OWNER = re.compile(rf"(?:^| )(?P<place>{_COUNTRY})(?:'s)? (?=(?:net |total |gross )?{_MEASURED}\b)")
_PER = "by|per|for each|for every|in each|in every|each|every|split by|broken down by|grouped by"
_GROUPS = (
    "country|countries|market|item|product|article|customer|category|categories|store|shop|branch"
    "|month|quarter|year|day"
)
_AND = rf"(?: and|,)? (?:(?:{_PER}) )?(?:the )?"
BY = re.compile(rf"\b(?:{_PER}) (?:the )?(?P<group>{_GROUPS})(?:{_AND}(?P<second>{_GROUPS}))?(?![\w'-])")
# A word that only the shop may use for what its lines have: `by department and month`.
_WORD = "[a-z][a-z_-]+(?: (?!and |by |per )[a-z_-]+){0,2}"
BY_WORD = re.compile(
    rf"\b(?:by|per|for each|for every|split by|broken down by|grouped by) (?:the )?(?P<group>{_WORD})"
    rf"(?: (?:and|by|per)(?: by| per)? (?:the )?(?P<second>{_WORD}))?$"
)
STORE = re.compile(
    r"(?:\b(?:in|at|from|of|for|by) )?\b(?:the )?(?:store|shop|branch) (?:(?:no\.?|number|#) ?)?"
    r"(?P<store>#?[\w-]*\d[\w-]*)(?![\w-])"
)
ADVERBS = {"daily": "day", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year"}
ADVERB = re.compile(rf"\b(?P<group>{'|'.join(ADVERBS)})(?= (?:\w+ )?{_MEASURED}\b)")
BEFORE_ITEM = re.compile(r"^(?:of )?(?:(?:the|an?|our) )?(?:(?:item|product|article|stock|sku)(?: code| number)? )?")
TAIL = re.compile(r"(?P<rest>.+?) (?:in|from|within|at) (?:the )?(?P<words>[^\d\s].{1,40})")
# `frozen food sales`: what stands before the noun, if the warehouse knows it.
NAMED = re.compile(
    r"(?P<rest>(?:(?:what|how much|how high) (?:is|was|were|are) |(?:show|give|tell|list)(?: me| us)? )?(?:our |the )?)"
    r"(?P<words>[a-z][^?]{1,60}?) (?P<noun>(?:net |gross |total )?(?:sales|revenues?|turnover|orders|returns))"
)
