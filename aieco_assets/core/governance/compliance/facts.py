"""A fact of the compliance pack: one sentence, and where it can be looked up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from aieco_assets.core.errors import AiecoError

ROOT = Path(__file__).parents[4]  # of the project: docs/, policies/, tests/


@dataclass(frozen=True)
class Fact:
    """One sentence under a heading; `sources`: addresses (`render.KINDS` says which there are), at least one."""

    heading: str
    text: str
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError(f"no source: {self.text}")


def row(table: str, **key: object) -> str:
    """Of a row of the warehouse by its key, or without one of a table that was counted."""
    told = "&".join(f"{column}={quote(str(value), safe=':')}" for column, value in key.items())
    return f"table:{table}{'?' if told else ''}{told}"


def version(name: str, number: int) -> str:
    return f"mlflow:models/{name}/{number}"


def run(run_id: str, artifact: str = "") -> str:
    return f"mlflow:runs/{run_id}{f'/{artifact}' if artifact else ''}"


def file(path: str) -> str:
    """Of a file of the project, with its digest. Raises AiecoError where it is not part of this installation."""
    try:
        return f"file:{path}#sha256={sha256((ROOT / path).read_bytes()).hexdigest()}"
    except OSError:
        raise AiecoError(
            f"{path} is not part of this installation: write the pack from a checkout of the project."
        ) from None


def setting(name: str) -> str:
    return f"setting:{name}"


def kept_by_hand(home: Path, name: str) -> tuple[str, str]:
    """What people keep in governance/ of the home under that name, whatever its ending: its address, and its digest,
    empty where there is none."""
    found = sorted((home / "governance").glob(f"{name}.*"))
    digest = sha256(found[0].read_bytes()).hexdigest() if found else ""
    return f"home:governance/{name}.*#sha256={digest or 'none'}", digest


def counted(number: int, one: str) -> str:
    """`1 document`, `2 documents`, `no document`."""
    return f"{number:,} {one if number == 1 else one + 's'}" if number else f"no {one}"


def listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
