"""What a mapping makes of a source as a whole, looked at before anything is landed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.lines.currencies import code_of, two_of

if TYPE_CHECKING:
    from aieco_assets.core.retail.reading import SourceFile
    from aieco_assets.core.retail.reading_rules import Rules

_ENOUGH = 20  # lines; a handful of returns alone is a quiet day
_ENTRY = {"return": "returns", "adjustment": "adjustments", "non_product": "non_products", "test": "tests"}


def refuse_mistakes(files: Sequence[SourceFile], rules: Rules) -> None:
    """Raises AiecoError where the currency changes between files, or a rule leaves no sale among all lines."""
    named: dict[str, str] = {}
    for file in files:
        if file.currency:
            named.setdefault(file.currency, file.path)
    if two := two_of([*named]):
        first, other = two
        raise AiecoError(
            f"{named[first]} is in {first} and {named[other]} in {other}: say in shop.yaml which counts"
            f" (currency: {code_of(first)}),"
            " and lines in others are rejected."
        )
    for one in (rules, *rules.declared.values()):
        _refuse_saleless([file for file in files if rules.of(file.path) is one], one)


def _refuse_saleless(files: Sequence[SourceFile], rules: Rules) -> None:
    kinds: Counter[str] = Counter()
    for file in files:
        kinds.update(file.line_types)
    if rules.mapping is not None and not kinds["sale"] and kinds.total() >= _ENOUGH:
        ((kind, count),) = kinds.most_common(1)
        raise AiecoError(
            f"{rules.mapping.layout} makes {count:,} of {kinds.total():,} lines a {kind.replace('_', '-')} and none a"
            f" sale: mend {_ENTRY[kind]} in it."
        )
