"""Questions about what the champions say of customers: their segment, and how likely they are to leave."""

from __future__ import annotations

import re

from aieco_assets.core.metrics.parsed_question import Asked

CHURN, SEGMENTS = "churn_risk", "customers_by_segment"
SEGMENT_NAMES = (
    *("champions", "loyal", "potential loyalists", "new", "promising", "need attention", "about to sleep", "at risk"),
    *("can't lose", "hibernating"),
)
_WHO = "(?:(?:which|what|who|list|show|show me|name|give me)(?: of)?(?: are| is)?(?: the| our)? ?)"
_COUNT = r"(?:(?P<top>\d{1,2}) )?"
_CUSTOMERS = "(?:customers|customer|buyers|shoppers|of our customers)"
_LEAVE = (
    "(?:leave(?: us)?|churn|stop (?:buying|ordering|shopping)(?: from us| with us)?|go away|lapse|defect"
    "|not (?:to )?(?:buy|order|come back)(?: again)?|be lost)"
)
_MOST = "(?:most |very |highly )?"
_RISKY = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WHO}{_COUNT}(?:{_CUSTOMERS} )?(?:are |is )?(?:the )?{_MOST}likely to {_LEAVE}(?: next| soon)?",
        rf"{_WHO}?{_COUNT}{_CUSTOMERS} (?:who |that )?(?:are |is )?(?:the )?{_MOST}(?:likely|liable"
        rf"|inclined) to {_LEAVE}",
        rf"{_WHO}?(?:top )?{_COUNT}{_CUSTOMERS} (?:with|have|has|having) (?:the )?(?:highest|greatest|biggest"
        rf"|most) (?:churn )?risk"
        rf"(?: of (?:churn|churning|leaving))?",
        rf"{_WHO}?(?:top )?{_COUNT}{_CUSTOMERS} (?:by|in order of) churn risk",
        rf"(?:which|what) {_CUSTOMERS} (?:are we|are we most|will we)(?: most)? likely (?:to|going to) lose",
        rf"{_WHO}{_COUNT}{_CUSTOMERS} (?:are )?(?:at the highest risk|most at risk) of (?:leaving|churning|churn)",
        rf"{_WHO}{_CUSTOMERS} (?:might|may|could|are about to) {_LEAVE}",
        rf"{_WHO}?{_CUSTOMERS} (?:who are |are )?at (?:high |the highest |great )?risk of (?:leaving|churning|churn)",
        rf"(?:who|what) (?:is|are) (?:the )?{_MOST}likely to {_LEAVE}",
    )
)
_LOYAL = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WHO}{_COUNT}(?:{_CUSTOMERS} )?(?:are |is )?(?:the )?least likely to {_LEAVE}",
        rf"{_WHO}?{_COUNT}{_CUSTOMERS} (?:with|have|has) (?:the )?(?:lowest|smallest|least) (?:churn )?risk"
        rf"(?: of (?:churn|churning|leaving))?",
    )
)
_MEAN = re.compile(
    r"(?:what|how high) (?:is|was) (?:the |our )?(?:average|mean) (?:churn risk|risk of churn)(?: of (?:a"
    r"|our) customers?)?"
)
_BY_SEGMENT = re.compile(
    rf"(?:(?:what are|show me|show|give me|list|how many|number of) )?(?:the |our )?{_CUSTOMERS}"
    r"(?: do we have| are there| are)?(?: (?:by|per|in each|in every|of each|split by|broken down by) "
    r"(?:customer |rfm )?segments?)"
)
_SEGMENT = "|".join(sorted(SEGMENT_NAMES, key=len, reverse=True))
_IN_SEGMENT = re.compile(
    rf"(?:how many|number of) (?:of our |our )?{_CUSTOMERS} (?:do we have |are there |belong |fall |are )?(?:in"
    rf"|to|into|of) (?:the )?"
    rf"(?:segment |rfm segment )?(?P<segment>{_SEGMENT})(?: segment)?|how many (?P<named>{_SEGMENT})"
    rf"(?: customers)? (?:do we have|are there)"
    rf"|how many {_CUSTOMERS} are (?P<being>{_SEGMENT})(?: (?:of (?:leaving|churning)))?"
)
_FEWEST = re.compile(
    r"(?:which|what) (?:customer |rfm )?segment (?:has|had|is) (?:the )?(?P<how>most|fewest|least|largest"
    r"|biggest|smallest)(?: customers)?"
)


def predicted(text: str) -> Asked | None:
    """The question in the words of the grammar, where it is one about predictions, from its first to its last word."""
    for patterns, order in ((_RISKY, "most"), (_LOYAL, "least")):
        for pattern in patterns:
            if match := pattern.fullmatch(text):
                return Asked(CHURN, group="customer", order=order, top=int(match.groupdict().get("top") or 0))
    if _MEAN.fullmatch(text):
        return Asked(CHURN)
    if _BY_SEGMENT.fullmatch(text):
        return Asked(SEGMENTS, group="segment", order="most")
    if match := _FEWEST.fullmatch(text):
        return Asked(
            SEGMENTS,
            group="segment",
            order="least" if match["how"] in ("fewest", "least", "smallest") else "most",
            top=1,
        )
    if match := _IN_SEGMENT.fullmatch(text):
        segment = next(one for one in match.groups() if one)
        return Asked(SEGMENTS, item=segment)
    return None
