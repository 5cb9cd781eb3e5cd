"""What a declared thing can't be called, because something of the platform, or another declaration, is called so."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.declared.feature import feature_files
from aieco_assets.core.declared.names import checked_feature_name, free_name
from aieco_assets.core.declared.twins import refuse_twin
from aieco_assets.core.errors import AiecoError

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
MODEL = "type: aieco_assets.components.Model\n"


@pytest.mark.parametrize("name", ["frequency", "country", "first_purchase", "customer_id", "as_of", "bought", "truth"])
def test_a_feature_can_not_have_the_name_of_a_column_that_a_model_would_be_trained_on_in_its_place(name: str) -> None:
    with pytest.raises(AiecoError, match=f"^No feature can be called {name}, which is a column of the platform's own"):
        feature_files(name, "avg(quantity)", 90, "pieces")
    with pytest.raises(AiecoError, match=f"^a/defs.yaml: no feature can be called {name}, .*: take another name"):
        checked_feature_name(name, "a/defs.yaml")


def test_a_feature_can_not_have_a_name_that_postgres_takes_for_a_word_of_sql() -> None:
    with pytest.raises(AiecoError, match="No feature can be called order, which is a word of SQL"):
        checked_feature_name("order")


@pytest.mark.parametrize("option", ["unit", "description"])
def test_what_is_said_of_a_feature_holds_no_template(option: str) -> None:
    said = {"unit": "pieces", "description": "", option: "{{ env_var('HOME') }}"}
    with pytest.raises(AiecoError, match=rf"The --{option} of the feature basket holds \{{\{{"):
        feature_files("basket", "avg(quantity)", 90, **said)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("purchases", "^dbt_project/models/features/purchases.sql has the name purchases already"),
        ("agg_daily_sales", "^dbt_project/models/marts/agg_daily_sales.sql has the name"),
        ("customer_pseudonyms", "^dbt_project/models/staging/_sources.yml has the name"),
        ("metrics_revenue", "metrics_revenue is the name of a view, as all that begins with metrics_"),
        ("analytics_new", "all that begins with analytics_"),
    ],
)
def test_a_name_of_the_dbt_project_is_taken_in_whichever_folder_it_is(name: str, told: str) -> None:
    with pytest.raises(AiecoError, match=told):
        free_name(name, MODELS)


def test_names_of_seeds_and_snapshots_are_taken_too_and_others_are_free(tmp_path: Path) -> None:
    texts = {
        "models/a/described.yml": "models: [{name: promised}]",
        "seeds/regions.csv": "a,b",
        "snapshots/any.sql": "{% snapshot prices_then %}select 1{% endsnapshot %}",
        "snapshots/any.yml": "snapshots: [{name: stock_then}]",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert free_name("prices", tmp_path / "models") == "prices"
    for name in ("promised", "regions", "prices_then", "stock_then"):
        with pytest.raises(AiecoError, match=f"has the name {name} already"):
            free_name(name, tmp_path / "models")


def test_two_declarations_of_one_name_are_told_by_both_files(tmp_path: Path) -> None:
    defs = tmp_path / "aieco_assets" / "defs"
    for folder, text in (("a/x", MODEL), ("b/x", MODEL), ("c/x", MODEL.replace("Model", "Mart")), ("c/y", MODEL * 2)):
        (defs / folder).mkdir(parents=True)
        (defs / folder / "defs.yaml").write_text(text)
    told = "a/x/defs.yaml declares the model x, which aieco_assets/defs/b/x/defs.yaml declares too: rename one folder"
    with pytest.raises(AiecoError, match=f"^aieco_assets/defs/{told}"):
        refuse_twin(defs, defs / "a" / "x", "Model")
    refuse_twin(defs, defs / "c" / "x", "Mart")
    with pytest.raises(AiecoError, match=r"c/y/defs.yaml declares the model y more than once"):
        refuse_twin(defs, defs / "c" / "y", "Model")


def test_a_name_that_another_folder_declares_is_refused_before_its_file_is_written(tmp_path: Path) -> None:
    defs = tmp_path / "aieco_assets" / "defs"
    (defs / "a" / "x").mkdir(parents=True)
    (defs / "a" / "x" / "defs.yaml").write_text(MODEL.replace("Model", "DocumentSource"))
    with pytest.raises(AiecoError, match=r"a/x/defs.yaml declares the document source x already: take another name"):
        refuse_twin(defs, defs / "new" / "x", "DocumentSource")
