"""A release: one version of each model that answers take, opened together; the champions, or a candidate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aieco_assets.core.contracts import EMBEDDER, LLM, RAG
from aieco_assets.core.embeddings.sentence_vectors import Readings
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import PACKAGED, Settings

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.llm.interface import Llm
    from aieco_assets.core.llm.prompt import Prompt
    from aieco_assets.core.rag.evidence.thresholds import Policy
    from aieco_assets.core.registry.versions import ModelVersion

FOLLOWED = (EMBEDDER, LLM, RAG)
Dress = Callable[["Llm"], "Llm"]


class NotYet(AiecoError):
    """The version can't be opened now and can be later, without anybody moving an alias."""


@dataclass(frozen=True)
class Release:
    """Versions by model and the answerer that holds them; a model that has none was named by the settings."""

    versions: Mapping[str, ModelVersion]
    answerer: Answerer = field(repr=False)

    @property
    def numbers(self) -> dict[str, int]:
        return {name: version.version for name, version in self.versions.items()}

    def live(self) -> Release:
        """Over the knowledge base that is live now, as far as its vectors are this embedder's."""
        answerer = self.answerer
        index = cast("KnowledgeIndex", answerer.index)
        live = index.refresh()
        if live is index or live.embedder_version != answerer.embedder.version:
            return self
        return replace(self, answerer=answerer.over(live))

    def bare(self) -> Release:
        """The same models without what was read and embedded while they answered."""
        return replace(self, answerer=self.answerer.over(self.answerer.index))

    def described(self) -> dict[str, dict[str, Any]]:
        """Name, version, digest and address by model, as `/version` shows them."""
        llm, embedder = self.answerer.llm, self.answerer.embedder
        loaded = {LLM: (llm.name, llm.version), EMBEDDER: (embedder.name, embedder.version)}
        shown: dict[str, dict[str, Any]] = {}
        for name, (title, digest) in loaded.items():
            known = self.versions.get(name)
            uri = known.uri if known else getattr(llm, "uri", "") if name == LLM else ""
            shown[name] = {"name": title, "version": str(known.version) if known else None}
            shown[name] |= {"sha256": digest, "uri": uri}
        if RAG in self.versions:
            rag = self.versions[RAG]
            shown[RAG] = {"name": RAG, "version": str(rag.version), "sha256": rag.sha256, "uri": rag.uri}
        return shown


def open_release(
    settings: Settings, wanted: Mapping[str, ModelVersion], opened: Sequence[Release], dress: Dress
) -> Release:
    """The wanted versions, beside the first of `opened`, which gives what is not wanted. Nothing is loaded twice.

    `dress` is given each newly loaded LLM. Raises NotYet while the knowledge base has vectors of another embedder,
    AiecoError when a version can't be opened or is not what was registered.
    """
    first = opened[0].answerer
    embedder, llm, policy, prompt = first.embedder, first.llm, first.policy, first.prompt
    if EMBEDDER in wanted and embedder.version != wanted[EMBEDDER].sha256:
        embedder = _embedder(settings, wanted[EMBEDDER], opened)
    if RAG in wanted:
        policy, prompt = _ways(settings, wanted[RAG], opened)
    if LLM in wanted and not _is(llm, wanted[LLM]):
        llm = _llm(settings, wanted[LLM], opened, dress)
    if embedder is first.embedder:
        answerer = first.having(llm, policy, prompt)
    else:
        index, readings = cast("KnowledgeIndex", first.index).refresh(), Readings(settings, embedder.version)
        answerer = Answerer(index, embedder, llm, policy, readings, prompt)
    return Release({**opened[0].versions, **wanted}, answerer)


def same_parts(left: Release, right: Release) -> bool:
    """Whether they answer alike: only what they are called may differ."""
    a, b = left.answerer, right.answerer
    return a.llm is b.llm and a.embedder is b.embedder and (a.policy, a.prompt) == (b.policy, b.prompt)


