"""The sentences that ask for a number of the warehouse, once country, period and grouping are taken out.

A question is one of these from its first to its last letter, or it asks for something else: that keeps every question
for the documents away from here. Where a frame has words of its own (an item, a place), these must be known to the
warehouse, or the question is not one of ours either.

Patterns are regular expressions in which a word in capitals stands for one of _WORDS and brackets capture nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = {
    "ORDERS": "(sales|orders|invoices|purchases|transactions)",
    "OUR_ORDERS": "(sales|orders|transactions)",  # a company also receives invoices and makes purchases
    "CUSTOMERS": "(customers|buyers|shoppers)",
    "PIECES": "(items|units|pieces|products|articles)",
    "RETURNS": "(returns|cancellations|refunds)",
    "DIFFERENT": "(different|distinct|unique)",
    "REVENUE": "(revenues?|turnover|sales)",
    "WE": "(we|the (company|shop|store|business))",
    "DID": "((have|had|has|did) WE|WE( have| had)?)",
    "MAKE": "(ma[dk]e|ha[dv]e|got|get|received?|taken?|process(ed)?|seen?|record(ed)?|book(ed)?)",
    "EARN": "(MAKE|generated?|earn(ed)?|bring in|brought in|take in|do|done)",
    "WERE": "(were|was|have been|has been|got)",
    "CUSTOMERS_DID": "((did|have) (our )?customers)",
    "SOLD": "(DID (sold|sell)|WERE sold|sold|WERE BOUGHT|CUSTOMERS_DID (buy|order|purchase|BOUGHT))",
    "BOUGHT": "(bought|ordered|purchased)",
    "RETURNED": "((WERE )?(returned|refunded|cancelled|taken back|sent back)"
    "|CUSTOMERS_DID (return(ed)?|sen[dt] back)|came back)",
    "THERE": "(were there|was there|have there been|there were|there have been)",
    "HOW_MUCH": "(what|how (high|large|big)) (is|was|were|are|has been|have been)",
    "SHOW": "(HOW_MUCH |(show|give|tell|list)( me| us)? )?",
    "OUR": "((?P<our>our|the (company|shop|store|business)'s) |the )?",
    "MOST": "(most|highest|largest|biggest|greatest|best)",
    "LEAST": "(least|lowest|fewest|smallest|worst)",
    "HAS": "(has|had|have|brought( us)?|brings?( us)?|ma[dk]es?|made|generate[sd]?|placed|saw|got)",
    "OF_TOP": "( (?P<top>[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten))?",
    "GROUP": "(?P<group>country|countries|markets?|items?|products?|articles?|customers?|categor(y|ies)|stores?"
    "|months?|quarters?|years?|days?|[a-z][a-z_-]{2,30}( [a-z_-]{2,30})?)",  # last a word of the shop
    "NOUN": "(?P<noun>[a-z][a-z -]{2,40}?)",
    "ITEM": "(?P<item>.{2,80}?)",
}
# Metric: the noun phrases that name it. The first that fits from end to end.
_NOUNS = """
net_revenue: net REVENUE|REVENUE (after|net of|minus|less) RETURNS
returned_value: (value|amount) of (the |all )?RETURNS|RETURNS (value|amount)|returned (value|revenue)
return_rate: (return|returns|cancellation|refund) rate|rate of RETURNS
returned_items: (number of )?(returned PIECES|PIECES (that were )?returned)
returns: (number of (the |all )?)?(RETURNS|(returned|cancelled|refunded) ORDERS)
different_items: (number of )?DIFFERENT PIECES( (that were )?sold)?
average_order_value: average (order|basket|invoice)( value| size| amount)?|aov|average value (of|per) (an )?orders?
average_order_value: (revenue|sales) per order
revenue: (gross )?(revenues?|turnover|sales( revenue| value| amount)?)|value of (the |all )?sales
orders: number of (the |all )?ORDERS|(orders|invoices|purchases|transactions)|(sales|order) count
customers: (number of (the |all )?)?CUSTOMERS
items_sold: (number of )?(PIECES (that were )?sold|sold PIECES)|sales volume|volume of sales|quantity sold|units|pieces
"""
# Metric (`noun`: what the noun means) and how it asks (see Frame): the sentence.
_FRAMES = """
returns: how many RETURNS (DID MAKE|do we have|THERE|were (made|processed|received))
returns: how many ORDERS RETURNED
orders: how many OUR_ORDERS (DID MAKE|do we have|came in)
orders: how many OUR_ORDERS ((were|have been|got) )?(placed|made|received|taken|recorded|invoiced|processed)
orders: how many ORDERS (THERE|CUSTOMERS_DID (placed?|made|make))
customers: how many CUSTOMERS (DID (ha[dv]e|got|get|served?|sold to|sell to)|do we have|THERE)
customers: how many CUSTOMERS (have )?(BOUGHT|shopped)( something| anything)?( (from|with|at) us)?
customers: how many CUSTOMERS (have )?(placed (an order|orders)|made a purchase)
different_items: how many DIFFERENT PIECES SOLD
items_sold: how many PIECES SOLD
returned_items: how many PIECES RETURNED
orders weak: how many ORDERS
customers weak: how many CUSTOMERS
returns weak: how many RETURNS
revenue: how much (DID (sold|sell)|was sold|CUSTOMERS_DID spen[dt])
revenue: how much REVENUE (DID EARN|THERE|was (made|generated|earned)|came( in)?)
revenue: what (total )?REVENUE DID MAKE
revenue: how much revenue (did|has) ITEM EARN
returned_value: how much (was (returned|refunded)|DID (refund(ed)?|pa(y|id) back))
noun weak: SHOWOURNOUN
noun most: SHOWOURtopOF_TOP GROUP( (by|in|in terms of) NOUN)?
noun least: SHOWOURbottomOF_TOP GROUP( (by|in|in terms of) NOUN)?
items_sold most: SHOWOUR(best[- ]selling|best[- ]sold|most sold) GROUP
items_sold least: SHOWOUR(worst[- ]selling|least sold) GROUP
items_sold most: (which|what)OF_TOP GROUP (SOLD|sells?) (the )?(most|best)( often)?
items_sold least: (which|what)OF_TOP GROUP (SOLD|sells?) (the )?(least|worst)( often)?
items_sold most: (which|what)OF_TOP GROUP (has |have )?BOUGHT (the )?MOST PIECES
returned_items most: (which|what)OF_TOP GROUP RETURNED (the )?most( often)?
revenue most: (which|what)OF_TOP GROUP (has |have )?(bought|ordered|spent|spends?|buys?) (the )?most( with us)?
revenue most: who (are|is|was|were) (our |the )?(best|top) GROUP
revenue most: SHOWOURbestOF_TOP GROUP
noun most: (which|what)OF_TOP GROUP HAS( in)? (the |our )?MOST NOUN
noun least: (which|what)OF_TOP GROUP HAS( in)? (the |our )?LEAST NOUN
noun most: in (which|what) GROUP (did|have|do) we (ha[dv]e|ma[dk]e|get|got|see) (the |our )?MOST NOUN
noun least: in (which|what) GROUP (did|have|do) we (ha[dv]e|ma[dk]e|get|got|see) (the |our )?LEAST NOUN
noun most: in (which|what) GROUP (was|were) (the |our )?NOUN (the )?MOST
noun least: in (which|what) GROUP (was|were) (the |our )?NOUN (the )?LEAST
noun: SHOWOURNOUN (of|for|from) ITEM
customers: how many CUSTOMERS (have )?BOUGHT ITEM
orders: how many ORDERS (contained|included|had) ITEM
orders: how often (was|has|have we|did we) ITEM (been )?BOUGHT
items_sold: how many ((PIECES|copies) of )?ITEM SOLD
returned_items: how many ((PIECES|copies) of )?ITEM RETURNED
"""


@dataclass(frozen=True)
class Frame:
    """`metric`: what it asks for, "" when its noun says so. `how`: "", most or least where it ranks groups, or weak:
    it asks only with a filter, a grouping or `our`, for `what is the return rate` may well be about a document.
    """

    metric: str
    how: str
    pattern: re.Pattern[str]


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


def _lines(table: str) -> list[tuple[str, str]]:
    return [
        (head, _spelt_out(pattern)) for head, _, pattern in (line.partition(": ") for line in table.split("\n") if line)
    ]


NOUNS = tuple((metric, re.compile(rf"(?:(?:total|overall|all) )?(?:{pattern})")) for metric, pattern in _lines(_NOUNS))
FRAMES = tuple(
    Frame(head.split()[0].replace("noun", ""), " ".join(head.split()[1:]), re.compile(pattern))
    for head, pattern in _lines(_FRAMES)
)
GROUP_NAMES = {
    **{"countries": "country", "market": "country", "product": "item", "article": "item"},
    **{"categories": "category", "shop": "store", "branch": "store"},
}
