"""Files of the home that name what was erased: logs, reports, what dbt and Dagster wrote, artifacts."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aieco_assets.core.governance.redaction import Traces
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect

# Written by their own erasure, or never: bentos hold code, numbers of metrics are no names.
_OWN = ("governance", "lancedb", "lake", "sample", "bentoml", "metrics", "postgres")
_MOST_BYTES = 1 << 30


@dataclass
class FileTraces:
    """What was done to files: `redacted` and `removed` count them, `left` names those that can't be altered."""

    redacted: int = 0
    removed: int = 0
    left: list[str] = field(default_factory=list)


def redact_files(settings: Settings, traces: Traces) -> FileTraces:
    """Takes the traces out of every file of the home; what is derived and can't be altered is removed. What could not
    be looked through is named: folders behind links that lead out of the home, and what is larger than a GiB."""
    done = FileTraces()
    for path in _files(settings):
        try:
            _redact(settings, path, traces, done)
        except FileNotFoundError:  # removed by whoever wrote it
            continue
    return done


def forget_parsed(settings: Settings) -> int:
    """Rows of source files that wait to be landed; how many files of them went."""
    folder = settings.home / "cache" / "transactions"
    files = sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
    shutil.rmtree(folder, ignore_errors=True)
    return files


def _files(settings: Settings) -> Iterator[Path]:
    sources = [Path(one).absolute() for one in (settings.documents_source, settings.transactions_source)]
    with connect(settings.warehouse) as connection:
        sources += [Path(url) for (url,) in connection.execute("select url from ops.sources").fetchall()]
    yield EmbeddedPostgres(settings.home).data / "server.log"
    for folder, names, files in os.walk(settings.home):
        here = Path(folder)
        if here == settings.home:
            names[:] = [name for name in names if name not in _OWN]
        names[:] = [name for name in names if here / name not in sources]
        yield from (here / name for name in (*files, *(name for name in names if (here / name).is_symlink())))


def _redact(settings: Settings, path: Path, traces: Traces, done: FileTraces) -> None:
    if path.is_dir():
        if not path.resolve().is_relative_to(settings.home.resolve()):
            done.left.append(f"{path.relative_to(settings.home)}: a link to a folder elsewhere, not looked through")
        return
    if not path.is_file():
        return
    if path.stat().st_size > _MOST_BYTES:
        done.left.append(f"{_name(settings, path)}: larger than {_MOST_BYTES:,} bytes, not looked through")
        return
    data = path.read_bytes()
    packed = data[:2] == b"\x1f\x8b"
    try:
        content = gzip.decompress(data) if packed else data
    except (OSError, EOFError, zlib.error):
        content = data
    if not any(needle in content for needle in traces.encoded):
        return
    if path.is_symlink():
        if not path.resolve().is_relative_to(settings.home.resolve()):
            done.left.append(f"{_name(settings, path)}: a link to a file elsewhere")
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        _remove_or_name(settings, path, done)
        return
    new = _redacted(text, traces)
    if new == text:
        return
    if _is_model(settings, path):
        done.left.append(str(path.relative_to(settings.home)))
    elif path.suffix == ".html":
        path.unlink()
        done.removed += 1
    else:
        _write(path, gzip.compress(new.encode(), mtime=0) if packed else new.encode())
        done.redacted += 1


def _redacted(text: str, traces: Traces) -> str:
    """JSON and JSON lines keep their numbers, whatever they are; any other text is taken as it stands."""
    try:
        value = json.loads(text)
        new = traces.redacted(value)
        return text if new == value else json.dumps(new, indent=1 if "\n" in text.strip() else None)
    except (ValueError, RecursionError):
        return "".join(_redacted_line(line, traces) for line in text.splitlines(keepends=True))


def _redacted_line(line: str, traces: Traces) -> str:
    if not traces.named_in(line):
        return line
    body = line.rstrip("\r\n")
    return (traces.redacted(body) if body[:1] in "{[" else traces.redacted_text(body)) + line[len(body) :]


def _name(settings: Settings, path: Path) -> str:
    """As a certificate tells it: below the home, or where Postgres has its own."""
    return str(path.relative_to(settings.home)) if path.is_relative_to(settings.home) else path.name


def _is_model(settings: Settings, path: Path) -> bool:
    """A registered model is opened by its digest: altered, it would be refused."""
    return path.is_relative_to(settings.artifacts) and path.parent.name == "model"


def _remove_or_name(settings: Settings, path: Path, done: FileTraces) -> None:
    if path.is_relative_to(settings.dbt_target.parent) or path.is_relative_to(settings.home / "cache"):
        path.unlink()
        done.removed += 1
    else:
        done.left.append(str(path.relative_to(settings.home)))


def _write(path: Path, data: bytes) -> None:
    """In place: whoever has a log open appends to it, and goes on; the rest of the old bytes is cut off."""
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
