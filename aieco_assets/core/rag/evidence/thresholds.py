"""The numbers that decide when to answer, quote or stay silent. Stored as JSON with the registered `rag` model."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT, Prompt

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

CALIBRATED = Path(__file__).with_name("policy.json")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Policy:
    """Weights of two small linear models, and what else decides about an answer.

    `ranking` orders the sentences of a question by how well they answer it, `answering` tells how sure it is that the
    first of them does. Both were fitted on the sample's questions alone (`python -m benchmarks.calibrate`;
    docs/decisions/0047-weights-from-the-sample.md has the figures).
    """

    ranking: dict[str, float]  # by name of a feature (`rag.features`)
    answering: dict[str, float]  # the same, and `bias`, `score`, `margin`, `share` (`rag.evidence`)
    sure: float  # probability from which the best sentence is an answer; below: abstain
    chunks: int = 8  # hits whose sentences are looked at
    candidates: int = 24  # sentences that are read by the embedder for one question
    tie: float = 2.0  # a second sentence whose score is this close to the best is quoted too
    also: float = 0.1  # ... if it is at least this sure itself
    max_quotes: int = 2
    min_novel: float = 0.5  # share of what the best quote adds to the question that a generated answer must keep
    max_tokens: int = 56
    mode: str = "quote"  # or "write": the model answers in its own words, and what of it is supported is said
    write_tokens: int = 400  # of an answer in the model's own words

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def thresholds(self) -> dict[str, Any]:
        """All but the weights: what is worth showing beside a run."""
        return {name: value for name, value in asdict(self).items() if not isinstance(value, dict)}

    def model_config(self) -> dict[str, int]:
        """What the settings decide of it, by its usual names."""
        return {"k": self.chunks, "max_tokens": self.max_tokens}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Policy:
        """Raises ValueError when the values are not those of this version of the code."""
        from aieco_assets.core.rag.evidence.ranking_features import FEATURES, JUDGED

        named = {field.name for field in fields(cls)}
        if not named - {"mode", "write_tokens"} <= set(values) <= named:  # before there were ways to answer
            raise ValueError(f"a policy has {sorted(named)}, not {sorted(values)}")
        if values.get("mode", "quote") not in ("quote", "write"):
            raise ValueError(f"a policy's mode is quote or write, not {values['mode']}")
        if set(values["ranking"]) != set(FEATURES) or set(values["answering"]) != set(JUDGED):
            raise ValueError("its weights are those of other features")
        return cls(**values)


@lru_cache(maxsize=1)
def calibrated_policy() -> Policy:
    """The policy that is packaged with this code."""
    return Policy.from_json(json.loads(CALIBRATED.read_text(encoding="utf-8")))


def settings_policy(settings: Settings) -> Policy:
    """The packaged policy with what the settings say of it."""
    return replace(calibrated_policy(), max_tokens=settings.llm_max_tokens, chunks=settings.retrieval_k)


def ways_of(content: dict[str, Any]) -> tuple[Policy, Prompt]:
    """Policy and prompt of a version of `rag`. Raises KeyError, TypeError or ValueError when it is of other code."""
    prompt = Prompt(tuple(content["prompt"]["messages"]), content["prompt"]["version"])
    return Policy.from_json(content["policy"]), prompt


def champion_ways(settings: Settings) -> tuple[Policy, Prompt]:
    """Policy and prompt of the registry's champion of `rag`; the packaged ones before there is a champion.

    A champion that another version of the code has made, or a registry that does not answer, is no reason for
    silence: the packaged ones step in, and the log says so.
    """
    import psycopg

    try:
        if found := _champion(settings):
            return ways_of(found)
    except (AiecoError, psycopg.Error) as error:
        logger.warning("The packaged policy and prompt are used, for the registry's can't be read: %s", error)
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("The packaged policy and prompt are used, for rag's champion is of another version: %s", error)
    return settings_policy(settings), PACKAGED_PROMPT


def note_version(settings: Settings, version: int, content: dict[str, Any]) -> None:
    """Keep a copy of a version of `rag` where it can be read without MLflow. A version never changes."""
    from psycopg.types.json import Jsonb

    from aieco_assets.core.storage.postgres import connect

    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into registry.rag_versions (version, content) values (%s, %s) on conflict do nothing",
            (version, Jsonb(content)),
        )


def _champion(settings: Settings) -> dict[str, Any] | None:
    """Content of the champion of `rag`, as the history of aliases tells: MLflow, which takes seconds to import, is
    asked only for a version of which there is no copy."""
    from aieco_assets.core.contracts import CHAMPION, RAG
    from aieco_assets.core.storage.postgres import connect

    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select v.content from registry.alias_moves m left join registry.rag_versions v on v.version = m.to_version"
            " where m.model = %s and m.alias = %s order by m.id desc limit 1",
            (RAG, CHAMPION),
        ).fetchone()
    if row is None or row[0]:
        return row[0] if row else None
    from aieco_assets.core.registry.models import load_champion_json

    return load_champion_json(settings, RAG)[1]
