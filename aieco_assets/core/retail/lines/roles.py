"""Which columns of a table play the roles of a shop's mapping, in whatever spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aieco_assets.core.retail.shop.layouts import OBJECT_KEYS, known_layout, nearest_layout
from aieco_assets.core.retail.shop.mapping import Shop, plain

INIT = "`aieco init SOURCE` writes a mapping"


def positions(shop: Shop, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Role -> positions of its columns, those of a nested object included (customer -> customer.id)."""
    known: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        known.setdefault(plain(name), []).append(index)
    nested = {name.casefold(): index for index, name in enumerate(names)}
    found: dict[str, tuple[int, ...]] = {}
    for role, wanted in shop.columns.named().items():
        have = [index for name in wanted for index in known.get(plain(name), ())]
        keys = [f"{name}.{key}".casefold() for name in wanted for key in OBJECT_KEYS]
        have += [nested[key] for key in keys if key in nested and nested[key] not in have]
        if have:
            found[role] = tuple(have)
    return found


def missing(shop: Shop, names: Sequence[str]) -> list[str]:
    """Columns that the mapping names and the table has not: of several for one role, at least one must be there."""
    have = positions(shop, names)
    named = shop.columns.named()
    gone = [" or ".join(wanted) for role, wanted in named.items() if role not in have]
    if isinstance(shop.columns.time, tuple) and len(have.get("time", ())) < len(shop.columns.time):
        gone += [name for name in shop.columns.time if plain(name) not in {plain(one) for one in names}]
    known = {plain(name) for name in names}
    joined = [column for table in shop.tables for column in table.join if plain(column) not in known]
    return [*gone, *joined]


def double(shop: Shop, names: Sequence[str]) -> list[str]:
    """Spellings of one column of the mapping that the table has side by side."""
    wanted = {plain(name) for columns in shop.columns.named().values() for name in columns}
    seen: dict[str, list[str]] = {}
    for name in names:
        seen.setdefault(plain(name), []).append(name)
    return next((same for key, same in seen.items() if key in wanted and len(same) > 1), [])


def shop_of(names: Sequence[str], mapping: Shop | None) -> Shop | None:
    """The mapping by which a table with these columns is read, None when none fits."""
    if mapping is not None:
        return None if missing(mapping, names) else mapping
    return known_layout(names)


def unfit(names: Sequence[str], mapping: Shop | None, found: str) -> str:
    """Why a table is not read: what it lacks, and how to say where that is. `found`: the header as it stands."""
    if mapping is not None:
        return (
            f"{found}, which lacks {', '.join(missing(mapping, names))} of {mapping.layout}: mend that, or {INIT} anew"
        )
    near = nearest_layout(names)
    if near is None:
        return f"{found}, which is no known layout: {INIT} of it (shop.yaml)"
    return f"{found}, which lacks {', '.join(near.missing(names))} ({near.name}): {INIT} of what it has (shop.yaml)"


def called(shop: Shop) -> Mapping[str, str | None]:
    """Role -> what the source calls it, null where the shop has none; as raw.shop keeps it."""
    named = shop.columns.named()
    roles = (
        "order",
        "time",
        "item",
        "description",
        "category",
        "quantity",
        "unit_price",
        "amount",
        "customer",
        "country",
        "store",
    )
    joined = {role: column for table in shop.tables for role, column in table.columns.items()}
    return {role: named[role][0] if role in named else joined.get(role) for role in roles}
