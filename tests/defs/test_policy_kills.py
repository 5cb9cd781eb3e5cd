"""The sensor killed with SIGKILL at each point of an action: the next tick ends it, and nothing is done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from aieco_assets.core.contracts import CHAMPION, CLV
from aieco_assets.core.registry.aliases import history
from aieco_assets.core.registry.promotion import Verdict, enter
from aieco_assets.core.registry.versions import register_data_model
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.monitoring.policy_sensor import policy_sensor
from tests.core.policy.literal import measured

POLICY = "policies: [{name: back, triggers: [{metric: drift_share, above: 0.5}], actions: [{rollback: clv}]}]"
# Killed as soon as the named step of the sensor has come back.
KILLED = """
import os, signal, sys
import dagster as dg
from pathlib import Path
from pydantic import SecretStr
from aieco_assets.core.settings import Settings
from aieco_assets.defs.monitoring import policy_sensor as sensor
point, url, home, policies = sys.argv[1:]
work = getattr(sensor, point)
def killed(*values, **named):
    work(*values, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(sensor, point, killed)
settings = Settings(home=Path(home), postgres_url=SecretStr(url), policies=policies, _env_file=None)
with dg.DagsterInstance.ephemeral() as instance:
    sensor.policy_sensor.evaluate_tick(dg.build_sensor_context(instance, resources={"settings": settings}))
"""


@pytest.mark.parametrize("point", ["tick", "claim", "carry_out", "end"])
def test_a_rollback_is_made_once_wherever_its_sensor_is_killed(settings: Settings, tmp_path: Path, point: str) -> None:
    for version, content in enumerate((b"1", b"2", b"3"), start=1):
        register_data_model(settings, CLV, {"model.json": content}, kind="toy")
        enter(settings, CLV, version, Verdict(True, "better", {}))
    (tmp_path / "back.yaml").write_text(POLICY)
    ours = settings.model_copy(update={"policies": str(tmp_path)})
    measured(ours, {datetime.now(timezone.utc).date() - timedelta(days=1): 0.9})
    url = settings.postgres_url.get_secret_value()

    ended = subprocess.run([sys.executable, "-c", KILLED, point, url, str(ours.home), str(tmp_path)], timeout=120)
    with dg.instance_for_test() as instance:
        for _ in range(2):
            policy_sensor.evaluate_tick(dg.build_sensor_context(instance, resources={"settings": ours}))

    assert ended.returncode == -signal.SIGKILL
    champions = [move.to_version for move in history(ours, CLV) if move.alias == CHAMPION]
    assert champions == [1, 2, 3, 2]
    with connect(ours.warehouse) as connection:
        states = connection.execute("select state, result from monitoring.decision_actions").fetchall()
    assert states == [("done", "Version 2 of clv is champion again.")]
