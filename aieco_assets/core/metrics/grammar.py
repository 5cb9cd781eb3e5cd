"""The sentences that ask for a number of the warehouse, once country, period and grouping are taken out.

A question is one of these from its first to its last letter, or it asks for something else: that keeps every question
for the documents away from here. Where a frame has words of its own (an item, a place), these must be known to the
warehouse, or the question is not one of ours either.

Patterns are regular expressions in which a word in capitals stands for one of _WORDS and brackets capture nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.phrase_patterns import lines

# Metric (`noun`: what the noun means) and how it asks (see Frame): the sentence.
_FRAMES = """
items_per_order: how many PIECES (are|were|does|do|did) (there )?((in|on) )?ONE_ORDER( (have|contain|include
    |hold))?( on average)?
revenue_per_customer: (how much|what) (does|do|did) ONE_CUSTOMER SPEND( with us| per head)?( on average)?
orders_per_customer: how many ORDERS (does|do|did) ONE_CUSTOMER (place|make|have)( on average)?
orders_per_customer: how often (does|do|did) ONE_CUSTOMER (order|buy|purchase)( from us)?( on average)?
average_order_value: how much (is|was) (in|spent (on|in|per)) ONE_ORDER( on average)?|how (big|large|high) (is
    |was) ONE_ORDER( on average)?
average_order_value: (what|how much) (is|was) ONE_ORDER worth( on average)?
average_order_value: (what|how much) (does|did) ONE_ORDER (come to|amount to|bring in|bring)( on average)?
revenue: how much money (DID (make|made|take|took|taken|earn|earned|take in|took in|taken in)|came in)
revenue most: (which|what)OF_TOP GROUP (makes?|made|brings?|brought|earns?|earned)( us)?( in)? (the )?most money
revenue least: (which|what)OF_TOP GROUP (makes?|made|brings?|brought|earns?|earned)( us)?( in)? (the )?least money
return_rate: WHAT_SHARE(sales|revenue|turnover) (comes?|came|goes|went|is|was|gets?|got|has been) (back
    |returned|refunded|sent back|taken back)
return_rate: how much of (our |the )?(sales|revenue|turnover) (comes?|came|is|was|gets?|got) (back|returned
    |refunded|sent back)
countries weak: how many (different )?countries
countries: how many (different )?countries (do|did|have) we (sell|sold|ship goods) (to|in|into)
countries: how many (different )?countries (do|did) (our )?(customers|orders|sales|buyers) come from
countries: (from )?how many (different )?countries (DID MAKE|do we have) (customers|orders|sales)( (in|from))?
different_items weak: how many DIFFERENT PIECES
returns: how many RETURNS (DID MAKE|do we have|THERE|were (made|processed|received))
returns: how many ORDERS RETURNED
orders: how many OUR_ORDERS (DID MAKE|do we have|came in)
orders: how many OUR_ORDERS ((were|have been|got) )?(placed|made|received|taken|recorded|invoiced|processed)
orders: how many ORDERS (THERE|CUSTOMERS_DID (placed?|made|make))
customers: how many CUSTOMERS (DID (ha[dv]e|got|get|served?|sold to|sell to)|do we have|THERE)
customers: how many BUYERS (have )?(BOUGHT|shopped)( something| anything)?( (from|with|at) us)?
customers: how many BUYERS (have |did )?(placed? (an order|orders)|ma[dk]e a purchase|buy( something|
     anything)?|order(ed)?( something| anything)?)( (from|with|at) us)?
different_items: how many DIFFERENT PIECES SOLD
items_sold: how many PIECES SOLD
returned_items: how many PIECES RETURNED
orders weak: how many ORDERS
customers weak: how many CUSTOMERS
returns weak: how many RETURNS
revenue: how much (DID (sold|sell|make|made|took|take|taken|turn over|turned over|take in|took in)|was (sold|taken)
    |CUSTOMERS_DID spen[dt])
revenue: how much did (the )?CUSTOMERS spen[dt]
revenue: what did we (take|turn over|take in)|how much (money )?did CUSTOMERS spend( with us)?
orders: how many ORDERS did CUSTOMERS (place|make)
orders weak: how many ORDERS (were|are)
orders: how many OUR_ORDERS (came|come)( in)?
revenue: how much REVENUE (DID EARN|THERE|was (made|generated|earned)|came( in)?)
revenue: what (total )?REVENUE DID MAKE
revenue: how much revenue (did|has) ITEM EARN
returned_value: how much (money )?(was (returned|refunded|paid back)|DID (refund(ed)?|pa(y|id) back|give
     back))( to (our )?customers)?
average_order_value: how much (do|did) (our )?customers SPEND (per|on an|on each) (order|basket)( on average)?
revenue_per_customer: how much (do|did) (our )?customers SPEND( each)? on average
revenue: what (did|has) ITEM (turn over|bring( in)?|earn)
revenue: how much (did|has) ITEM (take|taken|took|turn over|turned over|sell|sold|make|made|earn|earned|bring
     in|spend|spent|buy)
