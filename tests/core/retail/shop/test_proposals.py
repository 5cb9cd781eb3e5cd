"""What `aieco init` proposes for shops that it has never seen: right, or asked; never silently wrong."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import datetime, timedelta

import polars as pl
import pytest

from aieco_assets.core.retail.proposal.first_lines import filled_down
from aieco_assets.core.retail.proposal.kinds import kinds_of
from aieco_assets.core.retail.proposal.propose import propose
from aieco_assets.core.retail.proposal.readings import Proposal
from tests.core.retail.shop.shops import make_shop, verdict

SEEDS = int(os.environ.get("AIECO_SHOPS", "6"))


def frame(rows: dict[str, list[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))


def shop(lines: int = 600, seed: int = 1) -> dict[str, list[str | None]]:
    """A small shop with usual names: orders of one to four lines, ten items."""
    rng = random.Random(seed)
    prices = {f"A{index:03}": round(1 + index * 1.37, 2) for index in range(1, 11)}
    rows: dict[str, list[str | None]] = {name: [] for name in ("order", "at", "sku", "pieces", "price", "who")}
    order, when = 5000, datetime(2026, 3, 2, 9)
    while len(rows["order"]) < lines:
        order, when = order + 1, when + timedelta(minutes=rng.randint(20, 400))
        who = f"K{rng.randint(100, 180)}"
        for sku in rng.sample(sorted(prices), rng.randint(1, 4)):
            values = (
                str(order),
                f"{when:%Y-%m-%d %H:%M}",
                sku,
                str(rng.choice([1, 1, 2, 3])),
                f"{prices[sku]:.2f}",
                who,
            )
            for name, value in zip(rows, values, strict=True):
                rows[name].append(value)
    return rows


def entries(proposal: Proposal) -> list[str]:
    return [question.entry for question in proposal.questions]


@pytest.mark.timeout(1800)
def test_shops_of_five_shapes_are_proposed_right_or_asked_about() -> None:
    verdicts: Counter[str] = Counter()
    wrong = []
    for seed in range(SEEDS):
        for shape in range(5):
            made = make_shop(seed, shape)
            found = propose(frame(made.rows))
            verdict_, why = verdict(made, found.columns, found.written, len(found.questions), bool(found.missing))
            verdicts[verdict_] += 1
            if verdict_ == "wrong":
                wrong.append(f"seed {seed}, {made.name} ({made.language}): {why}")
    print(dict(verdicts))
    assert not wrong
    assert verdicts["right"] >= 0.95 * verdicts.total() - 1


def test_receipts_whose_numbers_begin_anew_in_each_store_are_told_by_both() -> None:
    rows = shop()
    orders = {order: index for index, order in enumerate(dict.fromkeys(rows["order"]))}
    rows["till"] = [f"till {orders[order] % 3}" for order in rows["order"]]
    given = {"columns.order": "order", "columns.store": "till"}
    found = propose(frame(rows), given)
    assert "order_by_store" not in kinds_of(found.profile, found.columns, {})[0]

    rank = pl.col("order").cast(pl.Int64).rank("dense").over("till", pl.col("at").str.head(10))
    found = propose(frame(rows).with_columns(rank.cast(pl.String)), given)
    told, reasons, _ = kinds_of(found.profile, found.columns, {})
    assert told["order_by_store"] is True and "more than one till" in reasons["order_by_store"]


def test_a_discount_that_could_be_a_share_is_asked_about_and_money_below_zero_is_none() -> None:
    rows = shop()
    rows["discount"] = [["0", "0", "0.5", "1"][index % 4] for index in range(len(rows["order"]))]
    found = propose(frame(rows))
    assert entries(found) == ["columns.discounts"]
    assert propose(frame(rows), {"columns.discounts": "discount"}).columns["discounts"] == ("discount",)
    assert "discounts" not in propose(frame(rows), {"columns.discounts": ""}).columns

    rows["discount"] = [value if value == "0" else f"-{value}" for value in rows["discount"]]
    found = propose(frame(rows))
    assert (found.columns["discounts"], found.questions) == (("discount",), [])


def test_columns_of_meaningless_names_are_told_by_their_values() -> None:
    rows = shop()
    found = propose(frame({f"c{index}": values for index, values in enumerate(rows.values())}))
    assert found.columns == {
        "order": "c0", "time": "c1", "item": "c2", "quantity": "c3", "unit_price": "c4", "customer": "c5",
    }  # fmt: skip
    assert not found.questions


def test_what_a_line_came_to_is_no_unit_price() -> None:
    rows = shop()
    rows["price"] = [
        f"{float(price or 0) * int(pieces or 0):.2f}"
        for price, pieces in zip(rows["price"], rows["pieces"], strict=True)
    ]
    found = propose(frame({f"c{index}": values for index, values in enumerate(rows.values())}))
    assert (found.columns.get("amount"), found.columns.get("unit_price")) == ("c4", None)


def test_a_price_is_asked_about_where_no_item_is_sold_in_different_numbers_and_its_name_says_nothing() -> None:
    rows = shop()
    pieces = {sku: str(1 + index % 3) for index, sku in enumerate(sorted({*filter(None, rows["sku"])}))}
    rows["pieces"] = [pieces[sku or ""] for sku in rows["sku"]]
    rows = {{"price": "c9", "pieces": "c8"}.get(name, name): values for name, values in rows.items()}
    found = propose(frame(rows), {"columns.quantity": "c8"})
    assert {"columns.unit_price", "columns.amount"} & {*entries(found)} or found.columns.get("unit_price") == "c9"


def test_two_readings_of_a_date_are_asked_about_and_an_answer_settles_it() -> None:
    rows = shop(60)
    days = [f"{(index * 7) % 12 + 1:02}/{(index * 5) % 12 + 1:02}/2025" for index in range(400)]
    rng = random.Random(3)
    of_order = {order: rng.choice(days) for order in rows["order"]}
    rows["at"] = [of_order[order] for order in rows["order"]]
    found = propose(frame(rows))
    assert "written.date_format" in entries(found)
    settled = propose(frame(rows), {"written.date_format": "%m/%d/%Y"})
    assert settled.written["date_format"] == "%m/%d/%Y"
    assert "written.date_format" not in entries(settled)


def test_the_order_of_the_rows_tells_day_from_month() -> None:
    rows = shop(200)
    days = {
        order: datetime(2025, 1, 1) + timedelta(days=index // 12)
        for index, order in enumerate(dict.fromkeys(rows["order"]))
    }
    rows["at"] = [f"{days[order]:%d/%m/%Y}" for order in rows["order"]]
    assert max(day.day for day in days.values()) <= 12  # or the days themselves would tell
    assert propose(frame(rows)).written["date_format"] == "%d/%m/%Y"


def test_numbers_with_three_digits_behind_their_only_mark_are_asked_about() -> None:
    rows = shop()
    rows["price"] = ["1.200" if index % 2 else "2.400" for index in range(len(rows["price"]))]
    found = propose(frame(rows))
    assert "written.decimal" in entries(found)
    assert propose(frame(rows), {"written.decimal": ","}).written["decimal"] == ","


def test_the_order_date_is_the_earlier_of_two() -> None:
    rows = shop()
    rows["sent"] = [
        str(datetime.fromisoformat(str(at)) + timedelta(days=1 + int(order or 0) % 4))[:16]
        for at, order in zip(rows["at"], rows["order"], strict=True)
    ]
    rows = {{"at": "c1", "sent": "c2"}.get(name, name): values for name, values in rows.items()}
    assert propose(frame(rows)).columns["time"] == "c1"


def test_a_name_that_denies_a_role_is_asked_about_even_where_nothing_else_plays_it() -> None:
    rows = shop()
    rows = {"shipping_limit_date" if name == "at" else name: values for name, values in rows.items()}
    assert "columns.time" in entries(propose(frame(rows)))


def test_two_ids_of_a_customer_with_names_that_say_nothing_are_asked_about() -> None:
    rows = shop()
    rows["f1"] = rows.pop("who")
    rows["f2"] = [f"{int(value[1:]) * 7919 % 10007}" if value else None for value in rows["f1"]]
    found = propose(frame(rows))
    assert "columns.customer" in entries(found)
    assert propose(frame(rows), {"columns.customer": "f2"}).columns["customer"] == "f2"


def test_a_shop_without_order_numbers_is_told_by_customer_and_time() -> None:
    rows = shop()
    del rows["order"]
    found = propose(frame(rows))
    assert "order" not in found.columns
    assert found.columns["customer"] == "who"
    assert not found.questions


def test_a_table_without_dates_or_prices_is_no_transactions() -> None:
    rows = shop()
    assert propose(frame({"sku": rows["sku"], "text": [f"thing {value}" for value in rows["sku"]]})).missing


def test_what_only_the_first_line_of_an_order_says_is_filled_down() -> None:
    rows = shop()
    first = [before != order for before, order in zip([None, *rows["order"]], rows["order"], strict=False)]
    for name in ("at", "who"):
        rows[name] = [value if said else None for value, said in zip(rows[name], first, strict=True)]
    found = propose(frame({f"c{index}": values for index, values in enumerate(rows.values())}))
    assert found.fill_down
    assert (found.columns["order"], found.columns["time"], found.columns["customer"]) == ("c0", "c1", "c5")
    assert not propose(frame(shop())).fill_down


def test_a_row_of_the_total_at_the_end_says_nothing_of_first_lines() -> None:
    rows = {name: [f"{name}{line // 2}" for line in range(20)] for name in ("order", "at", "who")}
    found = frame(
        {
            **{name: [*values, "Total" if name == "order" else None] for name, values in rows.items()},
            "amount": [*(f"{line % 5}.50" for line in range(20)), "50.00"],
        }
    )
    assert not filled_down(found)[1]
