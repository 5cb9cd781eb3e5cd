"""Exports that need no mapping, by the columns that their makers publish."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from aieco_assets.core.retail.lines.lookups import read_lookup
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.rows import ParsedFile
from aieco_assets.core.retail.shop.layouts import COMPLETE_JOURNEY, LAYOUTS, known_layout
from aieco_assets.core.retail.shop.mapping import Written
from tests.core.retail.parsing import parsed_of

# help.shopify.com: Order export CSV file, columns in their order.
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value"
)
# WooCommerce "Customer / Order / Coupon Export", one row per item.
WOOCOMMERCE = (
    "order_id,order_number,order_date,status,shipping_total,order_total,order_currency,payment_method,customer_id,"
    "billing_first_name,billing_last_name,billing_email,billing_country,shipping_country,customer_note,item_name,"
    "item_sku,item_quantity,item_subtotal,item_total"
)
# WooCommerce "Advanced Order Export", as it comes.
ADVANCED = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Company (Billing),"
    "Email (Billing),Phone (Billing),Country Code (Billing),Payment Method Title,Cart Discount Amount,"
    "Order Subtotal Amount,Shipping Method Title,Order Shipping Amount,Order Total Amount,SKU,Item #,Item Name,"
    "Quantity (- Refund),Item Cost,Coupon Code"
)
JOURNEY = (
    "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,"
    "transaction_timestamp"
)


def export(header: str, *rows: dict[str, str]) -> ParsedFile:
    lines = [",".join(row.get(name, "") for name in header.split(",")) for row in rows]
    return parsed_of("\n".join([header, *lines]) + "\n")


def test_an_order_export_of_shopify():
    order = {
        "Name": "#1001",
        "Email": "ann@example.com",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Created at": "2010-12-01 23:30:00 +0100",
        "Lineitem quantity": "2",
        "Lineitem name": "Lamp",
        "Lineitem price": "10.50",
        "Lineitem sku": "L-1",
        "Billing Country": "DE",
        "Lineitem discount": "1.00",
    }
    more = {"Name": "#1001", "Email": "ann@example.com", "Created at": order["Created at"]}
    more |= {"Lineitem quantity": "1", "Lineitem name": "Oil", "Lineitem price": "4.00"}
    void = {**order, "Name": "#1002", "Financial Status": "voided"}
    parsed = export(SHOPIFY, order, more, void)
    assert (parsed.shop.layout, parsed.currency, parsed.rejected.height) == ("Shopify order export", "EUR", 0)
    lines = parsed.accepted.select("invoice_no", "stock_code", "amount", "customer_id", "country", "line_type")
    assert lines.rows() == [
        ("#1001", "L-1", Decimal(20), "ann@example.com", "DE", "sale"),
        ("#1001", "Oil", Decimal(4), "ann@example.com", "DE", "sale"),
        ("#1002", "L-1", Decimal(20), "ann@example.com", "DE", "adjustment"),
    ]
    assert parsed.accepted["invoiced_at"][0] == datetime(2010, 12, 1, 23, 30)


def test_an_order_export_of_woocommerce():
    order = {
        "order_id": "71",
        "order_number": "71",
        "order_date": "2010-12-01 08:26:00",
        "status": "completed",
        "order_currency": "USD",
        "billing_email": "ann@example.com",
        "billing_country": "US",
        "item_name": "Lamp",
        "item_sku": "L-1",
        "item_quantity": "2",
        "item_total": "21.00",
    }
    parsed = export(WOOCOMMERCE, order, {**order, "order_number": "72", "status": "cancelled"})
    assert (parsed.shop.layout, parsed.currency) == ("WooCommerce order export", "USD")
    lines = parsed.accepted.select("invoice_no", "stock_code", "unit_price", "customer_id", "line_type")
    assert lines.rows() == [
        ("71", "L-1", Decimal("10.5"), "ann@example.com", "sale"),
        ("72", "L-1", Decimal("10.5"), "ann@example.com", "adjustment"),
    ]


def test_an_advanced_order_export_of_woocommerce():
    order = {
        "Order Number": "71",
        "Order Status": "Completed",
        "Order Date": "2010-12-01 08:26",
        "Email (Billing)": "ann@example.com",
        "Country Code (Billing)": "US",
        "SKU": "L-1",
        "Item Name": "Lamp",
        "Quantity (- Refund)": "2",
        "Item Cost": "10.50",
    }
    parsed = export(ADVANCED, order, {**order, "SKU": "", "Order Status": "Failed"})
    assert parsed.shop.layout == "WooCommerce advanced order export"
    lines = parsed.accepted.select("invoice_no", "stock_code", "amount", "country", "line_type")
    assert lines.rows() == [("71", "L-1", Decimal(21), "US", "sale"), ("71", "Lamp", Decimal(21), "US", "adjustment")]


@pytest.mark.parametrize(
    ("layout", "order", "expected"),
    [
        (
            "Shopify orders (API)",
            {
                "orders": [
                    {
                        "id": 450789469,
                        "name": "#1001",
                        "created_at": "2010-12-01T23:30:00-05:00",
                        "currency": "USD",
                        "financial_status": "paid",
                        "email": "ann@example.com",
                        "customer": {"id": 207119551, "email": "ann@example.com"},
                        "billing_address": {"country": "United States"},
                        "line_items": [
                            {"sku": "L-1", "name": "Lamp", "title": "Lamp", "product_id": 7, "quantity": 2}
                            | {"price": "10.50", "total_discount": "1.00"},
                            {"sku": None, "name": "Oil", "title": "Oil", "product_id": 8, "quantity": 1}
                            | {"price": "4.00", "total_discount": "0.00"},
                        ],
                    }
                ]
            },
            [("#1001", "L-1", Decimal(20), "207119551"), ("#1001", "8", Decimal(4), "207119551")],
        ),
        (
            "WooCommerce orders (API)",
            [
                {
                    "id": 727,
                    "number": "727",
                    "status": "processing",
                    "currency": "USD",
                    "date_created": "2010-12-01T23:30:00",
                    "customer_id": 0,
                    "billing": {"email": "ann@example.com", "country": "US"},
                    "line_items": [
                        {"id": 315, "name": "Lamp", "product_id": 93, "quantity": 2, "total": "6.00", "sku": ""}
                    ],
                }
            ],
            [("727", "93", Decimal(6), "ann@example.com")],
        ),
    ],
)
def test_orders_as_the_interfaces_of_web_shops_give_them(layout: str, order: object, expected: list[tuple]):
    parsed = parsed_of(json.dumps(order), "orders.json")
    assert (parsed.shop.layout, parsed.currency, parsed.rejected.height) == (layout, "USD", 0)
    assert parsed.accepted.select("invoice_no", "stock_code", "amount", "customer_id").rows() == expected
    assert parsed.accepted["invoiced_at"].unique().to_list() == [datetime(2010, 12, 1, 23, 30)]


def test_baskets_of_the_complete_journey_with_their_products():
    basket = "900,330,31198570044,1095275,2,1.00,0,0,0,1,2010-12-01 11:30:27"
    returned = basket.replace("1095275,2,1.00", "7,1,-0.50")
    products = "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n"
    table = COMPLETE_JOURNEY.tables[0]
    products += "1095275,2,PASTRY,National,ROLLS,ROLLS: DINNER,\n"
    lookup = read_lookup(products.encode(), "products.csv", table, Written.model_validate({}), "0" * 64)
    text = "\n".join([JOURNEY, basket, returned])
    parsed = parsed_of(text, lookups=[lookup])
    assert (parsed.shop.layout, parsed.shop.default_currency) == ("dunnhumby Complete Journey", "USD")
    assert parsed.accepted.select("stock_code", "category", "unit_price", "store", "line_type").rows() == [
        ("1095275", "PASTRY", Decimal("0.5"), "330", "sale"),
        ("7", None, Decimal("-0.5"), "330", "return"),
    ]
    assert parsed.accepted["description"].to_list() == ["ROLLS: DINNER", None]


def test_each_layout_knows_itself_and_no_other_one_comes_before_it():
    for layout in LAYOUTS:
        names = [aliases[0] for aliases in layout.columns.values()]
        found = known_layout(names)
        assert found is not None and found.layout == layout.name
        assert layout.missing(names[:0]) and not layout.missing(names)


def test_an_export_that_lacks_a_column_is_told_by_its_name_and_that_column():
    header = SHOPIFY.replace("Created at,", "")
    with pytest.raises(UnreadableFile, match=r"which lacks Created at \(Shopify order export\): `aieco init SOURCE`"):
        export(header, {})
