"""`aieco init` on files of every format: what is written is what the next run reads."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import yaml

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.proposal.initialise import Initialiser, Looked
from aieco_assets.core.retail.shop.find import read_mapping, written_mapping
from aieco_assets.core.retail.shop.mapping import Shop, json_schema
from aieco_assets.core.settings import Settings
from tests.core.retail.shop.shops import make_shop
from tests.core.retail.shop.test_proposals import frame, shop
from tests.core.retail.workbooks import row, workbook


def looked(path: Path, settings: Settings, **given: str) -> Looked:
    return Initialiser(str(path), settings).propose({name.replace("__", "."): value for name, value in given.items()})


def mapping(found: Looked) -> Shop:
    assert found.shop is not None, [question.text for question in found.questions]
    return found.shop


def german(path: Path, lines: int = 400) -> None:
    """A csv of a German Excel: semicolons, decimal commas, day.month.year, Windows-1252."""
    rows = shop(lines)
    out = ["Beleg;Datum;Artikel;Bezeichnung;Menge;Preis;Kunde"]
    for order, at, sku, pieces, price, who in zip(*rows.values(), strict=True):
        day, clock = str(at).split(" ")
        year, month, number = day.split("-")
        text = "Versandkosten" if sku == "A010" else f"Türstopper {sku}"
        out.append(
            f"{order};{number}.{month}.{year} {clock};{sku};{text};{pieces};{str(price).replace('.', ',')} €;{who}"
        )
    path.write_bytes("\r\n".join(out).encode("cp1252"))


def test_a_german_csv_is_mapped_and_every_line_of_it_would_be_loaded(settings: Settings, tmp_path: Path) -> None:
    german(tmp_path / "2026-03.csv")
    looking = Initialiser(str(tmp_path), settings)
    found = mapping(looking.propose())
    assert found.columns.named() == {
        "order": ("Beleg",), "time": ("Datum",), "item": ("Artikel",), "description": ("Bezeichnung",),
        "quantity": ("Menge",), "unit_price": ("Preis",), "customer": ("Kunde",),
    }  # fmt: skip
    assert found.written.decimal == ","
    assert found.currency == "EUR"
    assert found.non_products.items == ("A010",)
    preview = looking.preview(found)
    assert (preview.accepted, preview.rejected, preview.refused) == (401, {}, {})
    assert len(preview.rows) == 10
    assert str(preview.rows[0]["unit_price"]) == shop(400)["price"][0] + "0000"


def test_nested_orders_of_a_web_shop_are_mapped_by_the_names_of_their_fields(
    settings: Settings, tmp_path: Path
) -> None:
    rows = shop(300)
    orders: dict[str, dict[str, object]] = {}
    for order, at, sku, pieces, price, who in zip(*rows.values(), strict=True):
        one = orders.setdefault(
            str(order), {"number": order, "placed_at": f"{at}:00+01:00", "buyer": {"id": who}, "lines": []}
        )
        one["lines"].append({"sku": sku, "qty": int(pieces or 0), "price": float(price or 0)})  # type: ignore[attr-defined]
    (tmp_path / "orders.jsonl").write_text("".join(json.dumps(order) + "\n" for order in orders.values()))
    found = mapping(looked(tmp_path, settings))
    assert found.rows == "lines"
    assert found.columns.named() == {
        "order": ("number",), "time": ("placed_at",), "item": ("lines.sku",), "quantity": ("lines.qty",),
        "unit_price": ("lines.price",), "customer": ("buyer.id",),
    }  # fmt: skip


def test_products_and_customers_beside_the_lines_are_joined_and_other_files_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    frame(shop(500)).with_columns(pl.col("price").cast(pl.Float64), pl.col("pieces").cast(pl.Int64)).write_parquet(
        tmp_path / "sales.parquet"
    )
    items = sorted({*shop(500)["sku"]})
    (tmp_path / "products.csv").write_text(
        "code,product_name,department\n"
        + "".join(f"{sku},Thing {sku} small,{('Garden', 'Kitchen', 'Toys')[i % 3]}\n" for i, sku in enumerate(items))
    )
    (tmp_path / "targets.csv").write_text("month,target,owner\nJanuary,100,me\nFebruary,120,me\n")
    found = mapping(looked(tmp_path, settings))
    assert [table.model_dump() for table in found.tables] == [
        {
            "file": "products.csv",
            "join": {"sku": "code"},
            "columns": {"description": "product_name", "category": "department"},
        }
    ]
    assert found.files == ("sales.parquet",)


def test_a_workbook_is_mapped_and_sheets_that_hold_no_lines_are_left_out(settings: Settings, tmp_path: Path) -> None:
    rows = [row(1, "Invoice ref", "Item", "Pcs", "Each", "Sold on")]
    for number, (order, at, sku, pieces, price, _) in enumerate(zip(*shop(120).values(), strict=True), start=2):
        rows.append(row(number, str(order), str(sku), float(pieces or 0), float(price or 0), str(at)))
    notes = row(1, "Note", "By", "Topic") + row(2, "prices of spring", "Ann", "pricing")
    (tmp_path / "sales.xlsx").write_bytes(workbook("".join(rows), notes))
    found = mapping(looked(tmp_path, settings))
    assert found.sheets == ("Sheet1",)
    assert found.columns.named() == {
        "order": ("Invoice ref",), "time": ("Sold on",), "item": ("Item",), "quantity": ("Pcs",),
        "unit_price": ("Each",),
    }  # fmt: skip


def test_a_known_layout_needs_no_mapping_and_one_can_be_written(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,15CM BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
    )
    found = looked(tmp_path, settings)
    assert found.known == "UCI Online Retail"
    assert mapping(found).columns.unit_price == "Price"


def test_a_known_layout_whose_days_and_months_could_be_exchanged_is_asked_about(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,15CM BALL,12,03/04/2010 07:45,6.95,13085,United Kingdom\n"
        "489435,85048,15CM BALL,2,01/02/2010 07:45,6.95,13085,United Kingdom\n"
    )
    assert [question.entry for question in looked(tmp_path, settings).questions] == ["written.date_format"]
    found = mapping(looked(tmp_path, settings, written__date_format="%d/%m/%Y %H:%M"))
    assert found.written.date_format == "%d/%m/%Y %H:%M"
    assert found.columns.order == "Invoice"


def test_a_column_that_only_some_files_have_plays_no_role(settings: Settings, tmp_path: Path) -> None:
    rows = shop(400)
    first = frame({name: values[:200] for name, values in rows.items()})
    second = frame({name: values[200:] for name, values in rows.items()}).with_columns(country=pl.lit("Ireland"))
    first.write_csv(tmp_path / "1.csv")
    second.write_csv(tmp_path / "2.csv")
    looking = Initialiser(str(tmp_path), settings)
    found = mapping(looking.propose())
    assert found.columns.country is None
    assert looking.preview(found).refused == {}


def test_a_type_that_says_return_makes_returns_and_cancelled_ones_are_never_sales(
    settings: Settings, tmp_path: Path
) -> None:
    rows = shop(500)
    kinds = [
        ("Retoure" if index % 40 == 0 else "storniert" if index % 50 == 1 else "Verkauf")
        for index in range(len(rows["order"]))
    ]
    frame({**rows, "Vorgang": kinds}).write_csv(tmp_path / "a.csv")
    found = mapping(looked(tmp_path, settings))
    assert found.returns.order_types == ("Retoure",)
    assert found.adjustments.order_types == ("storniert",)


def test_mixed_currencies_and_prefixes_of_returns_are_asked_about(settings: Settings, tmp_path: Path) -> None:
    rows = shop(500)
    rows["order"] = [f"R{order}" if int(order or 0) % 12 == 0 else order for order in rows["order"]]
    frame({**rows, "currency": ["EUR" if index % 3 else "CHF" for index in range(len(rows["order"]))]}).write_csv(
        tmp_path / "a.csv"
    )
    found = looked(tmp_path, settings)
    assert found.shop is None
    assert {question.entry for question in found.questions} == {"returns.order_prefixes", "currency"}
    answered = mapping(looked(tmp_path, settings, returns__order_prefixes="R", currency="EUR"))
    assert answered.returns.order_prefixes == ("R",)
    assert answered.currency == "EUR"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_what_is_written_is_read_again_as_it_was_proposed(ending: str, settings: Settings, tmp_path: Path) -> None:
    made = make_shop(4, 0)
    table = frame(made.rows)
    path = tmp_path / f"lines.{ending}"
    {"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}[ending](path)
    found = mapping(looked(path, settings))
    assert read_mapping(written_mapping(found, "a comment"), "shop.yaml").model_dump() == found.model_dump()


def test_a_long_csv_is_read_in_parts_only(settings: Settings, tmp_path: Path) -> None:
    lines = frame(shop(20_000)).write_csv().splitlines()
    with (tmp_path / "long.csv").open("w") as file:
        file.write(lines[0] + "\n")
        for _ in range(12):
            file.write("\n".join(lines[1:]) + "\n")
    looking = Initialiser(str(tmp_path), settings)
    assert len(looking.source.samples[0].data) < 3 * 2**20 < (tmp_path / "long.csv").stat().st_size
    assert mapping(looking.propose()).columns.order == "order"


@pytest.mark.parametrize("unit", [1, 1000])
def test_times_since_1970_are_told_where_the_name_says_that_it_is_one(
    unit: int, settings: Settings, tmp_path: Path
) -> None:
    rows = shop()
    stamps = [datetime.fromisoformat(f"{at}+00:00").timestamp() * unit for at in rows["at"]]
    names = {"order": "order", "sku": "sku", "pieces": "qty", "price": "price", "who": "customer"}
    whole = [
        {"created": int(stamp), **{name: rows[own][index] for own, name in names.items()}}
        for index, stamp in enumerate(stamps)
    ]
    (tmp_path / "a.json").write_text(json.dumps(whole))
    looking = Initialiser(str(tmp_path), settings)
    found = mapping(looking.propose())
    assert (found.columns.time, found.written.date_format) == ("created", None)
    shown = looking.preview(found)
    assert (shown.accepted, f"{shown.rows[0]['invoiced_at']:%Y-%m-%d %H:%M}") == (len(whole), rows["at"][0])


def test_hours_of_a_half_day_need_no_blank_before_am_or_pm(settings: Settings, tmp_path: Path) -> None:
    rows = shop()
    rows["at"] = [f"{datetime.fromisoformat(str(at)):%m/%d/%y %I:%M%p}".lower() for at in rows["at"]]
    frame(rows).write_csv(tmp_path / "a.csv")
    looking = Initialiser(str(tmp_path), settings)
    found = mapping(looking.propose())
    assert found.written.date_format == "%m/%d/%y %I:%M %p"
    assert looking.preview(found).accepted == len(rows["at"])


def test_prices_in_two_currencies_are_asked_about(settings: Settings, tmp_path: Path) -> None:
    rows = shop()
    rows["price"] = [f"{'€' if index % 2 else '$'}{price}" for index, price in enumerate(rows["price"])]
    frame(rows).write_csv(tmp_path / "a.csv")
    (question,) = looked(tmp_path, settings).questions
    assert (question.entry, [*question.choices]) == ("currency", ["USD", "EUR"])
    assert mapping(looked(tmp_path, settings, currency="EUR")).currency == "EUR"


def test_nothing_like_transactions_is_one_sentence_that_names_file_and_what_is_missing(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "staff.csv").write_text("name,team,desk\nAnn,red,4\nBob,blue,7\nCid,red,9\n")
    with pytest.raises(AiecoError, match=r"staff\.csv .*no column is its time"):
        looked(tmp_path, settings)


def test_a_source_that_is_not_there_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="is not there"):
        looked(tmp_path / "nowhere", settings)


def run_init(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    code = "from aieco_assets.cli import main; main()"
    env = {
        "PATH": "/usr/bin:/bin",
        "AIECO_HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[4]),
        "HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, "-c", code, "init", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def test_yes_writes_the_mapping_beside_the_files_and_says_why(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "exports"
    source.mkdir()
    german(source / "2026-03.csv")
    done = run_init(str(source), "--yes", cwd=tmp_path, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load((source / "shop.yaml").read_text())["columns"]["order"] == "Beleg"
    assert "order = Beleg:" in done.stdout
    assert "of the sample 401 would be loaded" in done.stdout


def test_a_mapping_that_yes_replaces_is_kept_in_the_home(settings: Settings, tmp_path: Path) -> None:
    source, home = tmp_path / "exports", tmp_path / "home"
    source.mkdir()
    home.mkdir()
    german(source / "2026-03.csv")
    (source / "shop.yaml").write_text("# by hand\ncolumns: {order: Beleg}\n")
    done = run_init(str(source), "--yes", cwd=tmp_path, home=home)
    assert done.returncode == 0, done.stderr
    (kept,) = (home / "replaced").glob("*-shop.yaml")
    assert kept.read_text().startswith("# by hand") and str(kept) in done.stdout
    assert sorted(path.name for path in source.iterdir()) == ["2026-03.csv", "shop.yaml"]
    run_init(str(source), "--yes", cwd=tmp_path, home=home)
    assert len([*(home / "replaced").iterdir()]) == 1  # the same again replaces nothing


def test_yes_refuses_an_open_question_by_its_entry_and_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    rows = shop(400)
    rows["f1"] = rows.pop("who")
    rows["f2"] = [f"{int(value[1:]) * 7919 % 10007}" if value else None for value in rows["f1"]]
    frame(rows).write_csv(tmp_path / "a.csv")
    done = run_init(str(tmp_path), "--yes", cwd=tmp_path, home=tmp_path)
    assert done.returncode == 1
    assert "columns.customer" in done.stderr
    assert not (tmp_path / "shop.yaml").exists()


def test_without_yes_and_without_a_terminal_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    german(tmp_path / "2026-03.csv")
    done = run_init(str(tmp_path), cwd=tmp_path, home=tmp_path)
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert not (tmp_path / "shop.yaml").exists()


def test_the_schema_in_docs_is_that_of_the_mapping() -> None:
    docs = Path(__file__).parents[4] / "docs"
    mend = "write it again: .venv/bin/python -m aieco_assets.core.retail.shop.schema"
    assert json.loads((docs / "shop.schema.json").read_text()) == json_schema(), mend


def test_the_examples_in_docs_are_valid_mappings() -> None:
    text = (Path(__file__).parents[4] / "docs" / "shop.md").read_text()
    examples = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    whole = [example for example in examples if "columns:" in example]
    assert len(whole) == 3
    for example in whole:
        read_mapping(example, "docs/shop.md")
