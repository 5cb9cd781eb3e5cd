"""Of which kind what an SQL expression says is: a number, a text, a day or a truth; "" where nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def typed(tree: exp.Expr, columns: Mapping[str, str]) -> exp.Expr:
    """A copy that knows the types of its parts; `columns`: Postgres' type by name. Each column is a cast to its own."""
    from sqlglot import exp
    from sqlglot.optimizer.annotate_types import annotate_types

    def known(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        return exp.cast(node.copy(), columns[node.name], dialect="postgres")

    return annotate_types(tree.transform(known), dialect="postgres")


def kind_of(node: exp.Expr) -> str:
    """Of a part of a `typed` tree."""
    from sqlglot import exp

    kinds = {
        **dict.fromkeys(exp.DataType.NUMERIC_TYPES, "number"),
        **dict.fromkeys(exp.DataType.TEXT_TYPES, "text"),
        exp.DType.DATE: "day",
        exp.DType.BOOLEAN: "truth",
    }
    return kinds.get(node.type.this, "") if node.type else ""


def untyped(node: exp.Expr) -> exp.Expr:
    """A part of a `typed` tree as it was written."""
    from sqlglot import exp

    return node.transform(
        lambda one: one.this if isinstance(one, exp.Cast) and isinstance(one.this, exp.Column) else one
    )
