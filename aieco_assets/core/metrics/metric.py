"""What a governed metric is."""

from __future__ import annotations

from dataclasses import dataclass

MONEY, SHARE = "currency", "share"


@dataclass(frozen=True)
class Metric:
    """One number over the invoice lines. `condition` says which lines count, `value` what is made of them.

    `unit`: currency (the shop's), share (0 to 1), or what is counted. `subject` begins the sentence that tells it.
    `net`: what is made of the lines of an item or a customer, less linked cancellations (empty: the same).
    `needs`: the role without which there is no such number. `nouns`, `adds_up`, `shares`, `firm`: as `semantic.Meta`.
    """

    name: str
    subject: str
    definition: str
    unit: str
    example: str
    condition: str
    value: str
    net: str = ""
    needs: str = ""
    nouns: tuple[str, ...] = ()
    adds_up: bool = True
    shares: bool = True
    firm: bool = False
