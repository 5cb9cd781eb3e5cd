"""How much the name of a column speaks for a role, by the concepts in it."""

from __future__ import annotations

from functools import lru_cache

from aieco_assets.core.retail.proposal.words import concepts

# Role: (needs, forbids, score), the best that fits counts. A name that speaks of something else speaks against.
_BESIDE = frozenset(
    ("ship", "due", "changed", "birth", "tax", "cost", "profit", "freight", "phone", "zip", "city", "address", "note")
) | {"gift", "weight", "staff", "person"}
_RULES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "time": (
        ("date order", "ship due changed birth customer item quantity line amount country", 6),
        ("date", "ship due changed birth customer item quantity line amount country price", 5),
        ("changed order date", "ship due birth", 2),
        ("order", "ship due changed birth", 0),
    ),
    "clock": (("clock", "ship due changed birth", 4),),
    "order": (
        (
            "order code",
            "date customer item quantity price amount type line country store ship name staff pay email city discount",
            6,
        ),
        (
            "order",
            "date customer item quantity price amount type line country store ship name staff pay email city discount",
            5,
        ),
    ),
    "customer": (
        ("customer code", "date zip city phone country type order item address birth category amount", 6),
        ("email", "date", 4.5),
        ("customer name", "date zip city phone country type item address", 3.5),
        ("customer", "date zip city phone country type order item address birth category amount name", 5),
    ),
    "item": (
        ("sku", "price quantity date amount category name", 6),
        ("item code", "price quantity date amount category customer order line brand country type name store", 6),
        ("item barcode", "price quantity", 4),
        ("barcode", "", 3),
        ("item", "price quantity date amount category customer order line brand country type name store cost", 4.5),
        ("item name", "price quantity date amount category customer brand code store country", 1.5),
        ("item line", "price quantity date amount customer code", 2.5),
    ),
    "description": (
        ("item name", "customer store category brand price date country staff", 6),
        ("name", "customer store category brand price date country staff order", 4),
        ("item", "code price quantity date amount category customer sku store barcode type line", 1),
    ),
    "category": (
        ("category", "sub customer code date amount staff store", 6),
        ("category", "customer date amount", 3.5),
        ("item type", "", 3.5),
        ("item line", "", 4),
    ),
    "quantity": (
        ("quantity", "price amount date order customer", 6),
        ("quantity", "price date", 4),
    ),
    "unit_price": (
        ("price unit", "quantity amount tax cost list discount", 6),
        ("price item", "amount tax cost list discount", 4.5),
        ("price", "amount tax cost list discount freight", 4),
        ("price", "cost tax discount freight", 2),
    ),
    "amount": (
        ("amount price", "unit tax cost list discount quantity freight", 5),
        ("amount line", "tax cost discount freight profit", 6),
        ("amount", "tax cost list discount freight unit order profit quantity date", 5.5),
        ("amount", "tax cost discount freight profit date unit", 4),
        ("price", "unit tax cost list discount freight", 0.5),
    ),
    "discount": (("discount", "code name type", 6),),
    "country": (("country", "", 6),),
    "store": (
        ("store code", "date item customer order amount price type", 6),
        ("store", "date item customer amount price", 5),
    ),
    "currency": (("currency", "", 6),),
    "order_type": (("type order", "date item", 5), ("type", "date item customer pay ship store", 3.5)),
}


@lru_cache(4096)
def name_score(role: str, name: str) -> float:
    """How much a name speaks for a role: about 6 for its usual name, 0 for one that says nothing, below for another."""
    said = concepts(name)
    best = 0.0
    for needs, forbids, score in _RULES[role]:
        if said >= {*needs.split()} and not said & {*forbids.split()}:
            best = max(best, score)
    if best or not said - {"code", "name"}:
        return best
    return -5.0 if said & _BESIDE else -3.0
