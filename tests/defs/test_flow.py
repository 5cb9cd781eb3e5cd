"""What flows by itself when days change: which days and months Dagster asks for, judged by its own evaluator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import pytest

from aieco_assets.defs.automation import END_TAG, START_TAG, runs_over

LAKE, FACTS, PAIRS = ("lake", "transactions"), ("marts", "fct_sales_lines"), ("marts", "agg_item_pairs")
RFM, PREDICTIONS = ("features", "customer_rfm"), ("predictions", "customers")


@dataclass
class Clockwork:
    """Ticks of the automation sensor over one instance."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    cursor: Any = field(default=None)

    def made(self, key: tuple[str, ...], *partitions: str | None) -> None:
        for partition in partitions:
            event = dg.AssetMaterialization(asset_key=dg.AssetKey(key), partition=partition)
            self.instance.report_runless_asset_event(event)

    def landed(self, *days: str, gate: bool = True) -> None:
        self.made(LAKE, *days)
        check = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(LAKE),
            check_name="read_is_loaded_plus_rejected",
            passed=gate,
            metadata={},
            blocking=True,
        )
        self.instance.report_runless_asset_event(check)

    def tick(self) -> dict[str, set[str | None]]:
        """Two looks, for what is to be asked for is seen twice. Asset -> the partitions; None: it has none."""
        first, asked = self.look(), self.look()
        assert first == {}
        return asked

    def look(self) -> dict[str, set[str | None]]:
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, dg.AssetSelection.all(), cursor=self.cursor
        )
        self.cursor = result.cursor
        asked: dict[str, set[str | None]] = {}
        for one in result.results:
            subset = one.true_subset
            if isinstance(one.key, dg.AssetKey) and not subset.is_empty:
                partitions = subset.expensively_compute_asset_partitions()
                asked[one.key.to_user_string()] = {partition.partition_key for partition in partitions}
        return asked


@pytest.fixture
def clockwork(definitions: dg.Definitions) -> Iterator[Clockwork]:
    with dg.instance_for_test() as instance:
        yield Clockwork(definitions, instance)


def test_what_was_made_before_the_daemon_looked_first_is_not_made_again(clockwork: Clockwork) -> None:
    clockwork.landed("2011-03-04", "2011-03-05")
    assert clockwork.tick() == {}


def test_what_a_run_makes_while_it_is_looked_at_is_not_made_again(clockwork: Clockwork) -> None:
    clockwork.tick()
    clockwork.made(("raw", "transactions"), "2011-03-05")
    seen = clockwork.look()  # by now the run has made what lies below, and it is no longer in progress
    clockwork.made(("staging", "stg_retail__transactions"), "2011-03-05")
    assert seen == {}
    assert "staging/stg_retail__transactions" not in clockwork.tick()


def test_a_landed_day_flows_to_the_facts_and_dimensions_and_then_to_what_is_made_of_all_days(
    clockwork: Clockwork,
) -> None:
    clockwork.tick()
    clockwork.landed("2011-03-05")
    days = {"raw/transactions", "staging/stg_retail__transactions", "marts/fct_sales_lines"}
    days |= {f"marts/{name}" for name in ("agg_daily_sales", "fct_orders", "fct_returns", "dim_items", "dim_customers")}
    days |= {"marts/fct_linked_cancellations"}
    assert clockwork.tick() == {key: {"2011-03-05"} for key in days}
    assert clockwork.tick() == {}
    for key in days:
        clockwork.made(tuple(key.split("/")), "2011-03-05")
    assert clockwork.tick() == {key: {None} for key in ("marts/dim_date", "marts/agg_cohort_retention")}


def test_nothing_flows_from_a_day_that_failed_its_gate(clockwork: Clockwork) -> None:
    clockwork.tick()
    clockwork.landed("2011-03-05", gate=False)
    assert clockwork.tick() == {}


def test_a_late_day_makes_again_its_month_and_the_later_made_ones_once_the_dimensions_are_made(
    clockwork: Clockwork,
) -> None:
    for key in (RFM, PREDICTIONS, PAIRS):
        clockwork.made(key, "2011-02", "2011-03", "2011-05")
    clockwork.tick()
    clockwork.made(FACTS, "2011-03-05")
    asked = clockwork.tick()
    assert asked["marts/dim_customers"] == {"2011-03-05"}
    assert asked["marts/agg_item_pairs"] == {"2011-03", "2011-05"}
    assert "features/customer_rfm" not in asked
    for key in ("dim_customers", "fct_returns"):  # one step makes both
        clockwork.made(("marts", key), "2011-03-05")
    assert clockwork.tick() == {
        "features/customer_rfm": {"2011-03", "2011-05"},
        "predictions/customers": {"2011-03", "2011-05"},
    }


def test_a_new_champion_scores_no_month_that_has_passed(clockwork: Clockwork) -> None:
    clockwork.made(PREDICTIONS, "2011-02")
    clockwork.tick()
    clockwork.made(("models", "clv"), None)
    assert clockwork.tick() == {}


def test_dimensions_alone_make_no_month_again(clockwork: Clockwork) -> None:
    clockwork.made(RFM, "2011-02")
    clockwork.tick()
    clockwork.made(("marts", "dim_customers"), "2011-03-05")
    assert "features/customer_rfm" not in clockwork.tick()


def test_days_that_lie_far_apart_are_runs_of_their_own() -> None:
    days = [date(2011, 12, 1), date(2011, 3, 5), date(2011, 12, 2), date(2011, 3, 9)]
    assert runs_over(days) == [
        {START_TAG: "2011-03-05", END_TAG: "2011-03-09"},
        {START_TAG: "2011-12-01", END_TAG: "2011-12-02"},
    ]
    assert runs_over([]) == []
