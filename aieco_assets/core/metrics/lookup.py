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
    limits = (*(["country"] if asked.places else []), *(["store"] if asked.store else []))
    for role in ("order", "quantity", "customer", "country", "category", "store"):
        if role in (METRICS[asked.metric].needs, *groups, *limits) and not _is_told(reader, shop, role):
            return _lacking(shop, asked, groups, role)
    places = resolve.countries(asked.places, reader.countries()) if asked.places else ()
    stores = resolve.values(asked.store, reader.stores(), "store") if asked.store else ()
    for found in (places, stores):
        if isinstance(found, Unknown):
            return found
    assert not isinstance(places, Unknown) and not isinstance(stores, Unknown)
    sought = Sought(groups, countries=places, stores=stores)
    if asked.place:
        return _with_place(reader, shop, asked, sought)
    return _with_item(reader, shop, asked, sought) if asked.item else sought


def _groups(shop: Shop, asked: Asked) -> tuple[str, ...] | None:
    """None where a word is none that lines are grouped by, here."""
    groups = tuple(group if group in GROUPINGS else shop.role(group) for group in asked.groups)
    return groups if all(groups) and len({*groups}) == len(groups) else None


def _with_place(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | Unknown | None:
    """Words after `in`, or before the noun: a country, a category or a store."""
    words = asked.place
    found = _said(reader, shop, asked, sought, words)
    if found:
        return found
    if places := resolve.spelt_like(words, reader.countries()):
        return replace(sought, countries=places)
    if found := _exact(reader, shop, sought, words, ("category", "store")):
        return found
    if not _is_told(reader, shop, "country"):
        return None
    places = resolve.country(words, reader.countries())
    if isinstance(places, Unknown):
        return None if asked.is_named else places
    return replace(sought, countries=places) if places else None


def _with_item(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | Unknown | None:
    """Words that are sold: a category, else an item."""
    words = asked.item
    found = _said(reader, shop, asked, sought, words) or _exact(reader, shop, sought, words, ("category",))
    if found:
        return found
    codes = resolve.items(words, reader.items())
    if isinstance(codes, tuple):
        return replace(sought, items=codes)
    if codes is not None and codes.sure:
        return codes
    return resolve.near(words, _known(reader, shop, "category"), shop.word("category")) or codes


def _said(reader: Reader, shop: Shop, asked: Asked, sought: Sought, words: str) -> Sought | Unknown | None:
    """`the toys department`, `store 367`: words that say what they are."""
    role, value = shop.split(words)
    if role not in ("category", "store"):
        return None
    known = _known(reader, shop, role)
    if not known:
        return replace(_lacking(shop, asked, sought.groups, role), sure=False)
    found = resolve.values(value, known, shop.word(role))
    return found if isinstance(found, Unknown) else _limited(sought, role, found)


def _exact(reader: Reader, shop: Shop, sought: Sought, words: str, roles: tuple[str, ...]) -> Sought | None:
    for role in roles:
        if found := resolve.spelt_like(words, _known(reader, shop, role)):
            return _limited(sought, role, found)
    return None


def _known(reader: Reader, shop: Shop, role: str) -> list[str]:
    """Names of categories or stores, without looking where the shop has none."""
    if shop.lacks(role):
        return []
    return reader.categories() if role == "category" else reader.stores()


def _limited(sought: Sought, role: str, values: tuple[str, ...]) -> Sought:
    return replace(sought, categories=values) if role == "category" else replace(sought, stores=values)


def _is_told(reader: Reader, shop: Shop, role: str) -> bool:
    """Whether the shop's transactions tell a role.

    Quantities are there, as ones, even where nobody counted; orders without a number are told by their customers or by
    the time of day.
    """
    if role == "order":
        return not shop.lacks(role) or reader.has(role)
    return not shop.lacks(role) and (role == "quantity" or reader.has(role))


def _lacking(shop: Shop, asked: Asked, groups: tuple[str, ...], role: str) -> Unknown:
    metric = METRICS[asked.metric]
    by = () if role == metric.needs else (role,)
    return Unknown(wording.lacking(metric, tuple(dict.fromkeys((*groups, *by))), shop, role), asked.firm)
