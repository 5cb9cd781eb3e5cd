"""The graph as it is kept for those who do not know Dagster, and why something in it is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.graph_picture import GraphPicture, read_picture, write_picture
from aieco_assets.core.monitoring.staleness import causes, walk
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.access import SERVICE, as_role
from aieco_assets.core.storage.postgres import connect
from tests.core.tools.literal import NOON, PICTURE, asset

LATER = NOON + timedelta(days=3)


def of(key: str, now=NOON, picture: GraphPicture = PICTURE) -> dict[str, str]:
    return {one.asset: one.sentence for one in causes(picture, key, now)}


def test_a_picture_is_read_by_the_service_as_it_was_written(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="Nobody has looked at the graph yet"):
        read_picture(settings)
    write_picture(settings, PICTURE)
    service = as_role(settings, SERVICE)
    assert read_picture(service) == PICTURE
    with pytest.raises(Exception, match="permission denied"):
        write_picture(service, replace(PICTURE, assets=()))


def test_an_older_look_changes_nothing_and_an_unchanged_graph_is_seen_later(settings: Settings) -> None:
    write_picture(settings, PICTURE)
    write_picture(settings, replace(PICTURE, seen_at=LATER))
    assert read_picture(settings) == replace(PICTURE, seen_at=LATER)
    write_picture(settings, GraphPicture(NOON, ()))
    assert read_picture(settings) == replace(PICTURE, seen_at=LATER)
    write_picture(settings, GraphPicture(LATER, ()))
    assert read_picture(settings).assets == ()


def test_what_an_erasure_has_changed_is_a_sentence_until_it_is_written_anew(settings: Settings) -> None:
    write_picture(settings, PICTURE)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update monitoring.graph_picture set assets = replace(assets::text, '12,', '\"[erased]\",')::jsonb"
        )
    with pytest.raises(AiecoError, match="writes it anew"):
        read_picture(settings)
    write_picture(settings, PICTURE)
    assert read_picture(settings) == PICTURE


def test_how_fresh_something_is_depends_on_when_it_is_read() -> None:
    (sales,) = [one for one in PICTURE.assets if one.key == "marts/fct_sales_lines"]
    (churn,) = [one for one in PICTURE.assets if one.key == "predictions/churn"]
    hours = {0: "fresh", 25: "warn", 49: "stale"}
    assert {hour: sales.freshness(NOON + timedelta(hours=hour)) for hour in hours} == hours
    assert replace(churn, policy=sales.policy).freshness(LATER) == "none"
    assert replace(churn, policy=sales.policy, waits="").freshness(NOON) == "stale"


def test_a_gate_that_failed_is_the_cause_of_all_that_comes_after_it() -> None:
    (cause,) = of("models/clv").items()
    assert cause == (
        "marts/fct_sales_lines",
        "Check totals_agree of marts/fct_sales_lines failed, so what comes after it is not made.",
    )
    assert of("raw/transactions") == {}


def test_of_a_chain_of_stale_assets_the_first_is_the_cause() -> None:
    found = of("features/customer_rfm", LATER)
    assert found == {
        "raw/transactions": "Nothing has made raw/transactions since 2026-11-20 12:00 UTC: does the daemon run "
        "(`aieco up`)?"
    }


def test_a_failed_run_a_missing_asset_and_a_newer_parent_are_causes() -> None:
    picture = GraphPicture(
        NOON,
        (
            asset("a", status="failed"),
            asset("b", status="missing", made_at=None),
            asset("c", made_at=NOON + timedelta(hours=1)),
            asset("d", "a", "b", "c"),
        ),
    )
    assert of("d", picture=picture) == {
        "a": "The last run that was to make a failed: `aieco doctor` names the run.",
        "b": "b was never made: `aieco run` makes it.",
        "c": "c was made at 2026-11-20 13:00 UTC, after d: `aieco run` makes it anew.",
    }


def test_a_walk_ends_in_a_circle_and_at_its_depth() -> None:
    edges = {"a": ("b",), "b": ("c", "a"), "c": ("d",)}
    assert list(walk(edges, "a")) == ["b", "c", "d"]
    assert list(walk(edges, "a", 2)) == ["b", "c"]
