"""The feature catalogue: dbt describes every feature that the reader serves, with what dbt docs then shows of it."""

from __future__ import annotations

from pathlib import Path

import yaml

from aieco_assets.core.features.reader import RFM_COLUMNS
from aieco_assets.defs.catalog import FRESHNESS, OWNERS

CATALOGUE = Path(__file__).parents[2] / "dbt_project" / "models" / "features" / "_features.yml"


def test_every_feature_that_is_served_has_a_meaning_a_unit_an_owner_and_a_freshness() -> None:
    model = next(one for one in yaml.safe_load(CATALOGUE.read_text())["models"] if one["name"] == "customer_rfm")
    columns = {column["name"]: column for column in model["columns"]}
    assert columns.keys() == {"as_of", *RFM_COLUMNS}
    policy = FRESHNESS["features/customer_rfm"]
    for name, column in columns.items():
        meta = column["config"]["meta"]
        assert len(column["description"]) > 10, name
        assert meta["unit"], name
        assert meta["owner"] in OWNERS, name
        assert f"{policy.fail_window.to_timedelta().days} days" in meta["freshness"], name
