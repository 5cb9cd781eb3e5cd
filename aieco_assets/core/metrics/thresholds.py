"""Orders over £100, customers with more than five orders: what is cut out of a question as a condition on the lines."""

from __future__ import annotations

import re
from dataclasses import replace

from aieco_assets.core.metrics.parsed_question import Having

_NUMBERS = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "once", "twice"],
        (*range(1, 11), 1, 2),
        strict=True,
    )
)
_SIGNS = {"£": "GBP", "$": "USD", "€": "EUR"}
_CURRENCIES = {
    **{"pound": "GBP", "pounds": "GBP", "quid": "GBP", "sterling": "GBP", "euro": "EUR", "euros": "EUR"},
    **{"dollar": "USD", "dollars": "USD"},
}
_CODES = "gbp|usd|eur|chf|sek|nok|dkk|pln|czk|huf|cad|aud|nzd|jpy|cny|inr|brl|mxn|zar|try"
_WORD = f"{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}"
_NUMBER = (
    rf"(?P<sign>[£$€])? ?(?P<number>\d+(?:\.\d+)?|{_WORD})(?P<thousand> ?k| thousand)?"
    rf"(?: ?(?P<currency>[£$€]|{'|'.join(_CURRENCIES)}|{_CODES}))?(?![\w.%])"
)
_BEFORE = (
    ("at_least", r"at least|no less than|no fewer than|not less than|a minimum of|minimum"),
    ("at_most", r"at most|up to|no more than|not more than|a maximum of|maximum"),
    (
        "more_than",
        r"more than|over|above|greater than|higher than|larger than|bigger than|exceeding|in excess of|upwards of",
    ),
    ("less_than", r"less than|fewer than|under|below|lower than|smaller than"),
    ("exactly", r"exactly|only|just"),
)
_AFTER = (
    ("at_least", r"or more|and more|or above|and above|and over|or over|plus"),
    ("at_most", r"or less|or fewer|and under|or under|or below"),
)
_COMPARED = (
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _BEFORE) + f") {_NUMBER}"
    "(?: (?:" + "|".join(f"(?P<after_{name}>{words})" for name, words in _AFTER) + "))?"
)
_BARE = f"{_NUMBER} (?:" + "|".join(f"(?P<after_{name}>{words})" for name, words in _AFTER) + ")"
_WHO = r"(?:(?:that|who|which) )?"
_HAVE = (
    r"(?:(?:have |has |had )?(?:placed|place|made|make|bought|buy|ordered|order|purchased|spent|spend"
    r"|having|have|has|had|with|shopped|generated?|brought(?: us)?(?: in)?|earned)|of) "
)
_LINK = (
    r"(?:(?:that|which) )?(?:(?:were|are|was|is|had|have|with|of|for|having|came to|come to|cost|costing"
    r"|totall?ing|totall?ed|exceeded) )?"
    r"(?:(?:an? |the |their )?(?:total |order |basket )?(?:value|amount|total|size)s? (?:of |was |were )?)?"
    r"(?:worth |valued at |valued )?"
)
_ORDER_WORDS = "orders|invoices|purchases|transactions|baskets|sales"
# Whatever may be counted, by the shop's own word for it (departments): the warehouse knows which are.
_GROUP_WORDS = rf"(?!(?:{_ORDER_WORDS}|points|days|months|weeks|years|times)\b)[a-z]{{3,20}}s|countries|categories"
_NOUN_OF = (
    ("orders", r"orders|order|purchases|invoices|transactions|times"),
    ("items_sold", r"items|pieces|units|products|articles|copies"),
    ("revenue", r"(?:of |in |worth of )?(?:revenue|sales|turnover|spend|spending)"),
)
_UNITS = "(?: (?:" + "|".join(f"(?P<unit_{name}>{words})" for name, words in _NOUN_OF) + "))?"
_SOLD = "(?: sold| placed| made| with us| from us| in total| in all| overall)?"
ENTITY_OF = {
    **dict.fromkeys(("customers", "buyers", "shoppers"), "customer"),
    **dict.fromkeys(("items", "products", "articles"), "item"),
    **dict.fromkeys(("countries", "markets"), "country"),
    "categories": "category",
    **dict.fromkeys(("stores", "shops", "branches"), "store"),
}


def _either(start: str, end: str) -> list[re.Pattern[str]]:
    return [re.compile(f"{start}{middle}{end}") for middle in (_COMPARED, _BARE)]


