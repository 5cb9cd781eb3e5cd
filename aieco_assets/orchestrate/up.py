"""`aieco up`, `down` and `env`: the local stack as one thing that starts, is watched and stops."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from rich.table import Table

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack import docs_site
from aieco_assets.core.stack.behind_login import services_behind_login
from aieco_assets.core.stack.dbt import is_parsed, parsed_environment
from aieco_assets.core.stack.environment import platform_environment
from aieco_assets.core.stack.platform import ensure_home, open_platform
from aieco_assets.core.stack.processes import Stack, clean_up_after_crash, owner_alive, read_record
from aieco_assets.core.stack.services import Service, check_ports, local_services
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.orchestrate.display import console
from aieco_assets.orchestrate.users import refuse_without_users

READY_SECONDS = 180
HOW_TO_STOP = "Ctrl-C stops all of it."


def up_and_wait(settings: Settings, login: bool = False) -> None:
    """Start everything, print where it is, and stay until Ctrl-C or SIGTERM. A process that ends is started again; one
    that ends again and again is named, and all are stopped. `login`: behind the one login, no other port answers."""
    from aieco_assets.orchestrate.instance import prepare

    _refuse_second(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Also undoes an ignored SIGINT that a background shell hands down, which Dagster would copy to its children.
        signal.signal(number, lambda *_: stopping.set())
    with open_platform(settings) as opened, WarmDbt() as dbt:
        if login:
            refuse_without_users(opened)
        services = services_behind_login(opened) if login else local_services(opened)
        check_ports(opened, services)
        prepare(opened)
        _end_unfinished_runs()
        stack = Stack(opened.home)
        try:
            # The daemon's runs ask it. Where nothing is parsed yet, so does whoever loads the graph.
            dbt.listen()
            if not (parsed := is_parsed(opened)):
                dbt.start()
            stack.start(services)
            _await_ready(stack, services, stopping)
            if not stopping.is_set():
                _print_table(opened, services)
                stack.tell_ready()  # after the table, which `aieco up --detach` repeats once it is ready
                dbt.start(parsed_environment(opened) if parsed else None)
            while not stopping.wait(1):
                for sentence in stack.start_again(services):
                    _tell_of_restart(opened, sentence)
            console.print("Stopping …")
        finally:
            stack.stop()


def _await_ready(stack: Stack, services: list[Service], stopping: threading.Event) -> None:
    def tell(service: Service) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        console.print(f"[green]✓[/] {service.name}")

    stack.wait_ready(services, READY_SECONDS, tell)


def _tell_of_restart(settings: Settings, sentence: str) -> None:
    """In the log, and as an incident; a Postgres that can't be written to now must not end the stack."""
    from psycopg import Error

    from aieco_assets.core.monitoring.incidents import Trouble, report

    console.print(f"[yellow]{sentence}[/] Its log is in {settings.home / 'logs'}.")
    try:
        report(settings, Trouble("service_restarted", sentence.split()[0], sentence, lasting=False))
    except (Error, AiecoError) as error:
        console.print(f"The incident could not be kept ({type(error).__name__}).")


def _end_unfinished_runs() -> None:
    """No daemon or webserver of this home is alive yet, so a run that still says STARTED died with an earlier one."""
    import dagster as dg

    from aieco_assets.orchestrate.instance import end_dead_runs

    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance, nobody_runs=True)


def _print_table(settings: Settings, services: list[Service]) -> None:
    table = Table("what", "where", box=None, header_style="bold")
    names = {
        "dagster": "Dagster: the graph, runs, schedules",
        "service": "Ask: chat page and API",
        "dashboard": "Dashboard: sales, countries, items, cohorts",
        "mlflow": "MLflow: models",
        "login": "Everything, behind one login",
    }
    for service in services:
        if service.url:
            table.add_row(names.get(service.name, service.name), service.url)
    if settings.dbt_docs.exists() and not any(service.name == "login" for service in services):
        table.add_row("dbt docs: every model and column", settings.dbt_docs.as_uri())
    dashboard = next((service.url for service in services if service.name == "dashboard"), "")
    if dashboard and docs_site.is_built():
        table.add_row("Docs: tutorial, how-to guides, reference", f"{dashboard}/{docs_site.PATH}")
    table.add_row("Postgres", "`aieco env` prints its url")
    table.add_row("Logs", str(settings.home / "logs"))
    console.print(table)
    console.print(HOW_TO_STOP)


def up_detached(settings: Settings, login: bool = False) -> None:
    """Start `aieco up` in a session of its own and return when it is ready."""
    _refuse_second(settings)
    ensure_home(settings.home)
    (settings.home / "logs").mkdir(exist_ok=True)
    log = settings.home / "logs" / "up.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "aieco_assets.cli", "up", *(["--login"] if login else [])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_SECONDS + 60
    while time.monotonic() < deadline:
        record: dict[str, Any] | None = read_record(settings.home)
        if record and record["ready"]:
            sys.stdout.write(log.read_text().replace(f"{HOW_TO_STOP}\n", ""))
            console.print("Running in the background: `aieco down` stops it.")
            return
        if process.poll() is not None:
            last = (log.read_text().strip().splitlines() or ["no output"])[-1]
            raise AiecoError(last.removeprefix("aieco: "))
        time.sleep(0.2)
    raise AiecoError(f"The stack did not become ready: read {log}, then `aieco down`.")


def stop_everything(settings: Settings) -> str:
    """Stop a running stack, what a killed one left, and a Postgres that was kept; says what it did."""
    done = []
    record = read_record(settings.home)
    if record and owner_alive(record):
        import psutil

        owner = psutil.Process(int(record["owner"]["pid"]))
        owner.send_signal(signal.SIGTERM)
        try:
            owner.wait(timeout=60)
        except psutil.TimeoutExpired:
            owner.kill()
        done.append("the stack")
    done += clean_up_after_crash(settings.home)
    embedded = EmbeddedPostgres(settings.home)
    if embedded.folder.exists():
        embedded.keep_file.unlink(missing_ok=True)
        was_running = embedded.running()
        if not embedded.stop_if_unused():
            raise AiecoError(f"Postgres of {settings.home} is still used by another aieco command: end that one first.")
        if was_running:
            done.append("Postgres")
    return f"Stopped {', '.join(done)}." if done else "Nothing was running."


def environment_lines(settings: Settings) -> list[str]:
    """`export NAME=value` lines; Postgres is left running for whoever uses them."""
    from aieco_assets.orchestrate.instance import prepare

    ensure_home(settings.home)
    embedded = EmbeddedPostgres(settings.home)
    if not settings.postgres_url.get_secret_value() or settings.postgres_url.get_secret_value() == embedded.url():
        embedded.folder.mkdir(parents=True, exist_ok=True)
        embedded.keep_file.touch()
    with open_platform(settings) as opened:
        prepare(opened)
        return [f"export {name}={shlex.quote(value)}" for name, value in platform_environment(opened).items()]


def _refuse_second(settings: Settings) -> None:
    record = read_record(settings.home)
    if record and owner_alive(record):
        raise AiecoError(f"The stack of {settings.home} is already up: `aieco down` stops it.")
