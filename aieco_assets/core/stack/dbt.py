"""The dbt project as the platform uses it: its environment and its parsed manifest."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

PROJECT_DIR = Path(__file__).parents[3] / "dbt_project"
# Unit tests read no data: `make test` runs them, a materialisation need not. Manifests that nobody reads take a second,
# and thousands of debug lines half of one.
BUILD = ("--no-write-json", "--log-level-file", "info", "build", "--exclude-resource-type", "unit_test")
_SOURCES = (".sql", ".yml", ".md", ".csv")


def dbt_command() -> list[str]:
    """What to put before dbt's own arguments: the client that asks a warm dbt, where there is one."""
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("dbt_client.py"))]


def dbt_environment(url: str) -> dict[str, str]:
    """What dbt_project/profiles.yml reads, from a postgresql:// url; `psql` takes the PG* ones too."""
    from psycopg.conninfo import conninfo_to_dict

    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "PGHOST": parts.get("host", "127.0.0.1"),
        "PGPORT": parts.get("port", "5432"),
        "PGUSER": parts.get("user", "aieco"),
        "PGDATABASE": parts.get("dbname", "aieco"),
        "DBT_ENV_SECRET_PGPASSWORD": parts.get("password", ""),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def manifest_path(settings: Settings) -> Path:
    return settings.dbt_target / "manifest.json"


def prepare_manifest(settings: Settings) -> Path:
    """Parse the dbt project into `settings.dbt_target` unless it was parsed as it is now; returns the manifest's path.

    Needs no database, though the manifest names it: a parse for another database is repeated. Several processes may
    ask at once: one parses, the others wait. Raises AiecoError with the log's place when dbt rejects the project.
    """
    target, manifest = settings.dbt_target, manifest_path(settings)
    url = _url(settings)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AiecoError(f"{target} cannot be written ({error.strerror}): mend AIECO_HOME.") from None
    with _locked(target / "lock"):
        if is_parsed(settings):
            return manifest
        stamp = _stamp(settings)
        stamp.unlink(missing_ok=True)
        project = fingerprint(PROJECT_DIR)
        _parse(target, dbt_environment(url))
        stamp.write_text(f"{project} {_database(url)}")
    return manifest


def is_parsed(settings: Settings) -> bool:
    """Whether the manifest is that of the dbt project as it is now, and of the settings' database."""
    stamp = _stamp(settings)
    parsed = stamp.read_text().split() if manifest_path(settings).exists() and stamp.exists() else []
    database = _database(_url(settings))
    return parsed[:1] == [fingerprint(PROJECT_DIR)] and (not database or parsed[1:] == [database])


def start_parsing(settings: Settings) -> None:
    """Begin `prepare_manifest` beside other work; whoever needs the manifest asks for it, and hears of errors, then."""

    def parse() -> None:
        with contextlib.suppress(AiecoError):
            prepare_manifest(settings)

    threading.Thread(target=parse, name="dbt parse", daemon=True).start()


def parsed_environment(settings: Settings) -> dict[str, str]:
    """What dbt reads of the environment to find the project as `prepare_manifest` has parsed it."""
    return {**dbt_environment(_url(settings)), **_into(settings.dbt_target)}


def run_dbt(target: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt as a person runs it in the project, with its artifacts and log in `target`; looks at no exit code."""
    return subprocess.run(
        [*dbt_command(), *arguments, "--no-use-colors"],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment, **_into(target)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def _into(target: Path) -> dict[str, str]:
    return {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}


def _stamp(settings: Settings) -> Path:
    return settings.dbt_target / "fingerprint"


def _url(settings: Settings) -> str:
    return settings.warehouse if settings.postgres_url.get_secret_value() else ""


def _database(url: str) -> str:
    return dbt_environment(url)["PGDATABASE"] if url else ""


def _parse(target: Path, environment: dict[str, str]) -> None:
    log = target / "parse.log"
    result = run_dbt(target, environment, "parse")
    log.write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        raise AiecoError(f"dbt does not accept {PROJECT_DIR.name}/: mend what {log} says.")


def fingerprint(project: Path) -> str:
    """Names the sources of a dbt project and the dbt that reads them."""
    digest = sha256(version("dbt-core").encode())
    folders = ("models", "macros", "tests", "seeds", "snapshots", "analyses")
    paths = [path for folder in folders for path in (project / folder).rglob("*") if path.suffix in _SOURCES]
    for path in sorted([*paths, *project.glob("*.yml")]):
        digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
