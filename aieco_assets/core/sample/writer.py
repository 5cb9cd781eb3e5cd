"""Puts the sample under `home/sample`, all of it or nothing, and only when it is not there yet."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError

DOCUMENTS, TRANSACTIONS, QUESTIONS, MARKER = "documents", "transactions", "questions.jsonl", "sample.json"
CALIBRATION = "calibration.jsonl"  # more questions, for fitting the policy of core/rag; not written into a home
SOURCES = Path(__file__).parent


@dataclass(frozen=True)
class SampleInfo:
    """Counts of what the project wrote; `written` is False when the sample was there already."""

    documents: int
    questions: int
    days: int
    lines: int
    written: bool


def write_sample(home: Path, days: int | None = None) -> SampleInfo:
    """Make sure that `home/sample` holds documents/, transactions/ and questions.jsonl of this version.

    `days` limits the transactions to the first so many calendar days. Documents that people added, changed or removed
    are left alone while the version stays; a new version keeps what they added or changed.
    Raises AiecoError when `home` can't be written.
    """
    target, staging, replaced = home / "sample", home / ".sample-new", home / ".sample-old"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home / ".sample.lock"):
            if replaced.exists() and not target.exists():  # killed between the two renames below
                replaced.rename(target)
            _remove(staging)
            _remove(replaced)
            version = _version(days)
            found = _read_marker(target)
            if found.get("version") == version and _complete(target):
                return SampleInfo(**found["info"], written=False)
            info = _build(staging, version, days)
            _keep_changes(target, staging, found.get("files", {}))
            if target.exists():
                target.rename(replaced)
            staging.rename(target)
            shutil.rmtree(replaced, ignore_errors=True)
            return info
    except OSError as error:
        raise AiecoError(
            f"The sample can't be written to {target} ({error.strerror or error}): make it writable, or set AIECO_HOME."
        ) from error


def _build(staging: Path, version: str, days: int | None) -> SampleInfo:
    """Write everything, the marker last, into a folder that nobody looks at yet."""
    from aieco_assets.core.sample.documents import write_documents
    from aieco_assets.core.sample.purchases import FIRST_DAY
    from aieco_assets.core.sample.transactions import write_transactions

    documents = write_documents(staging / DOCUMENTS)
    end = None if days is None else FIRST_DAY + timedelta(days=days - 1)
    day_files, lines = write_transactions(staging / TRANSACTIONS, end=end)
    questions = (SOURCES / QUESTIONS).read_bytes()
    (staging / QUESTIONS).write_bytes(questions)
    info = SampleInfo(documents, questions.count(b"\n"), day_files, lines, written=True)
    counts = {name: count for name, count in asdict(info).items() if name != "written"}
    marker = {"version": version, "info": counts, "files": dict(_digests(staging))}
    (staging / MARKER).write_text(json.dumps(marker, indent=1) + "\n")
    return info


def _keep_changes(old: Path, new: Path, known: dict[str, str]) -> None:
    """Copy to `new` what people added to or changed in `old`: everything that is not as we wrote it."""
    for name, digest in _digests(old):
        if known.get(name) != digest:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(old / name, new / name)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Relative path and sha256 of every file but the marker."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MARKER:
            yield path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest()


def _version(days: int | None) -> str:
    """Changes with every source of the sample: code, texts, questions."""
    digest = sha256(f"days={days}".encode())
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in (".py", ".md", ".jsonl"):
            digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _read_marker(target: Path) -> dict[str, Any]:
    try:
        return json.loads((target / MARKER).read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):  # none, or not ours: the sample is written anew
        return {}


def _complete(target: Path) -> bool:
    return (target / DOCUMENTS).is_dir() and (target / TRANSACTIONS).is_dir() and (target / QUESTIONS).is_file()


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time; the lock goes with the process."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
