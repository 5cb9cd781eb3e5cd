"""Real storage for every test: one embedded Postgres per session, a database and folders of its own per test."""

from __future__ import annotations

import gc
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

# Until all tests are collected nothing that lives is garbage, and looking for it takes a quarter of the time.
gc.disable()

# Before anything imports a library that would call home or look for a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
for variable in ("DO_NOT_TRACK", "BENTOML_DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY"):
    os.environ.setdefault(variable, "true")
# A developer's own choices must not reach the tests, but for those that are meant for them.
FOR_TESTS = {
    "AIECO_TEST_DATA",
    "AIECO_HISTORIES",
    "AIECO_FUZZ",
    "AIECO_JOURNEY_DAYS",
    "AIECO_SHOPS",
    "AIECO_KILLS",
    "AIECO_REPLAY",
    "AIECO_DEPLOY",
    "AIECO_SCALE",
    "AIECO_GOVERN",
    "AIECO_APART",
    "AIECO_LONG",
    "AIECO_RIGHTS",
    "AIECO_CONVERTER",
}
for variable in [name for name in os.environ if name.startswith("AIECO_") and name not in FOR_TESTS]:
    del os.environ[variable]
os.environ.pop("MLFLOW_TRACKING_URI", None)

from tests import in_memory  # noqa: E402

# Before anything asks where temporary files go; a worker's process inherits it.
in_memory.begin()

from aieco_assets.core.garbage_collection import collect_rarely  # noqa: E402
from aieco_assets.core.settings import Settings, get_settings  # noqa: E402
from aieco_assets.core.stack.platform import open_platform  # noqa: E402
from aieco_assets.core.stack.warm_dbt import WarmDbt  # noqa: E402
from aieco_assets.core.storage.postgres import connect  # noqa: E402

ROOT = Path(__file__).parents[1]
pytest_plugins = ["tests.accounting", "tests.in_memory", "tests.spare_workers"]


ONE_HOME, WHOLE_STACKS = ("tests/e2e/sample/", "tests/e2e/daemon/", "tests/e2e/apart/"), ("tests/e2e/", "tests/faults/")
# What takes long or waits for others begins first, what is short fills the gaps, and two cores hold two whole stacks:
# that of the kill test begins about when the real input's ends.
LONG = ("tests/dbt/", "tests/behaviour/", "tests/core/customers/", "tests/faults/", "tests/defs/", "tests/bento/")
FIRST = (
    *ONE_HOME,
    "tests/e2e/test_real_input",
    *LONG,
    "tests/orchestrate/",
    "tests/e2e/",
    "tests/core/stack/",
    "tests/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next(at for at, start in enumerate(FIRST) if item.nodeid.startswith(start)))
    if "AIECO_LONG" not in os.environ:
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="make long"))


def pytest_collection_finish() -> None:
    gc.freeze()
    collect_rarely()
    gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadscope`, tests that share a home or a fixture stay in one process, in the order of FIRST.

    Those are the tests of a file, or all of a folder of ONE_HOME; of other whole stacks, each has a home of its own.
    """
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByHome(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            for folder in ONE_HOME:
                if nodeid.startswith(folder):
                    return folder
            return nodeid if nodeid.startswith(WHOLE_STACKS) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return ByHome(config, log)


@pytest.fixture(scope="session")
def platform() -> Iterator[Settings]:
    """A home with a running Postgres, shared by the session. Write nothing into its warehouse: use `settings`."""
    with tempfile.TemporaryDirectory(prefix="aieco-tests-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # as root, Postgres runs as another user
        with open_platform(Settings(home=Path(folder), _env_file=None)) as opened:  # type: ignore[call-arg]
            with connect(_database(opened.warehouse, "postgres"), autocommit=True) as connection:
                # A power cut is not tried here, a killed server loses nothing by it, and a database takes a tenth.
                for durable in ("fsync", "full_page_writes", "synchronous_commit"):
                    connection.execute(f"alter system set {durable} = off".encode())
                connection.execute("select pg_reload_conf()")
            yield opened


@pytest.fixture(scope="session")
def warm_dbt() -> Iterator[WarmDbt]:
    """dbt commands of this session are forked off one process, as those of `aieco run` are."""
    with WarmDbt() as warm:
        warm.start()
        yield warm


def _database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def templates(platform: Settings) -> tuple[str, str]:
    """Databases with the tables of the warehouse and of MLflow: a copy takes a tenth of what making them takes."""
    from aieco_assets.core.registry.tracking import mlflow_client

    mlflow_client(platform)
    names = tuple(urlsplit(platform.database(suffix)).path.lstrip("/") for suffix in ("", "mlflow"))
    with connect(_database(platform.warehouse, "postgres"), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = any(%s)", (list(names),)
        )
    return names[0], names[1]


@pytest.fixture
def settings(platform: Settings, templates: tuple[str, str], tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home of their own (lake, vectors, artifacts) and an empty warehouse with its schema."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    maintenance = _database(platform.warehouse, "postgres")
    with connect(maintenance, autocommit=True) as connection:
        for database, template in zip((name, f"{name}_mlflow"), templates, strict=True):
            connection.execute(f'create database "{database}" template "{template}" strategy file_copy'.encode())
    get_settings.cache_clear()
    url = SecretStr(_database(platform.warehouse, name))
    yield Settings(home=tmp_path / "home", postgres_url=url, _env_file=None)  # type: ignore[call-arg]
    with connect(maintenance, autocommit=True) as connection:
        for database in (name, f"{name}_mlflow"):
            connection.execute(f'drop database "{database}" with (force)'.encode())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """../shared/data (or AIECO_TEST_DATA): real transactions and documents, never copied into the project."""
    folder = Path(os.environ.get("AIECO_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        warnings.warn(f"REAL DATA NOT FOUND at {folder}: tests on it are skipped", stacklevel=1)
        pytest.skip(f"no real data at {folder}: set AIECO_TEST_DATA")
    return folder.resolve()
