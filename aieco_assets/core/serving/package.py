"""Build the bento: sources and pinned champions, staged in a clean folder, named by their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.champions import FILE_NAME, Pinned, pin_champions, to_json
from aieco_assets.core.settings import Settings

ROOT = Path(__file__).parents[3]
NAME = "aieco"
KEPT = 3
BUILD_SECONDS = 120
LEFT_OUT = frozenset({".pyc", ".log", ".pid", ".toml"})
# The last: what the numbers that it answers with mean.
FOLDERS = ("bento", "aieco_assets/core", "policies", "dbt_project/models/semantic")
# BentoML writes the build options beside what we gave it.
WRITTEN_BY_BENTOML = "bentofile.yaml"


@dataclass(frozen=True)
class BuiltBento:
    """A bento in the store. `path` holds bento.yaml, env/ and src/; `bytes` and `files` count src/."""

    tag: str
    path: Path
    files: int
    bytes: int
    champions: list[Pinned]
    built: bool
    seconds: float


def build_bento(settings: Settings) -> BuiltBento:
    """The bento of these sources and champions; built only where the store does not hold it yet, whole.

    Raises AiecoError when embedder or LLM have no champion, or when BentoML refuses to build.
    """
    began = time.monotonic()
    pinned = pin_champions(settings)
    contents = sources() | {FILE_NAME: to_json(pinned).encode()}
    version = digest(contents)[:16]
    path = settings.bentoml_home / "bentos" / NAME / version
    whole = (path / "bento.yaml").is_file() and not differences(path, contents)
    if not whole:
        shutil.rmtree(path, ignore_errors=True)
        _build(settings, contents, version)
    _point_latest(path)
    _drop_old(path.parent, keep=path)
    packed = packed_files(path)
    return BuiltBento(
        tag=f"{NAME}:{version}",
        path=path,
        files=len(packed),
        bytes=sum(len(body) for body in packed.values()),
        champions=pinned,
        built=not whole,
        seconds=time.monotonic() - began,
    )


def sources() -> dict[str, bytes]:
    """What is packed, by path from the root: the service, the core and the empty package above it."""
    files = [ROOT / "aieco_assets" / "__init__.py"]
    for folder in FOLDERS:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix not in LEFT_OUT]
    names = {path.relative_to(ROOT).as_posix(): path for path in sorted(files)}
    return {name: path.read_bytes() for name, path in names.items() if "/." not in name}


def digest(contents: Mapping[str, bytes]) -> str:
    """One sha256 over paths and bytes."""
    total = hashlib.sha256()
    for name in sorted(contents):
        total.update(f"{name}\0{hashlib.sha256(contents[name]).hexdigest()}\n".encode())
    return total.hexdigest()


def packed_files(path: Path) -> dict[str, bytes]:
    """What a built bento holds under src/, without the options that BentoML wrote itself."""
    src = path / "src"
    files = {file.relative_to(src).as_posix(): file.read_bytes() for file in src.rglob("*") if file.is_file()}
    files.pop(WRITTEN_BY_BENTOML, None)
    return files


def differences(path: Path, contents: Mapping[str, bytes]) -> list[str]:
    """Paths that are missing from the bento, changed in it, or in it without belonging there."""
    packed = packed_files(path)
    return sorted(name for name in packed.keys() | contents.keys() if packed.get(name) != contents.get(name))


def latest_bento(settings: Settings) -> Path:
    """The bento that `aieco:latest` names. Raises AiecoError before there is one."""
    folder = settings.bentoml_home / "bentos" / NAME
    if not (folder / "latest").is_file():
        raise AiecoError("No bento is built yet: run `aieco run --select serving/bento`.")
    return folder / (folder / "latest").read_text().strip()


def strays(path: Path) -> list[str]:
    """What a built bento should not hold, or lacks, against the sources; `champions.json` only has to be there."""
    packed = packed_files(path)
    return differences(path, sources() | {FILE_NAME: packed.get(FILE_NAME, b"")})


def _build(settings: Settings, contents: Mapping[str, bytes], version: str) -> None:
    settings.bentoml_home.mkdir(parents=True, exist_ok=True)
    # BentoML refuses to read below a hidden folder, and the default home is `.aieco`.
    hidden = any(part.startswith(".") for part in settings.bentoml_home.parts)
    place = None if hidden else settings.bentoml_home
    with tempfile.TemporaryDirectory(prefix="aieco-staging-", dir=place) as folder:
        for name, body in contents.items():
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        command = [sys.executable, "-m", "bentoml", "build", folder, "-f", f"{folder}/bento/bentofile.yaml"]
        # A process of its own: BentoML imports the service from the staged folder, and keeps what it imported.
        finished = subprocess.run(
            [*command, "--version", version, "--output", "tag"],
            cwd=folder,
            env=_environment(settings, folder),
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
        )
    if finished.returncode != 0:
        last = (finished.stderr or finished.stdout).strip().splitlines()[-1:]
        raise AiecoError(f"BentoML could not build the service: {' '.join(last) or 'it gave no reason'}.")


def _environment(settings: Settings, folder: str) -> dict[str, str]:
    """The build reads no key and no address: nothing of this machine can end up in the bento."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIECO_", "BENTOML_"))}
    return kept | {
        "BENTOML_HOME": str(settings.bentoml_home),
        "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONPATH": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _point_latest(path: Path) -> None:
    """`aieco:latest` is the bento of the last run, also when it had been built before."""
    part = path.with_name(".latest.part")
    part.write_text(path.name)
    part.replace(path.with_name("latest"))


def _drop_old(folder: Path, keep: Path) -> None:
    bentos = [path for path in folder.iterdir() if path.is_dir() and path != keep]
    for path in sorted(bentos, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(path)
