"""Which embedder embeds documents and questions: the registry's champion, and for an index the one that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aieco_assets.core.contracts import CHAMPION, EMBEDDER
from aieco_assets.core.embeddings.embedder import identify_embedder
from aieco_assets.core.embeddings.weights import longest_text, model_folder
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import PACKAGED, Settings
from aieco_assets.core.storage.postgres import connect


class LostEmbedder(AiecoError):
    """The weights of an embedder are not where they were, or have changed."""


@dataclass(frozen=True)
class KnownEmbedder:
    """An embedder of the registry: digest of its weights, version, name, and where they lie."""

    sha256: str
    version: int
    name: str
    uri: str


def note_embedders(settings: Settings, known: Sequence[KnownEmbedder]) -> None:
    """Write down where the registered embedders lie."""
    with connect(settings.warehouse) as connection:
        for one in known:
            connection.execute(
                "insert into registry.embedders (sha256, version, name, uri) values (%s, %s, %s, %s)"
                " on conflict (sha256) do update"
                " set version = excluded.version, name = excluded.name, uri = excluded.uri",
                (one.sha256, one.version, one.name, one.uri),
            )


def candidate(settings: Settings) -> KnownEmbedder | None:
    """The embedder that AIECO_EMBEDDER names, as the registry knows it; None when it does not."""
    return _known(settings, identify_embedder(settings)[1])


def in_production(settings: Settings) -> Settings:
    """The settings with the embedder that is in production; as they are while the registry knows none.

    Raises LostEmbedder when its weights are gone or have changed.
    """
    found = _aliased(settings).get(CHAMPION)
    return _with(settings, found) if found else settings


def worth_keeping(settings: Settings) -> set[str]:
    """Digests of the embedders that are in production, were before, or wait for it."""
    return {one.sha256 for one in _aliased(settings).values()}


def fewest_tokens(settings: Settings) -> int | None:
    """What the embedder reads least that embeds a chunk now or may do so next: that of the settings, those behind an
    alias. None where none of them says how much it reads."""
    known = [settings.embedder, *(_place(one) for one in _aliased(settings).values())]
    return min(filter(None, map(partial(_tokens_of, settings), dict.fromkeys(known))), default=None)


def _tokens_of(settings: Settings, embedder: str) -> int | None:
    """None also where it is not there: whoever embeds with it says so."""
    try:
        return longest_text(model_folder(settings.model_copy(update={"embedder": embedder}))[1])
    except AiecoError:
        return None


def for_index(settings: Settings, embedder_version: str) -> Settings:
    """The settings with the embedder that made an index: its questions must be embedded by the same.

    Raises AiecoError when it is not the one of the settings and can't be found.
    """
    if identify_embedder(settings)[1] == embedder_version:
        return settings
    found = _known(settings, embedder_version)
    if found is None:
        raise AiecoError(
            f"The published knowledge base was made with another embedder ({embedder_version[:12]}) than the one that "
            "AIECO_EMBEDDER names: run `aieco run` to make it anew, or set AIECO_EMBEDDER back."
        )
    return _with(settings, found)


def _aliased(settings: Settings) -> dict[str, KnownEmbedder]:
    """The embedder behind each alias, as the history of aliases tells: it is asked without importing MLflow."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select distinct on (m.alias) m.alias, e.sha256, e.version, e.name, e.uri from registry.alias_moves m"
            " left join registry.embedders e on e.version = m.to_version"
            " where m.model = %s order by m.alias, m.id desc",
            (EMBEDDER,),
        ).fetchall()
    return {alias: KnownEmbedder(*known) for alias, *known in rows if known[0]}


def _known(settings: Settings, sha256: str) -> KnownEmbedder | None:
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select sha256, version, name, uri from registry.embedders where sha256 = %s", (sha256,)
        ).fetchone()
    return KnownEmbedder(*row) if row else None


def _with(settings: Settings, known: KnownEmbedder) -> Settings:
    folder = _place(known)
    found = settings.model_copy(update={"embedder": folder})
    if folder != PACKAGED and not Path(folder).is_dir():
        raise _lost(known, f"{folder} is gone")
    if identify_embedder(found)[1] != known.sha256:
        raise _lost(known, f"the files in {folder} have changed")
    return found


def _place(known: KnownEmbedder) -> str:
    place = urlsplit(known.uri)
    return PACKAGED if place.scheme == "wheel" else unquote(place.path)


def _lost(known: KnownEmbedder, why: str) -> LostEmbedder:
    return LostEmbedder(
        f"Version {known.version} of the embedder ({known.name}) can't be used, for {why}: put it back, or "
        f"`aieco promote {EMBEDDER} VERSION` another and run `aieco run`."
    )
