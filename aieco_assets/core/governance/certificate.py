"""What an erasure found and removed, kept as a file that holds no personal data: its subject is a keyed hash.

While an erasure goes on its counts are kept, too, so that one that was killed and run again tells all of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import CERTIFICATES
from aieco_assets.core.settings import Settings


@dataclass
class Certificate:
    """`removed`: by place, rows, cells, objects or files; `left`: what could not be altered; `limits`: what nobody here
    can do; `models`: those that were trained while the subject was there."""

    subject: str
    asked_by: str
    reason: str
    began: str
    number: int = 1
    attempts: int = 0
    ended: str = ""
    tombstones: list[str] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        kind, _, digest = self.subject.partition(":")
        return f"{kind}-{digest[:16]}-{self.number}.json"

    def add(self, counts: dict[str, int]) -> None:
        for place, count in counts.items():
            if count:
                self.removed[place] = self.removed.get(place, 0) + count


def begin(settings: Settings, subject: str, asked_by: str, reason: str) -> Certificate:
    """A new one, or that of the attempt that was killed."""
    kind, _, digest = subject.partition(":")
    numbers = [int(path.stem.rpartition("-")[2]) for path in folder(settings).glob(f"{kind}-{digest[:16]}-*.json")]
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    try:
        certificate = Certificate(**json.loads(_open_file(settings, subject).read_text(encoding="utf-8")))
    except FileNotFoundError:
        certificate = Certificate(subject, asked_by, reason, now, max(numbers, default=0) + 1)
    except (ValueError, TypeError):
        raise AiecoError(f"{_open_file(settings, subject)} is damaged: remove it, and erase again.") from None
    certificate.attempts += 1
    keep(settings, certificate)
    return certificate


def is_open(settings: Settings, subject: str) -> bool:
    """Whether an erasure of the subject was begun and not ended."""
    return _open_file(settings, subject).exists()


def keep(settings: Settings, certificate: Certificate) -> None:
    """What is known so far."""
    _write(_open_file(settings, certificate.subject), certificate)


def issue(settings: Settings, certificate: Certificate) -> tuple[Path, str]:
    """Ends it: the file, which nobody is to write again, and its sha256."""
    certificate.ended = certificate.ended or datetime.now(timezone.utc).isoformat(timespec="seconds")
    keep(settings, certificate)
    path = folder(settings) / certificate.name
    _write(path, certificate)
    os.chmod(path, 0o400)
    return path, sha256(path.read_bytes()).hexdigest()


def close(settings: Settings, certificate: Certificate) -> None:
    """The erasure is over, and the audit log knows."""
    _open_file(settings, certificate.subject).unlink(missing_ok=True)


def folder(settings: Settings) -> Path:
    return settings.home / CERTIFICATES


def _open_file(settings: Settings, subject: str) -> Path:
    kind, _, digest = subject.partition(":")
    return settings.home / "governance" / "erasing" / f"{kind}-{digest[:32]}.json"


def _write(path: Path, certificate: Certificate) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(certificate), file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
