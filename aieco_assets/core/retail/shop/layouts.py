"""Layouts of transactions that are read without a mapping, told by the names of their columns in any spelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aieco_assets.core.retail.shop.mapping import Columns, Customers, Shop, Table, plain

_NOT_SOLD = ("cancelled", "canceled", "failed", "pending", "on-hold", "trash", "checkout-draft", "refunded")
# Of an item or a customer every column that is there counts, the first that is not empty; of another role the first.
_SEVERAL = ("item", "customer", "discounts")
# A nested object, as web shops write a customer, is told by the first of these fields that it has.
OBJECT_KEYS = ("id", "number", "code", "key", "email", "name")


@dataclass(frozen=True)
class KnownLayout:
    """`columns`: names by role, best first. `all_of`: roles without which a table is none of this layout, and with
    which but for some others it is one that lacks something. `shop`: what else the mapping says."""

    name: str
    columns: dict[str, tuple[str, ...]]
    all_of: tuple[str, ...]
    shop: dict[str, Any]
    optional: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()  # joined where they are there
    customers: Customers | None = None  # read where it is there
    ignored: tuple[str, ...] = ()  # files of the same publication that are no lines

    def found(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Role -> the columns of a table that play it."""
        known = {plain(name): name for name in reversed(names)}
        found = {
            role: tuple(known[plain(alias)] for alias in aliases if plain(alias) in known)
            for role, aliases in self.columns.items()
        }
        return {role: have if role in _SEVERAL else have[:1] for role, have in found.items() if have}

    def missing(self, names: Sequence[str]) -> list[str]:
        """The columns that the layout has and the table has not, by their best names."""
        found = self.found(names)
        return [aliases[0] for role, aliases in self.columns.items() if role not in found and role not in self.optional]

    def mapped(self, names: Sequence[str]) -> Shop | None:
        """The mapping of a table of this layout, None when it is another."""
        if self.missing(names):
            return None
        columns: dict[str, Any] = {
            role: have[0] if len(have) == 1 and role != "discounts" else have
            for role, have in self.found(names).items()
        }
        return Shop(layout=self.name, columns=Columns(**columns), tables=self.tables, **self.shop)