# `customers who placed more than 5 orders`, `products that sold over 100 pieces`.
_GROUPS = _either(
    rf"\b(?P<of>{_GROUP_WORDS}) {_WHO}(?P<verb>{_HAVE}|sold |sell |)(?:(?:sales|revenue|turnover) (?:of )?)?",
    rf"{_UNITS}{_SOLD}(?![\w-])",
)
_ORDERS = _either(rf"(?P<before>\b(?:{_ORDER_WORDS})\b.*?) {_LINK}", rf"{_UNITS}(?![\w-])")
_REPEAT = re.compile(r"\b(?:repeat|returning|recurring) (?P<of>customers|buyers|shoppers)\b")
_ONCE = re.compile(r"\b(?:one-time|one-off|single-order) (?P<of>customers|buyers|shoppers)\b")


_BETWEEN = re.compile(
    rf"\bbetween (?P<low>[£$€]? ?\d+(?:\.\d+)?) (?:and|to) [£$€]? ?(?P<high>\d+(?:\.\d+)?)(?P<currency> "
    rf"(?:{'|'.join(_CURRENCIES)}|{_CODES}))?\b"
)


def find_having(text: str) -> tuple[Having | None, str]:
    """The first condition of a question in the words of the grammar, and the question without it."""
    if match := _BETWEEN.search(text):
        at_least = f"at least {match['low']}{match['currency'] or ''}"
        found, rest = find_having(f"{text[: match.start()]}{at_least}{text[match.end() :]}")
        bounds = (*found.bounds, ("at_most", float(match["high"]))) if found else ()
        return (replace(found, bounds=bounds), rest) if found and len(bounds) == 2 else (None, text)
    for pattern, bounds in ((_REPEAT, ("more_than", 1.0)), (_ONCE, ("at_most", 1.0))):
        if match := pattern.search(text):
            return Having("customer", "orders", (bounds,)), pattern.sub(match["of"], text, count=1)
    for pattern in _GROUPS:
        if match := pattern.search(text):
            entity = ENTITY_OF.get(match["of"], match["of"])
            measure = _measure(match, entity, match["verb"].split())
            found = _with(match, entity, measure) if measure else None
            if found:
                return found, f"{text[: match.start()]}{match['of']}{text[match.end() :]}"
    for pattern in _ORDERS:
        if match := pattern.search(text):
            measure = "items_sold" if match["unit_items_sold"] else "" if match["unit_orders"] else "revenue"
            counted = match["number"] in _NUMBERS and measure == "revenue"
            found = _with(match, "order", measure) if measure and not counted else None
            if found:
                return found, f"{text[: match.start()]}{match['before']}{text[match.end() :]}"
    return None, text


def _measure(match: re.Match[str], entity: str, verb: list[str]) -> str:
    """Which metric the number is of; "" where it can't be told: `products over £10` may be their price."""
    money = match["sign"] or match["currency"]
    unit = next((name for name, _ in _NOUN_OF if match[f"unit_{name}"]), "")
    spent = bool({"spent", "spend", "generated", "generate", "earned", "brought"} & {*verb})
    said = unit or ("revenue" if money or spent else "orders" if match["number"] in ("once", "twice") else "")
    if (money and said != "revenue") or (spent and said != "revenue"):
        return ""
    if entity == "item" and match["unit_orders"] and "times" in match.group() and "sold" in verb:
        return "orders"
    if entity == "item" and not (unit or verb):
        return ""
    if not said and re.search(r"\b(?:sales|revenue|turnover)\b", match.group()):
        return "revenue"
    return said


def _with(match: re.Match[str], entity: str, measure: str) -> Having | None:
    words = match.groupdict()
    number = _NUMBERS[words["number"]] if words["number"] in _NUMBERS else float(words["number"])
    number = float(number) * (1000 if words["thousand"] else 1)
    sign = next((name for name, _ in _BEFORE if words.get(name)), "")
    after = next((name for name, _ in _AFTER if words.get(f"after_{name}")), "")
    if sign and after:
        return None
    written = words["sign"] or words["currency"] or ""
    if words["sign"] and words["currency"]:
        return None
    currency = _SIGNS.get(written) or _CURRENCIES.get(written) or written.upper()
    bounds = (("at_least", number), ("at_most", number)) if sign == "exactly" else ((sign or after, number),)
    return Having(entity, measure, bounds, currency)
