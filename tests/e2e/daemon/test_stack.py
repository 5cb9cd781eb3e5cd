"""The whole stack at work by itself: new days flow to the forecast, challengers go the way that policies say."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import CHAMPION, RAG
from aieco_assets.core.monitoring.signals import record_signals
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json
from aieco_assets.core.registry.promotion import model_history
from aieco_assets.core.registry.versions import register_data_model, to_json
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import measured
from tests.e2e.conftest import ROOT, Home
from tests.e2e.daemon.conftest import YESTERDAY, long, wait

pytestmark = [pytest.mark.e2e, long, pytest.mark.timeout(2400)]
# Ten answers a step are enough here, and a busy machine's speed stops nothing.
RULES = "canary: {minimumSample: 8, consecutiveSuccessLimit: 10, slower: 1000}\n"
TRY = (
    "policies: [{{name: {name}, triggers: [{{metric: drift_share, above: 0.5}}],"
    " actions: [{{canary: {{model: rag, steps: [50, 100]}}}}]}}]"
)
QUESTION = "How many days do I have to return something I ordered online?"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    (folder / "canary.yaml").write_text(RULES)
    return folder


@pytest.fixture(scope="module")
def up(filled: Home, policies: Path) -> Iterator[Home]:
    filled.variables["AIECO_POLICIES"] = str(policies)
    started = filled.aieco("up", "--detach")
    try:
        assert started.returncode == 0, started.stderr
        yield filled
    finally:
        del filled.variables["AIECO_POLICIES"]
        assert filled.aieco("down").returncode == 0


@pytest.fixture(scope="module")
def settings(up: Home) -> Settings:
    told = up.aieco("env").stdout
    url = next(line.split("=", 1)[1] for line in told.splitlines() if line.startswith("export AIECO_POSTGRES_URL="))
    return Settings(home=up.path, postgres_url=SecretStr(url.strip("'")), _env_file=None)  # type: ignore[call-arg]


def test_the_files_of_two_new_days_reach_the_facts_the_features_and_the_forecast_by_themselves(
    up: Home, settings: Settings
) -> None:
    folder = up.path / "sample" / "transactions"
    known = sorted(path.stem for path in folder.glob("*.csv"))
    header, *lines = (folder / f"{known[-1]}.csv").read_text().splitlines()
    # A day on which the shop was closed, in a month whose features are made, and the day after the last.
    closed, following = "2025-09-27", "2025-10-01"
    assert closed not in known and known[-1] < following
    customer = next(customer for line in lines if (customer := line.split(",")[-2]))
    was = purchase_days(settings, customer)
    started = time.monotonic()
    for number, day in enumerate((closed, following)):
        line = f"69995{number},20203,BEESWAX PILLAR CANDLE,5,{day} 11:00:00,6.85,{customer},United Kingdom"
        (folder / f"{day}.csv").write_text(f"{header}\n{line}\n")

    wait(lambda: rows(settings, FACTS, [closed, following]) == [(2,)], 600, "the facts of both days")
    facts = time.monotonic() - started
    wait(lambda: rows(settings, FORECAST) == [(date(2025, 10, 1),)], 600, "the forecast from the new last day")
    forecast = time.monotonic() - started
    wait(lambda: purchase_days(settings, customer) == was + 1, 600, "the features of September")
    print(
        f"facts {facts:.0f} s, forecast {forecast:.0f} s, features {time.monotonic() - started:.0f} s after the files"
    )


FACTS = "select count(*) from marts.fct_sales_lines where invoice_date = any(%s::date[])"
FORECAST = "select max(as_of) from predictions.daily_sales"


def rows(settings: Settings, query: Any, *values: Any) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse) as connection:
        return connection.execute(query, values).fetchall()


def purchase_days(settings: Settings, customer: str) -> int:
    """Days on which a customer had bought by the end of September."""
    known = str(int(float(customer)))
    query = "select frequency from features.customer_rfm where as_of = '2025-09-30' and customer_id = %s"
    return int(rows(settings, query, known)[0][0])


def test_by_its_policies_a_good_challenger_becomes_champion_and_a_bad_one_answers_nobody(
    up: Home, settings: Settings, policies: Path
) -> None:
    measured(settings, {YESTERDAY: 0.9})
    first = champion(settings, RAG)
    assert first is not None
    good = registered(settings, max_tokens=load_json(settings, first)["policy"]["max_tokens"] + 1)
    (policies / "good.yaml").write_text(TRY.format(name="try_good"))
    wait(lambda: tried(up) == {RAG: str(good)}, 600, "the challenger on live questions")
    wait(lambda: asked(up) and in_steps(settings, good), 600, "the last step")
    assert version_of_champion(settings) == first.version  # answers alone promote nothing

    yesterday_it_was(settings)
    shipped = (ROOT / "policies" / "canary.yaml").read_text()
    (policies / "canary.yaml").write_text(RULES + shipped[shipped.index("\npolicies:") :])
    wait(lambda: version_of_champion(settings) == good, 600, "the promotion")
    move = [move for move in model_history(settings, RAG) if move.alias == CHAMPION][-1]
    assert (move.actor, move.metrics["decision"]) == ("policy promote_canary", f"promote_canary.{YESTERDAY}#0")

    bad = registered(settings, sure=2.0)  # nothing is ever as sure: it abstains, on golden questions too
    measured(settings, {YESTERDAY: 0.9})
    (policies / "bad.yaml").write_text(TRY.format(name="try_bad"))
    wait(lambda: stopped(settings, bad), 600, "the end of the second challenger")
    wait(lambda: tried(up) == {}, 60, "questions for the champion alone")
    assert version_of_champion(settings) == good


def registered(settings: Settings, **changed: Any) -> int:
    """A version of rag that answers in another way than the champion, as its training would register it."""
    present = champion(settings, RAG)
    assert present is not None
    content = load_json(settings, present)
    content = {**content, "policy": {**content["policy"], **changed}}
    tags = {name: present.tags[name] for name in ("knowledge_version", "evaluation") if name in present.tags}
    return register_data_model(settings, RAG, {MODEL_FILE: to_json(content)}, kind="data", tags=tags).version


def get(home: Home, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{home.variables['AIECO_SERVICE_PORT']}{path}", timeout=60) as answer:
        return json.load(answer)


def tried(home: Home) -> dict[str, str]:
    return (get(home, "/version")["candidate"] or {"versions": {}})["versions"]


_conversations = iter(range(1_000_000))


def asked(home: Home) -> bool:
    """One more question, of a conversation of its own."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{home.variables['AIECO_SERVICE_PORT']}/answer",
        json.dumps({"question": QUESTION}).encode(),
        {"content-type": "application/json", "x-conversation-id": f"conversation {next(_conversations)}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status == 200


def in_steps(settings: Settings, version: int) -> bool:
    """Whether it went through all of them."""
    return _found(
        settings, "select from service.canaries where candidate ->> 'rag' = %s and succeeded_at < now()", version
    )


def stopped(settings: Settings, version: int) -> bool:
    return _found(settings, "select from service.trials where candidate ->> 'rag' = %s", version)


def _found(settings: Settings, query: Any, version: int) -> bool:
    return bool(rows(settings, query, str(version)))


def yesterday_it_was(settings: Settings) -> None:
    """The midnight that a promotion waits for: what was measured of the service's day becomes yesterday's, on which
    nothing was decided yet."""
    with connect(settings.warehouse) as connection:
        connection.execute("update service.canaries set succeeded_at = succeeded_at - interval '1 day'")
        connection.execute("delete from monitoring.decisions where policy = 'promote_canary'")
    signals = {one.metric for one in record_signals(settings, YESTERDAY).signals}
    assert "canary_succeeded" in signals


def version_of_champion(settings: Settings) -> int:
    found = champion(settings, RAG)
    assert found is not None
    return found.version
