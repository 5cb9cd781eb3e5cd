"""Why a dbt command failed, in its own words: one sentence from what it logged as errors."""

from __future__ import annotations

import re
from collections.abc import Sequence

# "Database Error in model fct_orders (models/marts/fct_orders.sql)", and the reason on the lines below it.
_OF_NODE = re.compile(
    r"\s*(?P<kind>[A-Z]\w+(?: \w+)*?) in (?P<node>\w+ \S+) \((?P<path>[^)]*)\)\s*\n(?P<told>.+)", re.S
)
# Lines that tell where to look, not why.
_NOISE = re.compile(r"\s*(compiled code at|See |> in macro|> called by|The source and target|Got to)\b.*")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_MOST = 300  # characters of a reason


def dbt_reason(messages: Sequence[str], log: object) -> str:
    """One sentence for what failed first. `messages`: dbt's log messages of level error; `log`: where the rest is."""
    told = [_COLOURS.sub("", message) for message in messages]
    failures = [match for message in told if (match := _OF_NODE.fullmatch(message))]
    # What could not be made comes before tests that found something: those may only tell of it.
    failures.sort(key=lambda match: match["kind"] == "Failure")
    if not failures:
        reason = next((_joined(message) for message in told if _joined(message)), "it gave no reason")
        return f"dbt failed: {reason.rstrip('.')}. The rest is in {log}."
    first = failures[0]
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    reason = _joined(first["told"]).rstrip(".")
    # Our own macros name the command that mends it.
    mend = f"The rest is in {log}" if "`" in reason else f"Mend {first['path']}, or its data; the rest is in {log}"
    return f"dbt could not finish {first['node']}{more}: {reason}. {mend}."


def _joined(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _NOISE.fullmatch(line)]
    joined = " ".join(line for line in lines if set(line) != {"^"})
    return joined if len(joined) <= _MOST else joined[:_MOST].rsplit(" ", 1)[0] + " …"
