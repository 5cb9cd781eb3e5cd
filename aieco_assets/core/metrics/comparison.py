"""Two periods or two places held against each other. The rest of the question is an ordinary one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from aieco_assets.core.metrics.compared_period import BASE, before
from aieco_assets.core.metrics.date_expressions import MOMENT
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.periods import Period, find_period, whole_period

Plain = Callable[[str], Asked | None]

_IN = "(?:(?:in|of|for|from|during|between|on|to|over|at) )?"
_UNIT = "(?:day|week|month|quarter|year)"
_RELATIVE = (
    rf"(?:(?:this|the current|the last|last|the previous|previous) {_UNIT}|today|yesterday|(?:two|three) {_UNIT}s ago)"
)
_SIDE = rf"(?:{MOMENT}|{_RELATIVE})"
_HELD = (
    "(?:vs|vs\\.|versus|against|than|as opposed to|relative to|over|or|compared (?:to|with|against)"
    "|in comparison (?:to|with)"
    "|compare (?:to|with)|compares (?:to|with))"
)
_STRONG = _HELD.replace("|over|or|", "|")
_THAT = "(?:(?:that|those) (?:in|of|from|for) |(?:in|for|of|from|on|during) )?"
_PERIODS = re.compile(rf"\b{_IN}(?P<a>{_SIDE}) (?P<how>and|to|with|{_HELD}) {_THAT}(?P<b>{_SIDE}|{BASE})(?![\w/-])")
_TO_BASE = re.compile(rf"\b(?P<how>{_STRONG}|on|from|over|to|with) (?P<b>{BASE})$")
_WORDS = r"[^\d\s£$€,][\w&'. -]{1,40}?|(?:store |shop |branch )?#?\d[\w-]{0,7}"
_SIDES = re.compile(
    rf"\b(?:(?:between|in|from|of|for|at) )?(?P<a>{_WORDS}) (?P<how>and|to|with|{_HELD}) {_THAT}(?P<b>{_WORDS})$"
)
_MEASURED = "(?:net )?(?:sales|revenue|turnover|orders|customers|returns)"
_LEADING = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:please )?compare (?P<a>{_WORDS}) (?:and|to|with) (?P<b>{_WORDS}) (?:(?:by|on|in terms of|for) )?"
        rf"(?P<noun>{_MEASURED})",
        rf"(?P<a>{_WORDS}) {_STRONG} (?P<b>{_WORDS}) (?P<noun>{_MEASURED})",
    )
)
_NOUN = "(?:the |our |total |in )*(?P<noun>[a-z][a-z ]*?)"
_GROW = (
    "(?:grow|grown|increased?|risen|rise|rose|gone up|go up|went up|improved?|changed?|fall|fallen|fell"
    "|dropped|drop|declined?"
    "|decreased?|go down|gone down|develop(?:ed)?|evolved?|differ|shrunk|shrink)"
)
_GROWTH = (
    "(?:growth(?: rate)?|change|increase|decrease|difference|rise|drop|decline|percentage change"
    "|development|comparison)"
)
_MORE = "(?:higher|lower|better|worse|bigger|smaller|larger|greater|more|less|up|down)"
_CHANGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:by )?(?:how much|what(?: share)?|how many percent) (?:did|has|have|does|do) {_NOUN} {_GROW}(?: by)?",
        rf"(?:how )?(?:did|has|have) {_NOUN} {_GROW}(?: much)?",
        rf"(?:(?:what|how high|how big|how large) (?:is|was) )?(?:the )?(?:share )?{_GROWTH} (?:in|of|for) {_NOUN}",
        rf"(?:(?:what|how high) (?:is|was) )?{_NOUN} {_GROWTH}(?P<tail> (?:of|in|for|from) .+)?",
        rf"(?:please )?compare {_NOUN}",
        rf"(?:how much )?(?:is|was|were|are) {_NOUN} {_MORE}(?: (?:is|was|were|are))?",
        rf"how much {_MORE} (?:is|was|were|are) {_NOUN}",
        rf"(?:do|did|have|had) we (?:get|have|had|got|receive|received|make|made|take|took|sell|sold)"
        rf" (?:more|fewer|less|higher|lower) {_NOUN}",
        rf"(?:are|were|have) there (?:been )?(?:more|fewer|less) {_NOUN}",
        rf"(?:which|which one|which country|which of them)(?: of)? (?:has|had|have|brought(?: in)?|makes?"
        rf"|made) (?:the )?(?:more|higher|fewer|lower|less|larger|most) {_NOUN}",
        rf"how (?:does|do|did) {_NOUN}",
    )
)
# More, or different, than what? They need their other side.
_HALF = re.compile(rf"\b(?:compare|difference|how (?:does|do)|fewer|{_MORE})\b")
_ON = re.compile(r"\b(?:yoy|(?P<unit>year|quarter|month|week)[- ](?:on|over)[- ](?P=unit))\b")
_NOT_A_NAME = re.compile(r" (?:in|from|of|for|at) |^(?:value|sold|sales|orders|revenue) ")
# What a comparison has, so that other questions cost nothing here; and how many of its readings are tried.
_HINT = re.compile(
    rf"\b(?:{_HELD}|compare|and|(?:did|has|have) .*{_GROW}|{_GROWTH}|{_MORE}|fewer|yoy|(?:on|over)[ -](?:year"
    rf"|month|quarter|week))\b"
)
_TRIED = 6
_SELL = "(?:do|did|have|had) we (?:sell|sold|make|made|take|took|turn over)"
_SOLD_MORE = re.compile(rf"(?:by )?how much (?:more|less) {_SELL}|{_SELL} (?:more|less)(?: (?:is|was))?")


def compared(text: str, plain: Plain) -> Asked | None:
    """The question when it holds one side against another, or asks for growth; None when it does not."""
    if not _HINT.search(text):
        return None
    for match in islice(_PERIODS.finditer(text), _TRIED):
        rest = " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())
        asked, changes = _core(rest, plain)
        a, b = _sides(match["a"], match["b"])
        ranged = re.match("between|from", match.group()) and not changes
        if asked is None or a is None or b is None or asked.period or ranged or asked.how or asked.group:
            continue
        if match["how"] in ("to", "with", "over", "or") and not changes:
            continue
        return replace(
            asked, period=a, versus=b, how="change" if changes or match["how"] != "and" else "compare", firm=True
        )
    if match := _ON.search(text):
        rest = " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())
        return _with_base(rest, f"{match['unit'] or 'year'} on", plain)
    if (match := _TO_BASE.search(text)) and (found := _with_base(text[: match.start()].strip(), match["b"], plain)):
        return found
    return _two_places(text, plain) or _growth(text, plain)


def _core(rest: str, plain: Plain) -> tuple[Asked | None, bool]:
    """What is compared, and whether by a word of change."""
    if _SOLD_MORE.fullmatch(rest):
        return plain("what was our revenue"), True
    for pattern in _CHANGES:
        if match := pattern.fullmatch(rest):
            tail = match.groupdict().get("tail") or ""
            if asked := plain(f"what was our {match['noun']}{tail}"):
                return asked, True
    return plain(rest) or plain(f"our {rest}"), False


def _sides(a: str, b: str) -> tuple[Period | None, Period | None]:
    """`March and May 2025` are of one year."""
    if re.fullmatch(BASE, b):
        first = whole_period(f"in {a}")
        return first, before(first, b) if first else None
    year = re.search(r" ?(?:of )?((?:19|20)\d\d)$", b)
    if year and not re.search(r"\d{4}|'\d\d|this|last", a) and not re.fullmatch(r"\d{4}", b):
        a = f"{a} {year[1]}"
    return whole_period(a) or whole_period(f"in {a}"), whole_period(b) or whole_period(f"in {b}")


def _with_base(rest: str, base: str, plain: Plain) -> Asked | None:
    """`revenue in March 2025 compared with the month before`."""
    asked, _ = _with_period(rest, plain)
    versus = before(asked.period, base) if asked and asked.period else None
    return replace(asked, versus=versus, how="change", firm=True) if asked and versus and not asked.group else None


def _growth(text: str, plain: Plain) -> Asked | None:
    """`revenue growth in 2025`: against the same months before."""
    asked, changes = _with_period(text, plain)
    if asked is None or not changes or not asked.period or asked.group or asked.how:
        return None
    if _HALF.search(text):
        return None
    versus = before(asked.period, "")
    return replace(asked, versus=versus, how="change", firm=True) if versus else None


def _with_period(rest: str, plain: Plain) -> tuple[Asked | None, bool]:
    period, core = find_period(rest)
    if period is None:
        return None, False
    asked, changes = _core(" ".join(core.split()), plain)
    if asked is None or asked.period:
        return None, False
    return replace(asked, period=period), changes


def _two_places(text: str, plain: Plain) -> Asked | None:
    period, core = find_period(text)
    core = " ".join(core.split())
    if leading := next((found for pattern in _LEADING if (found := pattern.fullmatch(core))), None):
        core = f"{leading['noun']} {leading['a']} versus {leading['b']}"
    match, tried = _SIDES.search(core), 0
    while match and (tried := tried + 1) <= _TRIED:
        rest = core[: match.start()].strip()
        asked, changes = _core(rest, plain)
        strong = changes or re.fullmatch(_STRONG, match["how"])
        if asked and strong and not (asked.period or asked.group or asked.limits or asked.how):
            if any(_NOT_A_NAME.search(match[side]) for side in "ab"):
                match = _SIDES.search(core, match.start() + 1)
                continue
            sides = tuple(re.sub("^(?:the|in|from|of|for) ", "", side.strip()) for side in (match["a"], match["b"]))
            return replace(asked, period=period, sides=sides, how="change", firm=True)
        match = _SIDES.search(core, match.start() + 1)
    return None
