"""Words that are values of the warehouse: countries, stores, categories and items, by their own names."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from aieco_assets.core.metrics import resolve
from aieco_assets.core.metrics.countries import same
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.metrics.warehouse import Reader

_ROLES = {"countries": "country", "stores": "store", "categories": "category", "items": "item"}


@dataclass(frozen=True)
class Limits:
    """Values as the warehouse has them; empty: not limited. `items` are stock codes."""

    countries: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    def also(self, other: Limits) -> Limits:
        """The values of both."""
        both = {one.name: (*getattr(self, one.name), *getattr(other, one.name)) for one in fields(self)}
        return Limits(**{name: tuple(dict.fromkeys(values)) for name, values in both.items()})

    def names(self) -> tuple[str, ...]:
        return tuple(value for one in fields(self) for value in getattr(self, one.name))

    @property
    def role(self) -> str:
        """What all of its values are; "" when they are none, or not of one kind."""
        (found, *more) = [_ROLES[one.name] for one in fields(self) if getattr(self, one.name)] or [""]
        return "" if more else found


def meant(reader: Reader, shop: Shop, words: str) -> Limits | None:
    """The values that words are the name of, None when they are none, or several items'."""
    found = said(reader, shop, words)
    if isinstance(found, (str, Unknown)):
        return None
    if found := found or exact(reader, shop, words, ("category", "store")):
        return found
    if found := country(reader, words):
        return found
    codes = resolve.items(words, reader.items())
    return Limits(items=codes) if isinstance(codes, tuple) else None


def all_meant(reader: Reader, shop: Shop, words: str) -> Limits | None:
    """The same of `paper and wax`: two or more of one kind, each by its name."""
    if found := meant(reader, shop, words):
        return found
    parts = [part.removeprefix("the ").strip() for part in words.replace(" or ", " and ").split(" and ")]
    each = [meant(reader, shop, part) if part else None for part in parts]
    whole = Limits()
    for one in each:
        if one is None or len(each) < 2:
            return None
        whole = whole.also(one)
    return whole if whole.role else None


def country(reader: Reader, words: str) -> Limits | None:
    places = tuple(one for one in reader.countries() if same(one, words))
    return Limits(countries=places) if places else None


def said(reader: Reader, shop: Shop, words: str) -> Limits | Unknown | str | None:
    """`the toys department`, `store 367`: words that say what they are; that word where the shop has none of it."""
    role, value = shop.split(words)
    if role not in ("category", "store"):
        return None
    values = known(reader, shop, role)
    if not values:
        return role
    found = resolve.values(value, values, shop.word(role))
    return found if isinstance(found, Unknown) else _limited(role, found)


def exact(reader: Reader, shop: Shop, words: str, roles: tuple[str, ...]) -> Limits | None:
    for role in roles:
        if found := resolve.spelt_like(words, known(reader, shop, role)):
            return _limited(role, found)
    return None


def known(reader: Reader, shop: Shop, role: str) -> list[str]:
    """Names of categories or stores, without looking where the shop has none."""
    if shop.lacks(role):
        return []
    return reader.categories() if role == "category" else reader.stores()


def _limited(role: str, values: tuple[str, ...]) -> Limits:
    return replace(Limits(), **{"categories" if role == "category" else "stores": values})
