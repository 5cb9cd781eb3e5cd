"""A Dagster instance on the platform's Postgres, and the definitions loaded in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.core.stack.environment import apply_environment
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.stack.run_process import is_alive_here

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Workplace:
    """Everything that planning, running and status need."""

    settings: Settings
    instance: dg.DagsterInstance
    definitions: dg.Definitions

    @property
    def graph(self):
        return self.definitions.resolve_asset_graph()


def prepare(settings: Settings) -> None:
    """What every Dagster process needs before it starts: DAGSTER_HOME, the environment, the dbt manifest."""
    prepare_instance(settings)
    prepare_manifest(settings)


def prepare_instance(settings: Settings) -> None:
    """What `DagsterInstance.get()` needs: DAGSTER_HOME and the environment."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    apply_environment(settings)
    get_settings.cache_clear()


@contextmanager
def open_workplace(settings: Settings) -> Iterator[Workplace]:
    """Postgres up, Dagster instance open, definitions loaded; all closed again afterwards."""
    with open_platform(settings) as opened:
        prepare_instance(opened)
        with dg.DagsterInstance.get() as instance:
            keep_connections(instance)
            end_dead_runs(instance)
            load_integrations()
            prepare_manifest(opened)
            from aieco_assets.definitions import defs

            yield Workplace(opened, instance, defs())


def load_integrations() -> None:
    """Import what the definitions will: half a second, well spent while dbt parses or another process plans."""
    import dagster_postgres

    import aieco_assets.defs.warehouse.dbt_integration

    del aieco_assets, dagster_postgres


def keep_connections(instance: dg.DagsterInstance) -> None:
    """Let this process's instance keep its connections: Dagster opens one per event otherwise, which took the most
    time of a small run. Meant by Dagster for its webserver, so the limit on a statement's time is lifted (0)."""
    instance.optimize_for_webserver(statement_timeout=0, pool_recycle=3600, max_overflow=20)


def end_dead_runs(instance: dg.DagsterInstance, nobody_runs: bool = False) -> int:
    """Mark runs of killed `aieco run` processes as failed and free their pool slots; returns how many.

    While the stack is up its run monitoring does that (`LocalRunLauncher`). With `nobody_runs` (no daemon, webserver
    or code server is alive) the runs that those had launched are ended too.
    """
    unfinished = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    dead = [
        run
        for run in instance.get_runs(filters=dg.RunsFilter(statuses=unfinished))
        if (nobody_runs if (alive := is_alive_here(run.tags)) is None else not alive)
    ]
    for run in dead:
        instance.report_run_failed(run, "The process of this run was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return len(dead)