noun weak: SHOWOURNOUN
noun most: SHOWOUR(top|best|highest|strongest)OF_TOP GROUP( (by|in|in terms of|for) NOUN)
noun least: SHOWOUR(bottom|worst|lowest|weakest)OF_TOP GROUP( (by|in|in terms of|for) NOUN)
noun most: SHOWOURtopOF_TOP GROUP
noun least: SHOWOUR(bottom|worst)OF_TOP GROUP
items_sold most: SHOWOUR(best[- ]selling|best[- ]sold|most sold)OF_TOP GROUP( (?P<by>by|in terms of) NOUN)?
items_sold least: SHOWOUR(worst[- ]selling|least sold)OF_TOP GROUP( (?P<by>by|in terms of) NOUN)?
items_sold most: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?best[- ]selling
items_sold least: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?worst[- ]selling
orders most: SHOWOUR(busiest)OF_TOP GROUP
orders most: (which|what) GROUP (is|are|was|were) (our |the )?busiest
orders least: SHOWOUR(quietest|slowest)OF_TOP GROUP
orders least: (which|what) GROUP (is|are|was|were) (our |the )?(quietest|slowest)
revenue most: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?(best|strongest|top)
revenue least: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?(worst|weakest)
noun most: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?(best|strongest|top) (by|in terms of|for|in) NOUN
noun least: (which|what)OF_TOP GROUP (is|are|was|were) (our |the )?(worst|weakest) (by|in terms of|for|in) NOUN
revenue most: SHOWOUR(strongest|biggest|largest|most (important|valuable))OF_TOP (?P<group>customers?|markets?
    |countr(y|ies)|months?|quarters?|weeks?|weekdays?|days?)
revenue least: SHOWOUR(weakest|smallest|worst)OF_TOP (?P<group>customers?|markets?|countr(y|ies)|months?
    |quarters?|weeks?|weekdays?|days?)
revenue most: who (is|are|was|were) (our |the )?(biggest|largest|most (important|valuable))OF_TOP (?P<group>customers?)
items_sold most: (which|what)OF_TOP GROUP (SOLD|sells?) (the )?(most|best)( often)?
items_sold least: (which|what)OF_TOP GROUP (SOLD|sells?) (the )?(least|worst)( often)?
items_sold most: (which|what)OF_TOP GROUP (has |have )?BOUGHT (the )?MOST PIECES
returned_items most: (which|what)OF_TOP GROUP RETURNED (the )?most( often)?
revenue most: (which|what)OF_TOP GROUP (has |have )?(bought|ordered|spent|spends?|buys?) (the )?most( (with|from) us)?
revenue least: (which|what)OF_TOP GROUP (has |have )?(bought|ordered|spent|spends?|buys?) (the )?least( (with|from) us)?
revenue most: who (are|is|was|were) (our |the )?(best|top) GROUP
revenue most: SHOWOURbestOF_TOP GROUP
noun most: (which|what)OF_TOP GROUP HAS( in)? (the |our )?MOST NOUN
noun least: (which|what)OF_TOP GROUP HAS( in)? (the |our )?LEAST NOUN
noun most: in (which|what) GROUP (did|have|do) we (ha[dv]e|ma[dk]e|get|got|see) (the |our )?MOST NOUN
noun least: in (which|what) GROUP (did|have|do) we (ha[dv]e|ma[dk]e|get|got|see) (the |our )?LEAST NOUN
noun most: in (which|what) GROUP (was|were) (the |our )?NOUN (the )?MOST
noun least: in (which|what) GROUP (was|were) (the |our )?NOUN (the )?LEAST
noun share: WHAT_SHARENOUN (COMES|HAVE_WE)( FROM_IT)?
noun share: WHAT_SHARENOUN
noun share: WHAT_SHARENOUN COMES( FROM_IT)? (the )?PART
noun share: WHAT_SHARENOUN (does|do|did) (the )?PART ACCOUNT_FOR
noun share: WHAT_SHARENOUN (does|do|did)? ?ACCOUNT_FOR
noun share: how much of OURNOUN HAVE_WE
noun share: how much of OURNOUN COMES( FROM_IT)?( (the )?PART)?
noun share: SHOW(the )?share of OURNOUN( (from|of|for|in|by) (the )?PART)?
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


FRAMES = tuple(
    Frame(head.split()[0].replace("noun", ""), " ".join(head.split()[1:]), re.compile(pattern))
    for head, pattern in lines(_FRAMES)
)
GROUP_NAMES = {
    **{"countries": "country", "market": "country", "product": "item", "article": "item"},
    **{"categories": "category", "shop": "store", "branch": "store"},
}
# Whose sum over months or stores has an average, and of which a group has a share.
SHARED = AVERAGED = tuple(metric.name for metric in METRICS.values() if metric.shares)
FIRM = tuple(metric.name for metric in METRICS.values() if metric.firm)  # of no document's words
_MANY = "(?P<group>[a-z]{3,20}s|countries|categories)"
# Beside a condition: all that fulfil it, one number over their lines, or how many they are.
LISTED = re.compile(
    rf"(?:(?:which|what|list|show|show me|name|give me)(?: all)?(?: of)?(?: our| the)? )?{_MANY}(?: are there)?"
)
OF_THOSE = re.compile(
    r"(?P<rest>.*(?<!number)) (?:of|from|by|with|on|in|made with|made by) (?:the |our |those |all )?"
    r"(?:customers|buyers|shoppers|items|products|articles|orders|invoices|purchases|transactions|baskets|sales)"
)
COUNTED = re.compile(
    rf"(?:how many|number of)(?: of (?:our|the))?(?: different)? {_MANY}(?: (?:are|were) there| do we have"
    rf"| have we got)?"
)
