"""A warehouse is filled from one pair of sources; pointing it at another by accident would mix two companies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

SAMPLE = "sample"


def source_urls(settings: Settings) -> dict[str, str]:
    """Name -> where it is read from, without secrets; `sample` for the embedded one."""
    return {"documents": _identity(settings.documents), "transactions": _identity(settings.transactions)}


def check_sources(settings: Settings, declared: Sequence[DeclaredSource] = ()) -> Counter[str]:
    """Refuse sources that are not there, before anything is started for them or recorded of them.

    `declared`: those beside the two of the settings. Raises AiecoError. Says nothing about their content,
    except that a document source must have a document, and which other files (by ending) no document is read of.
    """
    passed_by = Counter[str]()
    for one in (*([None] if settings.documents else []), *(one for one in declared if one.layer == "documents")):
        from aieco_assets.core.knowledge.source import DocumentSource
        from aieco_assets.core.knowledge.source_comparison import empty_source

        source = DocumentSource(settings, one)
        listing = source.list()
        passed_by += listing.ignored
        if not listing.files:
            raise empty_source(source.url, mend=source.mend)
    if settings.transactions:
        from aieco_assets.core.retail.connectors import open_source
        from aieco_assets.core.retail.source import last_day

        with open_source(settings, last_day()):
            pass
    for one in declared:
        if one.layer == "transactions":
            from aieco_assets.core.retail.connectors import open_declared

            open_declared(settings, one).close()
    return passed_by


def claim_sources(settings: Settings, switch: bool = False) -> None:
    """Record the sources, or refuse ones that differ from what the warehouse was filled from.

    With `switch` the new ones are recorded; the next run then removes what is not in them, as for any file that went.
    """
    with connect(settings.warehouse) as connection:
        known = connection.execute("select name, url from ops.sources for update").fetchall()
        if not switch:
            _refuse_others(settings, dict(known))
        for name, url in source_urls(settings).items():
            connection.execute(
                "insert into ops.sources (name, url) values (%s, %s)"
                " on conflict (name) do update set url = excluded.url",
                (name, url),
            )


def refuse_other_sources(settings: Settings) -> None:
    """Raises AiecoError as a run would, for sources that the warehouse was not filled from."""
    with connect(settings.warehouse) as connection:
        _refuse_others(settings, dict(connection.execute("select name, url from ops.sources").fetchall()))


def _refuse_others(settings: Settings, known: Mapping[str, str]) -> None:
    for name, url in source_urls(settings).items():
        if known.get(name, url) != url:
            raise AiecoError(
                f"{settings.home} was filled from {name} of {known[name]}, not {url}: set AIECO_HOME to another "
                f"folder, set AIECO_{name.upper()} back, or replace the contents with `aieco run --switch-source`."
            )


def _identity(url: str) -> str:
    if not url:
        return SAMPLE
    return shown(url).rstrip("/") if "://" in url else str(Path(url).expanduser().resolve())
