"""What a governed metric is."""

from __future__ import annotations

from dataclasses import dataclass

MONEY, SHARE = "currency", "share"
SALE, RETURN = "line_type = 'sale'", "line_type = 'return'"
# An invoice is told by number and day, as in fct_orders; a row is slower to tell apart than one text.
INVOICES = "count(distinct invoice_no || ' ' || invoice_date)"
KEPT = " filter (where cancelled_quantity is null or cancelled_quantity < quantity)"
KEPT_AMOUNT = "sum(amount - coalesce(cancelled_amount, 0))"
BY_ITEM = (
    " By item or customer it is net of linked cancellations: without what a cancellation that is linked to its sale "
    "took back, on the day of the sale."
)


@dataclass(frozen=True)
class Metric:
    """One number over the invoice lines. `condition` says which lines count, `value` what is made of them.

    `unit`: currency (the shop's), share (0 to 1), or what is counted. `subject` begins the sentence that tells it.
    `net`: what is made of the lines of an item or a customer, less linked cancellations (empty: the same).
    `needs`: the role without which there is no such number.
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