ONLINE_RETAIL = KnownLayout(
    "UCI Online Retail",
    {
        "order": ("InvoiceNo", "Invoice", "InvoiceNumber"),
        "item": ("StockCode",),
        "description": ("Description",),
        "quantity": ("Quantity",),
        "time": ("InvoiceDate",),
        "unit_price": ("UnitPrice", "Price"),
        "customer": ("CustomerID",),
        "country": ("Country",),
        "currency": ("Currency",),
    },
    ("order", "item", "time"),
    {
        "default_currency": "GBP",
        # Cancellations have a C before the number and pieces below zero; other shops' numbers may begin with one, too.
        "returns": {"negative": "quantity"},
        # Bad debt, on invoices with an A before the number.
        "adjustments": {"items": ("B",)},
        "non_products": {
            "items": (
                *("POST", "DOT", "C2", "M", "D", "S", "CRUK", "BANK CHARGES", "AMAZONFEE", "ADJUST", "ADJUST2"),
                "GIFT_*",
            )
        },
        "tests": {"items": ("TEST001", "TEST002")},
    },
    optional=("currency",),
)
COMPLETE_JOURNEY = KnownLayout(
    "dunnhumby Complete Journey",
    {
        "order": ("basket_id",),
        "time": ("transaction_timestamp",),
        "item": ("product_id",),
        "quantity": ("quantity",),
        "amount": ("sales_value",),
        "customer": ("household_id", "household_key"),
        "store": ("store_id",),
    },
    ("order", "time", "amount"),
    {
        "default_currency": "USD",
        "returns": {"negative": "amount"},
    },
    tables=(
        Table(
            file="product*.*",
            join={"product_id": "product_id"},
            columns={"category": "department", "description": "product_type"},
        ),
    ),
    customers=Customers(file="demographics.*", customer="household_id", attributes={"age": "age", "income": "income"}),
    ignored=("demographics.*", "hh_demographic.*", "campaign*.*", "coupon*.*", "causal_data.*", "promotions.*"),
)
SHOPIFY = KnownLayout(
    "Shopify order export",
    {
        "order": ("Name",),
        "time": ("Created at",),
        "item": ("Lineitem sku", "Lineitem name"),
        "description": ("Lineitem name",),
        "quantity": ("Lineitem quantity",),
        "unit_price": ("Lineitem price",),
        "discounts": ("Lineitem discount",),
        "customer": ("Email", "Customer ID"),
        "country": ("Billing Country", "Shipping Country"),
        "currency": ("Currency",),
        "order_type": ("Financial Status",),
    },
    ("order", "item", "unit_price"),
    {"fill_down": True, "adjustments": {"order_types": ("voided", "refunded", "expired")}},
    optional=("discounts", "customer", "country", "currency", "order_type"),
)
SHOPIFY_API = KnownLayout(
    "Shopify orders (API)",
    {
        "order": ("name", "order_number", "id"),
        "time": ("created_at",),
        "item": ("line_items.sku", "line_items.product_id", "line_items.title"),
        "description": ("line_items.name", "line_items.title"),
        "quantity": ("line_items.quantity",),
        "unit_price": ("line_items.price",),
        "discounts": ("line_items.total_discount",),
        "customer": ("customer.id", "email"),
        "country": ("billing_address.country", "shipping_address.country"),
        "currency": ("currency",),
        "order_type": ("financial_status",),
    },
    ("time", "quantity", "unit_price"),
    {"rows": "line_items", "adjustments": {"order_types": ("voided", "refunded", "expired")}},
    optional=("discounts", "customer", "country", "currency", "order_type"),
)
WOOCOMMERCE = KnownLayout(
    "WooCommerce order export",
    {
        "order": ("order_number", "order_id"),
        "time": ("order_date", "date"),
        "item": ("item_sku", "item_name", "item_product_id"),
        "description": ("item_name",),
        "quantity": ("item_quantity",),
        "amount": ("item_total",),
        "customer": ("billing_email", "customer_id"),
        "country": ("billing_country", "shipping_country"),
        "currency": ("order_currency",),
        "order_type": ("status", "order_status"),
    },
    ("order", "item", "amount"),
    {"fill_down": True, "returns": {"negative": "quantity"}, "adjustments": {"order_types": _NOT_SOLD}},
    optional=("customer", "country", "currency", "order_type"),
)
WOOCOMMERCE_ADVANCED = KnownLayout(
    "WooCommerce advanced order export",
    {
        "order": ("Order Number", "Order ID"),
        "time": ("Order Date",),
        "item": ("SKU", "Item Name"),
        "description": ("Item Name",),
        "quantity": ("Quantity (- Refund)", "Quantity"),
        "unit_price": ("Item Cost",),
        "customer": ("Email (Billing)", "Customer ID"),
        "country": ("Country Code (Billing)", "Country Name (Billing)", "Country Code (Shipping)"),
        "currency": ("Currency", "Order Currency"),
        "order_type": ("Order Status",),
    },
    ("order", "item", "unit_price"),
    {"fill_down": True, "returns": {"negative": "quantity"}, "adjustments": {"order_types": _NOT_SOLD}},
    optional=("customer", "country", "currency", "order_type"),
)
WOOCOMMERCE_API = KnownLayout(
    "WooCommerce orders (API)",
    {
        "order": ("number", "id"),
        "time": ("date_created",),
        "item": ("line_items.sku", "line_items.product_id"),
        "description": ("line_items.name",),
        "quantity": ("line_items.quantity",),
        "amount": ("line_items.total",),
        "customer": ("billing.email", "customer_id"),
        "country": ("billing.country", "shipping.country"),
        "currency": ("currency",),
        "order_type": ("status",),
    },
    ("time", "quantity", "amount"),
    {"rows": "line_items", "adjustments": {"order_types": _NOT_SOLD}},
    optional=("customer", "country", "currency", "order_type"),
)
LAYOUTS = (
    ONLINE_RETAIL,
    COMPLETE_JOURNEY,
    SHOPIFY,
    WOOCOMMERCE,
    WOOCOMMERCE_ADVANCED,
    SHOPIFY_API,
    WOOCOMMERCE_API,
)


def known_layout(names: Sequence[str]) -> Shop | None:
    """The mapping of a table by the names of its columns, None when it has no known layout."""
    return _known_layout(tuple(names))


@lru_cache(maxsize=1000)  # files of one shop have one header
def _known_layout(names: tuple[str, ...]) -> Shop | None:
    return next((shop for layout in LAYOUTS if (shop := layout.mapped(names))), None)


def nearest_layout(names: Sequence[str]) -> KnownLayout | None:
    """The layout that a table would have if it lacked nothing, None when it is like none of them."""
    return next((one for one in LAYOUTS if {*one.all_of} <= one.found(names).keys()), None)
