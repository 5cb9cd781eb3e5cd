"""Words that patterns are made of, and the noun phrases that name a metric.

A word in capitals stands for one of _WORDS; brackets capture nothing.
"""

from __future__ import annotations

import re

from aieco_assets.core.metrics.catalog import METRICS

_WORDS = {
    "ORDERS": "(sales|orders|invoices|purchases|transactions)",
    "OUR_ORDERS": "(sales|orders|transactions)",  # a company also receives invoices and makes purchases
    "CUSTOMERS": "((different |distinct |unique )?(customers|buyers|shoppers)|(different|distinct|unique) people)",
    "PIECES": "(items|units|pieces|products|articles|things)",
    "BUYERS": "(CUSTOMERS|people|persons)",
    "PIECE_OR": "(items?|units?|pieces?|products?|articles?)",
    "RETURNS": "(returns|cancellations|refunds)",
    "DIFFERENT": "(different|distinct|unique)",
    "REVENUE": "(revenues?|turnover|sales)",
    "WE": "(we|the (company|shop|store|business))",
    "DID": "((have|had|has|did|do) WE|WE( have| had)?)",
    "MAKE": "(ma[dk]e|ha[dv]e|got|get|received?|taken?|took|process(ed)?|seen?|record(ed)?|book(ed)?)",
    "EARN": "(MAKE|generated?|earn(ed)?|bring in|brought in|take in|took in|took|taken in|do|done)",
    "SPEND": "(spen[dt]s?|spending)",
    "ONE_CUSTOMER": "((a|an|the|our|each|every) (average )?customer)",
    "ONE_ORDER": "((a|an|the|our|each|every) (average )?(order|basket|invoice))",
    "WERE": "(were|was|have been|has been|got)",
    "CUSTOMERS_DID": "((did|have) (our )?customers)",
    "SOLD": "(DID (sold|sell)|WERE sold|sold|WERE BOUGHT|CUSTOMERS_DID (buy|order|purchase|BOUGHT))",
    "BOUGHT": "(bought|ordered|purchased)",
    "RETURNED": "((WERE )?(returned|refunded|cancelled|taken back|sent back)"
    "|CUSTOMERS_DID (return(ed)?|sen[dt] back)|came back)",
    "THERE": "(were there|was there|have there been|there were|there have been)",
    "HOW_MUCH": "(what|which|how (high|large|big)) (is|was|were|are|has been|have been)",
    "SHOW": "(HOW_MUCH |(show|give|tell|list)( me| us)? )?",
    "OUR": "((?P<our>our|the (company|shop|store|business)'s) |the )?",
    "MOST": "(most|highest|largest|biggest|greatest|best)",
    "LEAST": "(least|lowest|fewest|smallest|worst)",
    "HAS": "(has|had|have|brought( us)?|brings?( us)?|ma[dk]es?|made|generate[sd]?|placed|saw|got)",
    "OF_TOP": "( (?P<top>[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten))?",
    "GROUP": "(?P<group>country|countries|markets?|items?|products?|articles?|customers?|categor(y|ies)|stores?"
    "|months?|quarters?|years?|days?|weeks?|weekdays?|[a-z][a-z_-]{2,30}( [a-z_-]{2,30})?)",  # last a word of the shop
    "WHAT_SHARE": "((what|which|how (large|big|high) a)|(what|how (large|big|high)) (is|was) (the|our)) share of OUR",
    "COMES": "(comes?|came|is|was|were|are|goes|went|has come|fell|falls)( (made|generated|placed|earned|bought))?",
    "HAVE_WE": "((do|did) we (make|get|have|sell|take|earn|generate))",
    "FROM_IT": "(from|in|with|by|to|on|due to)",
    "ACCOUNT_FOR": "(account for|make up|bring( in)?|contribute|represent|generate|make|have|constitute)",
    "PART": "(?P<part>[a-z0-9][^?]{1,60}?)",
    "NOUN": "(?P<noun>[a-z][a-z -]{2,40}?)",
    "ITEM": "(?P<item>.{2,80}?)",
}


def metric_of(noun: str) -> str:
    """Name of the metric that a noun phrase means, "" for none."""
    return next((metric for metric, pattern in NOUNS if pattern.fullmatch(noun)), "")


def _spelt_out(pattern: str) -> str:
    while re.search("[A-Z]{2}", pattern):
        pattern = re.sub("[A-Z]{2}[A-Z_]*", lambda word: _longest(word.group()), pattern)
    return re.sub(r"\((?!\?)", "(?:", pattern)


def _longest(capitals: str) -> str:
    """Words in capitals may follow each other without a space."""
    found = next(name for name in sorted(_WORDS, key=len, reverse=True) if capitals.startswith(name))
    return _WORDS[found] + capitals[len(found) :]


def lines(table: str) -> list[tuple[str, str]]:
    return [
        (head, _spelt_out(pattern))
        for head, _, pattern in (line.partition(": ") for line in table.replace("\n    ", "").split("\n") if line)
    ]


# Of each metric the patterns that its definition has (config.meta.nouns). The first that fits from end to end.
NOUNS = tuple(
    (metric.name, re.compile(rf"(?:(?:total|overall|all) )?(?:{_spelt_out(pattern)})"))
    for metric in METRICS.values()
    for pattern in metric.nouns
)
