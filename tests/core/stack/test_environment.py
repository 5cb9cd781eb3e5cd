"""What containers are started by: one url of Postgres becomes what Dagster, dbt and MLflow each read."""

import os
import subprocess
import sys
from pathlib import Path


def become(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    given = {"AIECO_HOME": str(home), "AIECO_POSTGRES_URL": "postgresql://ann:s%40cret@db.example:6432/shop"}
    return subprocess.run(
        [sys.executable, "-m", "aieco_assets.core.stack.environment", *command],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
    )


def test_a_command_gets_the_platform_s_environment_and_keeps_its_exit_code(tmp_path: Path) -> None:
    names = ("AIECO_DAGSTER_POSTGRES_URL", "MLFLOW_TRACKING_URI", "DBT_ENV_SECRET_PGPASSWORD", "DAGSTER_HOME")
    done = become(tmp_path, "sh", "-c", f"printenv {' '.join(names)}; exit 7")
    assert done.stdout.splitlines() == [
        "postgresql+psycopg2://ann:s%40cret@db.example:6432/shop_dagster",
        "postgresql+psycopg2://ann:s%40cret@db.example:6432/shop_mlflow",
        "s@cret",
        str(tmp_path / "dagster"),
    ]
    assert done.returncode == 7


def test_a_command_that_there_is_not_is_one_sentence(tmp_path: Path) -> None:
    done = become(tmp_path, "no-such-program")
    assert (done.returncode, done.stderr) == (
        1,
        "aieco: no-such-program can't be started (No such file or directory).\n",
    )
    assert become(tmp_path).stderr.startswith("aieco: No command was named")
