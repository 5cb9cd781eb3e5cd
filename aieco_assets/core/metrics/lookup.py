"""A question's words looked up in the warehouse: what the number is limited to, and what it is grouped by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aieco_assets.core.metrics import resolve, wording
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.question import Asked
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.metrics.statements import GROUPINGS
from aieco_assets.core.metrics.warehouse import Reader


@dataclass(frozen=True)
class Sought:
    """Values as the warehouse has them; `groups`: keys of GROUPINGS."""

    groups: tuple[str, ...]
    countries: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def look_up(reader: Reader, shop: Shop, asked: Asked) -> Sought | Unknown | None:
    """What the words mean, what of it is not there, or None when they can't be about the warehouse."""
    groups = _groups(shop, asked)
    if groups is None:
        return None
    sought = Sought(groups)
    roles = {
        METRICS[asked.metric].needs,
        *groups,
        *(["country"] if asked.places else []),
        *(["store"] if asked.store else []),
    }
    for role in ("quantity", "customer", "country", "category", "store"):
        if role in roles and _is_lacking(reader, shop, role):
            return _lacking(shop, asked, groups, role)
    if asked.places:
        found = resolve.countries(asked.places, reader.countries())
        if isinstance(found, Unknown):
            return found
        sought = replace(sought, countries=found)
    if asked.store:
        found = resolve.values(asked.store, reader.stores(), "store")
        if isinstance(found, Unknown):
            return found
        sought = replace(sought, stores=found)
    words = asked.place or asked.item
    return _worded(reader, shop, asked, sought, words) if words else sought


def _groups(shop: Shop, asked: Asked) -> tuple[str, ...] | None:
    """None where a word is none that lines are grouped by, here."""
    groups = tuple(group if group in GROUPINGS else shop.role(group) for group in asked.groups)
    return groups if all(groups) and len({*groups}) == len(groups) else None


def _worded(reader: Reader, shop: Shop, asked: Asked, sought: Sought, words: str) -> Sought | Unknown | None:
    """Words that only the warehouse knows: `frozen food`, `the toys department`, `store 367`, `brass lamps`."""
    role, value = shop.split(words)
    if role in ("category", "store"):
        known = reader.categories() if role == "category" else reader.stores()
        if not known:
            return replace(_lacking(shop, asked, sought.groups, role), sure=False)
        found = resolve.values(value, known, shop.word(role))
        return found if isinstance(found, Unknown) else _limited(sought, role, found)
    if asked.place and (found := resolve.spelt_like(words, reader.countries())):
        return replace(sought, countries=found)
    for kind, known in (("category", reader.categories()), ("store", reader.stores() if asked.place else [])):
        if found := resolve.spelt_like(words, known):
            return _limited(sought, kind, found)
    if asked.place:
        found = resolve.country(words, reader.countries())
        if asked.is_named and isinstance(found, Unknown):
            return None
        return replace(sought, countries=found) if isinstance(found, tuple) else found
    found = resolve.items(words, reader.items())
    if found is None or (isinstance(found, Unknown) and not found.sure):
        near = resolve.near(words, reader.categories(), shop.word("category"))
        return near or found
    return replace(sought, items=found) if isinstance(found, tuple) else found


def _limited(sought: Sought, role: str, values: tuple[str, ...]) -> Sought:
    return replace(sought, categories=values) if role == "category" else replace(sought, stores=values)


def _is_lacking(reader: Reader, shop: Shop, role: str) -> bool:
    if role == "quantity":
        return shop.lacks("quantity")
    if role == "customer":
        return not reader.knows_customers()
    return not {"country": reader.countries, "category": reader.categories, "store": reader.stores}[role]()


def _lacking(shop: Shop, asked: Asked, groups: tuple[str, ...], role: str) -> Unknown:
    named = tuple(
        dict.fromkeys((*groups, *([] if role == "quantity" or METRICS[asked.metric].needs == role else [role])))
    )
    return Unknown(wording.lacking(METRICS[asked.metric], named, shop, role), asked.firm)
