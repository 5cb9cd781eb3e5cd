"""What is cut out of a question before its sentence is looked at: places, stores, weekdays, groupings. Lower case."""

from __future__ import annotations

import re

from aieco_assets.core.metrics.countries import DEMONYMS, NAMES

_MEASURED = (
    "(?:sales|orders|revenues?|turnover|customers|buyers|shoppers|returns|refunds|purchases"
    "|average order value|order value)"
)
_COUNTRY = rf"(?:the )?(?:{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})"
_COUNTRIES = rf"{_COUNTRY}(?:(?: and| or)? {_COUNTRY}){{0,9}}"
_DEMONYM = "|".join(sorted(DEMONYMS, key=len, reverse=True))
ONE_COUNTRY = re.compile(rf"\b(?:{_COUNTRY}|{_DEMONYM})\b")
PLACE = re.compile(rf"\b(?:in|from|to|for|within|across) (?P<place>{_COUNTRIES})(?![\w'-])")
OWNER = re.compile(
    rf"(?:^| )(?P<place>{_COUNTRY}|{_DEMONYM})(?:'s)? (?=(?:(?:net|total|gross|repeat|share of) )?{_MEASURED}\b)"
)
EXCEPT = (
    "(?:outside(?: of)?|except(?: for| from| in)?|excluding|excl\\.?|without|other than|apart from|aside from"
    "|not (?:counting|including|from|in|to)|but not(?: from| in| to)?|leaving out|ignoring|all but)"
)
_EVERYWHERE = (
    "(?:(?:(?:from|in|to|across) )?(?:everywhere|anywhere|(?:all|any|every) (?:other )?(?:countries|country|markets?))"
    r"(?: else)? )?(?:(?:that|which) (?:were|are|is|was|live) )?"
)
WITHOUT = re.compile(
    rf"\b{_EVERYWHERE}(?:{EXCEPT}|(?<=countries )but|(?<=where )but) (?P<place>{_COUNTRIES})(?![\w'-])"
)
NON = re.compile(rf"\bnon[- ](?P<place>{_COUNTRY}|{_DEMONYM})(?=\W)")
_EVERYTHING = "(?:(?:(?:of|from|for|on) )?(?:everything|anything|all (?:other )?(?:items|products|categories)) )?"
WITHOUT_WORDS = re.compile(
    rf"\b{_EVERYTHING}(?:{EXCEPT}|(?<=thing )but) (?:the |our |any )?(?P<words>[^\d\s£$€].{{1,60}}|\d[\w-]{{2,12}})$"
)
WEEKDAYS = {
    **{name: (number,) for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1
    )},
    "weekend": (6, 7),
    "weekday": (1, 2, 3, 4, 5),
    "working day": (1, 2, 3, 4, 5),
}  # fmt: skip
_WEEKDAY = "|".join(WEEKDAYS)
_MANY = rf"(?:{_WEEKDAY})s(?:(?: and| or)? (?:on )?(?:{_WEEKDAY})s){{0,6}}"
ON_WEEKDAYS = re.compile(
    rf"\b(?:on|at|over|during) (?:(?:the|all|most) )?(?P<days>{_MANY}|the weekend)(?![\w-])"
    rf"|\bon (?:an? |any |every |each )(?P<one>{_WEEKDAY})(?![\w-])"
    rf"|(?:^|(?<= ))(?P<adjective>{_WEEKDAY}) (?={_MEASURED}\b)"
)
NOT_WEEKDAYS = re.compile(rf"\b{EXCEPT} (?:on )?(?:the )?(?P<days>{_MANY}|weekend)(?![\w-])")
ONE_WEEKDAY = re.compile(_WEEKDAY)
_PER = (
    "by|per|for each|for every|in each|in every|from each|from every|on each|each|every"
    "|split by|broken down by|grouped by"
)
_TIME = "weekday|day|week|month|quarter|year"
_GROUPS = f"country|countries|market|item|product|article|customer|category|categories|store|shop|branch|{_TIME}"
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
ADVERBS = {
    **{"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"},
    **{"yearly": "year", "annual": "year"},
}
ADVERB = re.compile(rf"\b(?P<group>{'|'.join(ADVERBS)})(?= (?:\w+ )?{_MEASURED}\b)")
# `on average` or `average` before what is averaged over days, months or stores.
AVERAGE = re.compile(r"\b(?:on average|the average|our average|average|mean|typical)(?: number of)?(?![\w-])")
A_TIME = re.compile(rf"\ban? (?P<group>{_TIME})(?![\w-])")
BEFORE_ITEM = re.compile(r"^(?:of )?(?:(?:the|an?|our) )?(?:(?:item|product|article|stock|sku)(?: code| number)? )?")
TAIL = re.compile(r"(?P<rest>.+?) (?:in|from|within|at) (?:the )?(?P<words>[^\d\s].{1,40})")
# `frozen food sales`: what stands before the noun, if the warehouse knows it.
NAMED = re.compile(
    r"(?P<rest>(?:(?:what|how much|how high) (?:is|was|were|are) |(?:show|give|tell|list)(?: me| us)? )?(?:our |the )?)"
    r"(?P<words>[a-z][^?]{1,60}?) (?P<noun>(?:net |gross |total )?(?:sales|revenues?|turnover|orders|returns))"
)