def let_go(gone: Release, kept: Sequence[Release]) -> None:
    """Its models, but for those that the kept ones share, are held by nobody any more but answers in flight."""
    from aieco_assets.core.embeddings.embedder import forget_embedder
    from aieco_assets.core.llm.gateway import forget_llm

    llm, embedder = gone.answerer.llm, gone.answerer.embedder
    if not any(one.answerer.llm is llm for one in kept):
        forget_llm(llm.version, getattr(llm, "uri", ""))
    if not any(one.answerer.embedder is embedder for one in kept):
        forget_embedder(embedder.version)


def _is(llm: Llm, version: ModelVersion) -> bool:
    if ModelConfig.registered(version.tags) not in (None, llm.config):
        return False
    if version.sha256:
        return llm.version == version.sha256
    uri = getattr(llm, "uri", "")
    return version.uri in (uri, uri.partition("#")[0])  # older versions do not name a server's only model


def _llm(settings: Settings, version: ModelVersion, opened: Sequence[Release], dress: Dress) -> Llm:
    for release in opened:
        if _is(release.answerer.llm, version):
            return release.answerer.llm
    from aieco_assets.core.llm.gateway import open_llm
    from aieco_assets.core.registry.identity import llm_identity, same_model

    config = ModelConfig.registered(version.tags)
    named = settings = config.over(settings) if config else settings
    if settings.llm_is_server and same_model(llm_identity(settings), version.sha256, version.uri):
        # By the model that was registered, whichever the server lists first now; with the address's own password.
        address, _, model = settings.llm.partition("#")
        named = settings.model_copy(update={"llm": f"{address}#{model or version.uri.partition('#')[2]}"})
    elif not same_model(llm_identity(settings), version.sha256, version.uri):
        named = settings.model_copy(update={"llm": _llm_at(version.uri)})
        if not same_model(llm_identity(named), version.sha256, version.uri):  # before a byte of it is parsed
            raise _altered(version)
    return dress(open_llm(named))


def _embedder(settings: Settings, version: ModelVersion, opened: Sequence[Release]) -> Any:
    live = cast("KnowledgeIndex", opened[0].answerer.index).refresh()
    if live.embedder_version != version.sha256:
        raise NotYet(
            f"The knowledge base is not embedded with embedder version {version.version} yet: "
            "`aieco run --select 'key:\"models/embedder\"+'` does it."
        )
    for release in opened:
        if release.answerer.embedder.version == version.sha256:
            return release.answerer.embedder
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.registry.identity import embedder_identity, same_model

    named = settings
    if not same_model(embedder_identity(settings), version.sha256, version.uri):
        place = PACKAGED if version.uri.startswith("wheel://") else str(_path(version.uri))
        named = settings.model_copy(update={"embedder": place})
        if not same_model(embedder_identity(named), version.sha256, version.uri):
            raise _altered(version)
    return load_embedder(named)


def _ways(settings: Settings, version: ModelVersion, opened: Sequence[Release]) -> tuple[Policy, Prompt]:
    for release in opened:
        if release.numbers.get(RAG) == version.version:
            return release.answerer.policy, release.answerer.prompt
    from aieco_assets.core.rag.evidence.thresholds import ways_of
    from aieco_assets.core.registry.models import load_json

    try:
        return ways_of(load_json(settings, version))
    except (KeyError, TypeError, ValueError) as error:
        raise AiecoError(
            f"Version {version.version} of rag was made by another version of the code ({error}): "
            "run `aieco run --select 'key:\"evaluation/rag\"'`."
        ) from None


def _llm_at(uri: str) -> str:
    """What AIECO_LLM would say of a registered address."""
    scheme = urlsplit(uri).scheme
    if scheme == "wheel":
        return PACKAGED
    if scheme == "hf":
        repository, _, file = uri.removeprefix("hf://").rpartition("/")
        return f"{repository}:{file}"
    return str(_path(uri)) if scheme == "file" else uri


def _path(uri: str) -> Path:
    return Path(url2pathname(urlsplit(uri).path))


def _altered(version: ModelVersion) -> AiecoError:
    return AiecoError(
        f"{version.uri} is not what was registered as version {version.version} of {version.name}: restore the file, "
        "or register it anew."
    )
