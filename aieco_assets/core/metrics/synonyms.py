"""People's words for what the grammar has one word for: takings are revenue, best sellers best-selling items."""

from __future__ import annotations

import re

from aieco_assets.core.metrics.countries import DEMONYMS

_COUNT = r"[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten"
_BEST = r"(?:best|top|hottest)"
_WORST = r"(?:worst|slowest|poorest|bottom|least[- ]?)"
# From the top: each is put in the place of every match of the one before it.
_RULES = tuple(
    (re.compile(rf"(?<![\w-]){pattern}(?:(?<= )|(?![\w-]))"), put)
    for pattern, put in (
        (r"(what|who|which|how)'s", r"\1 is"),
        (r"at-risk", "at risk"),
        (r"(?:combined|put together|taken together)", ""),
        (r"(?:sum|total) of (?:all |our |the )?(?=sales|revenue|turnover|orders)", "total "),
        (r"who (is|are|was|were) (?=(?:our |the )?(?:top|best|biggest|largest|most|\d))", r"what \1 "),
        (r"what did we sell (?:the )?(most|least) of", r"what did we sell \1"),
        (
            rf"(?:the )?({'|'.join(DEMONYMS)})s?(?: customers)?(?= (?:spend|spent|buy|bought|order|place|return"
            rf"|sen[dt] back|pay|paid)\b)",
            r"\1 customers",
        ),
        (r"clients?", "customers"),
        (r"(?:gross |till )?takings", "revenue"),
        (r"(sales|revenue|turnover) (?:figures?|numbers?|income|total)", r"\1"),
        (r"takes? home", "took home"),
        (rf"(?:top|the) ({_COUNT}) (?:best[- ]?)?sellers", r"best-selling \1 items"),
        (
            rf"({_COUNT}) (?:{_BEST}[- ]?sellers|{_BEST}[- ]?selling (?:items|products|articles|lines))",
            r"best-selling \1 items",
        ),
        (
            rf"({_COUNT}) (?:{_WORST}[- ]?sellers|{_WORST}[- ]?selling (?:items|products|articles|lines))",
            r"worst-selling \1 items",
        ),
        (rf"{_BEST}[- ]?sellers", "best-selling items"),
        (rf"{_BEST}[- ]?seller", "best-selling item"),
        (rf"(?:{_WORST}|slow|poor)[- ]?sellers", "worst-selling items"),
        (rf"(?:{_WORST}|slow|poor)[- ]?seller", "worst-selling item"),
        (rf"({_COUNT}) (?:most popular|most sold)", r"best-selling \1"),
        (rf"({_COUNT}) (?:least popular|least sold)", r"worst-selling \1"),
        (rf"({_COUNT}) (biggest|largest|strongest|smallest|weakest|best|worst|lowest|highest)", r"\2 \1"),
        (r"(?:top|the) (?=best-selling)", ""),
        (r"(?:best|top|most|hottest)[- ](?:selling|popular)|most sold", "best-selling"),
        (r"(?:worst|slowest|poorest|least|lowest)[- ](?:selling|popular)|least sold", "worst-selling"),
        (
            r"what (?:sells|sold|do we sell|did we sell|was sold) (?:the )?(best|most|worst|least)(?: often)?",
            r"which items sold the \1",
        ),
        (r"^who (?=bought|ordered|spent|spends|buys|returned|placed|made|has|had)", "which customer "),
        (r"(?:placed|made) by (?:our )?customers", "placed"),
        (r"days? of the week", "weekday"),
        (r"part|portion|proportion|percentage|percent|per cent|fraction|%(?= of)", "share"),
    )
)


def plain_words(text: str) -> str:
    """A normalised question in the words of the grammar."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return " ".join(text.split())
