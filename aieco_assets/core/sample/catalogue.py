"""What the sample shop sells: stock codes, descriptions and prices over time.

Twelve items are those of the sample's product catalogue (`knowledge/product-catalogue-2025.md`), at the same prices on
the first day; the others are put together from two lists of words.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

CATALOGUE_ITEMS = (
    ("20101", "ENAMEL MILK PAN SAGE", 12.75),
    ("20102", "STONEWARE MIXING BOWL CREAM", 14.95),
    ("20103", "SET OF 4 EGG CUPS SPOTTED", 5.45),
    ("20104", "LINEN TEA TOWEL HARVEST", 3.95),
    ("20201", "BRASS READING LAMP", 38.50),
    ("20202", "PAPER STAR LANTERN WHITE", 4.25),
    ("20203", "BEESWAX PILLAR CANDLE", 6.85),
    ("20204", "WOOL THROW HEATHER", 29.95),
    ("20301", "TIN WATERING CAN ROBIN", 9.95),
    ("20302", "SEED PACKET GIFT BOX", 7.25),
    ("20303", "POCKET SEWING KIT TARTAN", 2.95),
    ("20304", "WOODEN BIRD HOUSE", 11.50),
)
STYLES = (
    "BLUEBIRD", "BRAMBLE", "CHALK STRIPE", "CLOVER", "COCKLE SHELL", "DAMSON", "FERN", "FOXGLOVE", "GINGHAM", "HARE",
    "INDIGO DOT", "LARCH", "MARIGOLD", "MIDNIGHT", "OAK LEAF", "PEBBLE", "ROSEHIP", "SAIL BOAT", "THISTLE", "WREN",
)  # fmt: skip
THINGS = (
    ("MUG", 3.25), ("JUG SMALL", 4.65), ("CAKE TIN", 7.95), ("COASTER", 0.85), ("PLACEMAT", 1.95), ("TRAY ROUND", 8.50),
    ("APRON", 9.95), ("OVEN GLOVE", 5.95), ("CUSHION COVER", 8.25), ("DOOR STOP", 6.25), ("PHOTO FRAME", 4.95),
    ("T-LIGHT HOLDER", 1.45), ("NOTEBOOK A6", 1.25), ("GIFT WRAP", 0.42), ("RIBBON REEL", 1.65), ("LUNCH BAG", 2.08),
    ("SHOPPER BAG", 2.55), ("HOT WATER BOTTLE", 5.45), ("WALL CLOCK", 12.50), ("COAT HOOK", 2.95), ("KEY RING", 0.79),
    ("PLANT POT", 3.75), ("BUNTING", 4.15), ("NAPKINS, PACK OF 20", 0.85), ("STORAGE JAR", 5.25),
)  # fmt: skip
RENAMED_SHARE = 0.04
PRICE_CHANGES = 3  # at most, per item


@dataclass(frozen=True)
class Catalogue:
    """One entry per item. `price` is (item, day) in pounds; a description changes once at most, on `renamed_on`."""

    code: np.ndarray
    description: np.ndarray
    new_description: np.ndarray
    renamed_on: np.ndarray
    price: np.ndarray
    popularity: np.ndarray

    def descriptions_at(self, item: np.ndarray, day: np.ndarray) -> np.ndarray:
        return np.where(day < self.renamed_on[item], self.description[item], self.new_description[item])


def make_catalogue(days: int, rng: np.random.Generator) -> Catalogue:
    """The catalogue over `days` days: each price holds until one of up to three changes of -12 to +18 percent."""
    styled = [(thing, style, base) for (thing, base), style in product(THINGS, STYLES)]
    code = [row[0] for row in CATALOGUE_ITEMS] + [
        f"{21000 + 7 * (i // len(STYLES))}{chr(ord('A') + i % len(STYLES))}" for i in range(len(styled))
    ]
    description = [row[1] for row in CATALOGUE_ITEMS] + [f"{thing} {style}" for thing, style, _ in styled]
    factor = rng.choice([0.9, 1.0, 1.0, 1.1, 1.25], size=len(styled))
    first = np.concatenate([[row[2] for row in CATALOGUE_ITEMS], [row[2] for row in styled] * factor])

    items = len(code)
    changed_on = rng.integers(20, max(21, days), size=(items, PRICE_CHANGES))
    happens = rng.random((items, PRICE_CHANGES)) < 0.45
    step = np.where(happens, 1 + rng.choice([-0.12, -0.05, 0.04, 0.08, 0.18], size=(items, PRICE_CHANGES)), 1.0)
    passed = np.arange(days)[None, :, None] >= changed_on[:, None, :]
    price = first[:, None] * np.where(passed, step[:, None, :], 1.0).prod(axis=2)

    renamed = rng.random(items) < RENAMED_SHARE
    popularity = 1.0 / (rng.permutation(items) + 12.0) ** 0.8
    return Catalogue(
        code=np.array(code, dtype=object),
        description=np.array(description, dtype=object),
        new_description=np.array([f"{name} (NEW)" for name in description], dtype=object),
        renamed_on=np.where(renamed, rng.integers(30, max(31, days), items), days + 1),
        price=np.maximum(np.round(price, 2), 0.1),
        popularity=popularity / popularity.sum(),
    )
