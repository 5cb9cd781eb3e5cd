"""A knowledge base of its own for each base of a public set, kept between runs: reading documents takes longest."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

import aieco_assets.core as core
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.evaluation.evaluate import build_knowledge
from aieco_assets.core.settings import PACKAGED, Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import ensure_databases
from aieco_assets.core.storage.schema import ensure_schema
from benchmarks.accuracy.sets import Base

READING = ("knowledge", "embeddings", "text")  # rooms of core that a knowledge base depends on


def code_digest(rooms: Iterable[str]) -> str:
    """Of what these rooms of core say: code and weights."""
    code = hashlib.sha256()
    for room in rooms:
        for path in sorted((Path(core.__path__[0]) / room).rglob("*")):
            if path.suffix in (".py", ".json"):
                code.update(path.read_bytes())
    return code.hexdigest()[:12]


@contextmanager
def open_home(cache: Path, settings: Settings) -> Iterator[Settings]:
    """One home with its Postgres for all bases. Knowledge that other code has read is thrown away."""
    home = cache / f"knowledge-{code_digest(READING)}"
    for other in cache.glob("knowledge-*"):
        if other != home:
            shutil.rmtree(other)
    home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        home.chmod(0o755)  # as root, Postgres runs as another user
    own = settings.model_copy(
        update={
            "home": home,
            "embedder": PACKAGED,
            **dict.fromkeys(("documents", "transactions", "lake_url", "lancedb_url"), ""),
            **dict.fromkeys(("postgres_url", "mlflow_tracking_uri"), SecretStr("")),
        }
    )
    with open_platform(own) as opened:
        yield opened


def knowledge_of(opened: Settings, name: str, base: Base) -> Settings:
    """Settings over the published knowledge base of these documents, read unless they are already."""
    own = re.sub(r"[^a-z0-9]+", "_", f"{name}_{base.name}".casefold())[:40]
    own += "_" + hashlib.sha256(f"{name}/{base.name}".encode()).hexdigest()[:8]
    folder = opened.home / "bases" / own
    database = urlsplit(opened.warehouse)._replace(path=f"/{own}").geturl()
    ensure_databases(opened.warehouse, [own])
    ensure_schema(database)
    settings = opened.model_copy(
        update={
            **{"documents": str(folder / "documents"), "postgres_url": SecretStr(database)},
            **{"lake_url": str(folder / "lake"), "lancedb_url": str(folder / "lancedb")},
        }
    )
    written = _written(folder / "documents", base)
    done = folder / "published"
    if written or not done.exists() or VectorStore.open(settings).live() is None:
        build_knowledge(settings)
        done.touch()
    return settings


def _written(folder: Path, base: Base) -> bool:
    """Puts the documents of a base into a folder. Whether any was new."""
    folder.mkdir(parents=True, exist_ok=True)
    new = [file for file in base.files if not (folder / file.name).exists()]
    new_texts = [(name, text) for name, text in base.texts if not (folder / name).exists()]
    for file in new:
        shutil.copyfile(file, folder / file.name)
    for name, text in new_texts:
        (folder / name).write_text(text, encoding="utf-8")
    return bool(new or new_texts)
