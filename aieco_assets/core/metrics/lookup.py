"""A question's words looked up in the warehouse: what the number is limited to, and what it is grouped by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aieco_assets.core.metrics import resolve, wording
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.filters import Limits, all_meant, country, exact, known, meant, said
from aieco_assets.core.metrics.metric import MONEY
from aieco_assets.core.metrics.parsed_question import Asked, Having
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.metrics.statements import ENTITIES, GROUPINGS
from aieco_assets.core.metrics.warehouse import Reader


@dataclass(frozen=True)
class Sought:
    """Values as the warehouse has them; `groups`: keys of GROUPINGS. `without`: what is left out, but for countries:
    those are the others in `only`. `left_out`: its names. `sides`: of a comparison of two places. `entity`: a key of
    ENTITIES, of what a condition is about."""

    groups: tuple[str, ...]
    only: Limits = field(default_factory=Limits)
    without: Limits = field(default_factory=Limits)
    left_out: tuple[str, ...] = ()
    sides: tuple[Limits, ...] = ()
    entity: str = ""


def look_up(reader: Reader, shop: Shop, asked: Asked) -> Sought | Unknown | None:
    """What the words mean, what of it is not there, or None when they can't be about the warehouse."""
    groups = _groups(shop, asked)
    if groups is None:
        return None
    entity = _entity(shop, asked.having) if asked.having else ""
    if asked.having and not entity:
        return None
    having = [METRICS[asked.having.measure].needs, entity] if asked.having else []
    limits = (*(["country"] if asked.places or asked.without else []), *(["store"] if asked.store else []))
    for role in ("order", "quantity", "customer", "country", "category", "store"):
        if role in (METRICS[asked.metric].needs, *groups, *limits, *having) and not is_told(reader, shop, role):
            return _lacking(shop, asked, groups, role)
    if asked.having and (wrong := _other_money(shop, asked.having)):
        return wrong
    places = resolve.countries(asked.places, reader.countries()) if asked.places else ()
    stores = resolve.values(asked.store, reader.stores(), "store") if asked.store else ()
    without = resolve.countries(asked.without, reader.countries()) if asked.without else ()
    for found in (places, stores, without):
        if isinstance(found, Unknown):
            return found
    assert not isinstance(places, Unknown) and not isinstance(stores, Unknown) and not isinstance(without, Unknown)
    if without:
        places = tuple(one for one in places or reader.countries() if one not in without)
        if not places:
            return None
    sought = Sought(groups, Limits(countries=places, stores=stores), left_out=without, entity=entity)
    if asked.sides:
        return _with_sides(reader, shop, asked, sought)
    if asked.without_words:
        left_out = _without(reader, shop, asked, sought)
        if not isinstance(left_out, Sought):
            return left_out
        sought = left_out
    if asked.place:
        return _with_place(reader, shop, asked, sought)
    return _with_item(reader, shop, asked, sought) if asked.item else sought


def _groups(shop: Shop, asked: Asked) -> tuple[str, ...] | None:
    """None where a word is none that lines are grouped by, here."""
    groups = tuple(group if group in GROUPINGS else shop.role(group) for group in asked.groups)
    return groups if all(groups) and len({*groups}) == len(groups) else None


def _entity(shop: Shop, having: Having) -> str:
    return having.of if having.of in ENTITIES else shop.role(having.of)


def _other_money(shop: Shop, having: Having) -> Unknown | None:
    """A number of pounds says nothing where the shop's amounts are dollars."""
    if not having.currency or having.currency == shop.currency:
        return None
    own = f"are in {shop.currency}" if shop.currency else "have no known currency"
    assert METRICS[having.measure].unit == MONEY
    return Unknown(f"This shop's amounts {own}, so they cannot be held against an amount in {having.currency}.", True)


def _without(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | None:
    """Whatever is to be left out must be there by its name."""
    found = all_meant(reader, shop, asked.without_words)
    if found is None:
        return None
    if found.countries:
        rest = tuple(one for one in sought.only.countries or reader.countries() if one not in found.countries)
        if not rest:
            return None
        sought = replace(sought, only=replace(sought.only, countries=rest))
    return replace(sought, without=replace(found, countries=()), left_out=found.names())


def _with_sides(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | None:
    """Two of one kind: countries, categories, stores or items."""
    sides = tuple(meant(reader, shop, words) for words in asked.sides)
    one, other = sides
    if one is None or other is None or one == other or one.role != other.role or "" in (one.role, other.role):
        return None
    return replace(sought, groups=(one.role,), only=one.also(other), sides=(one, other))


def _with_place(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | Unknown | None:
    """Words after `in`, or before the noun: a country, a category or a store; of a share an item, too."""
    words = asked.place
    if asked.how == "share":
        found = all_meant(reader, shop, words)
        return replace(sought, only=sought.only.also(found)) if found else None
    found = said(reader, shop, words)
    if isinstance(found, str):
        return replace(_lacking(shop, asked, sought.groups, found), sure=False)
    if isinstance(found, Unknown):
        return found
    found = found or (Limits(countries=places) if (places := resolve.spelt_like(words, reader.countries())) else None)
    if found := found or exact(reader, shop, words, ("category", "store")):
        return replace(sought, only=sought.only.also(found))
    if not is_told(reader, shop, "country"):
        return None
    places = resolve.country(words, reader.countries())
    if isinstance(places, Unknown):
        return None if asked.is_named else places
    return replace(sought, only=replace(sought.only, countries=places)) if places else None


def _with_item(reader: Reader, shop: Shop, asked: Asked, sought: Sought) -> Sought | Unknown | None:
    """Words that are sold: a category, else an item."""
    words = asked.item
    found = said(reader, shop, words)
    if isinstance(found, str):
        return replace(_lacking(shop, asked, sought.groups, found), sure=False)
    if isinstance(found, Unknown):
        return found
    if found := found or exact(reader, shop, words, ("category", "store")) or country(reader, words):
        return replace(sought, only=sought.only.also(found))
    codes = resolve.items(words, reader.items())
    if codes is None and " and " in words and (found := all_meant(reader, shop, words)):
        return replace(sought, only=sought.only.also(found))
    if isinstance(codes, tuple):
        return replace(sought, only=replace(sought.only, items=codes))
    if codes is not None and codes.sure:
        return codes
    return resolve.near(words, known(reader, shop, "category"), shop.word("category")) or codes


def is_told(reader: Reader, shop: Shop, role: str) -> bool:
    """Whether the shop's transactions tell a role.

    Quantities are there, as ones, even where nobody counted; orders without a number are told by their customers or by
    the time of day.
    """
    if role == "order":
        return not shop.lacks(role) or reader.has(role)
    return not shop.lacks(role) and (role == "quantity" or reader.has(role))


def _lacking(shop: Shop, asked: Asked, groups: tuple[str, ...], role: str) -> Unknown:
    metric = METRICS[asked.metric]
    by = () if role == metric.needs or role not in GROUPINGS else (role,)
    return Unknown(wording.lacking(metric, tuple(dict.fromkeys((*groups, *by))), shop, role), asked.firm)
