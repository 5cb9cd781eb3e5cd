"""Customers drift for days: by the shipped policies, the real daemon trains once, behind the gate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, CHURN
from aieco_assets.core.features.reader import NUMBERS
from aieco_assets.core.registry.models import load_json
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import measured
from tests.e2e.conftest import ROOT
from tests.e2e.daemon.conftest import YESTERDAY, Daemons, instance_of, long, run_group, wait, wait_until_ended

pytestmark = [pytest.mark.e2e, long, pytest.mark.timeout(1800)]
POLICY = "retrain_on_drift"
# As monitoring/drift would have measured them: a week in which nothing drifted, and ten days above 0.4, of which the
# fifth acts.
*QUIET, LAST_QUIET = [YESTERDAY - timedelta(days=back) for back in range(16, 9, -1)]
SHIFTED = [YESTERDAY - timedelta(days=back) for back in range(9, -1, -1)]


def test_a_shift_of_ten_days_is_answered_by_one_training_and_a_worse_challenger_does_not_become_champion(
    daemons: Daemons,
) -> None:
    settings = daemons.settings
    copy_shipped(daemons.policies)
    forget_days(settings)
    before = version_by_alias(settings, CHURN, CHAMPION)
    assert before is not None
    measured(settings, dict.fromkeys((*QUIET, LAST_QUIET), 0.1))
    daemons.ensure()
    wait(lambda: outcomes(settings) == [(LAST_QUIET, "hold")], 600, "the decision of a quiet day")
    with learned_from_noise(settings, load_json(settings, before)["as_of"]):
        measured(settings, dict.fromkeys(SHIFTED, 0.9))
        decision = f"{POLICY}.{SHIFTED[4]}"
        wait_until_ended(daemons, decision, 600)

    decided = dict(outcomes(settings))
    assert [*decided] == [LAST_QUIET, *SHIFTED]
    assert [day for day, outcome in decided.items() if outcome == "fire"] == [SHIFTED[4]]
    with instance_of(daemons) as instance:
        clv, churn = (run_group(instance, f"{decision}#{position}") for position in (0, 1))
    assert [run.status.value for run in (*clv, *churn)] == ["SUCCESS", "SUCCESS"]
    champion, challenger = (version_by_alias(settings, CHURN, alias) for alias in (CHAMPION, CHALLENGER))
    assert champion is not None and champion.version == before.version
    assert challenger is not None and challenger.version > before.version
    assert challenger.tags["gate"] == "refused"
    assert [state for state, _ in daemons.actions(decision)] == ["done", "done", "done"]


def copy_shipped(policies: Path) -> None:
    for path in (ROOT / "policies").glob("*.yaml"):
        shutil.copy(path, policies)


def forget_days(settings: Settings) -> None:
    """Nothing was measured yet, and nothing decided."""
    with connect(settings.warehouse) as connection:
        connection.execute("delete from monitoring.signals")
        connection.execute("delete from monitoring.signal_days")


def outcomes(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select day, outcome from monitoring.decisions where policy = %s order by day", (POLICY,)
        ).fetchall()


@contextmanager
def learned_from_noise(settings: Settings, judged: str) -> Iterator[None]:
    """Of the months before the judged one, which churn is learned from, each customer has another one's features."""
    from psycopg import sql

    moved = sql.SQL(", ").join(map(sql.Identifier, (*NUMBERS, "first_purchase", "last_purchase")))
    given = sql.SQL(", ").join(sql.Identifier("other", name) for name in (*NUMBERS, "first_purchase", "last_purchase"))
    shuffle = sql.SQL(
        "with drawn as (select *, row_number() over (partition by as_of order by customer_id) as here,"
        " row_number() over (partition by as_of order by md5(customer_id)) as there"
        " from features.customer_rfm where as_of < {judged})"
        " update features.customer_rfm as mine set ({moved}) = row({given}) from drawn as one"
        " join drawn as other on other.as_of = one.as_of and other.there = one.here"
        " where mine.as_of = one.as_of and mine.customer_id = one.customer_id"
    )
    with connect(settings.warehouse) as connection:
        connection.execute("create table public.right_features as select * from features.customer_rfm")
        connection.execute(shuffle.format(judged=sql.Literal(judged), moved=moved, given=given))
    try:
        yield
    finally:
        with connect(settings.warehouse) as connection:
            connection.execute("delete from features.customer_rfm")
            connection.execute("insert into features.customer_rfm select * from public.right_features")
            connection.execute("drop table public.right_features")
