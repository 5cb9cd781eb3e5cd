"""Models: why a version is in production, and what the champions expect of customers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Annotated, Any

from pydantic import Field

from aieco_assets.core.contracts import EMBEDDER, LLM, RAG
from aieco_assets.core.customers.payload import CUSTOMER_ID_CHARACTERS
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.aliases import AliasMove
from aieco_assets.core.registry.reading import decider, judged, recorded_moves
from aieco_assets.core.serving.keys import ASK, PREDICT
from aieco_assets.core.settings import Settings
from aieco_assets.core.tools.tool import Input, Name, Output, Plain, Platform, Tool, refuse_limited

MOVES, FIGURES, TEXT, CUSTOMERS = 50, 100, 2_000, 100
FIGURES_BYTES = 20_000  # of one move
# Their gates are about all documents.
OF_DOCUMENTS = (EMBEDDER, LLM, RAG)


class ModelHistoryInput(Input):
    model: Name = Field(examples=["clv"])
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Default: the one in production.")


class MoveOutput(Output):
    at: datetime
    alias: str = Field(description="champion is what is in production.")
    from_version: int | None
    to_version: int | None
    by: str = Field(description="A person, a policy, or a gate.")
    reason: str
    figures: dict[str, Any] = Field(description="On which it was decided.")


class ModelHistoryOutput(Output):
    model: str
    version: int
    in_production: bool
    sentence: str = Field(description="Why it is in production, or is not.")
    gate: str = Field(description="promoted, refused or waiting; empty before any.")
    gate_reason: str
    figures: dict[str, float] = Field(description="Measured when it was trained or judged.")
    made_from: dict[str, str]
    moves: list[MoveOutput] = Field(description="Of all versions, the latest first.")
    more: int = Field(description="Earlier moves that are not listed.")


class PredictInput(Input):
    customer_ids: list[Annotated[str, Plain, Field(max_length=CUSTOMER_ID_CHARACTERS)]] = Field(
        min_length=1, max_length=CUSTOMERS, examples=[["12346", "12347"]]
    )


class PredictOutput(Output):
    predictions: list[dict[str, Any]] = Field(description="One per customer that is known, with model and version.")
    unknown: list[str]


async def model_history(platform: Platform, given: ModelHistoryInput) -> ModelHistoryOutput:
    if given.model in OF_DOCUMENTS:
        await refuse_limited(platform, f"the history of {given.model}")

    def read(settings: Settings) -> Any:
        moves = recorded_moves(settings, given.model)
        return moves, judged(settings, given.model, moves, given.version)

    moves, found = await platform.look_up(read)
    return ModelHistoryOutput(
        model=given.model,
        version=found.version,
        in_production=found.in_production,
        sentence=found.sentence[:TEXT],
        gate=found.gate,
        gate_reason=found.gate_reason[:TEXT],
        figures=dict([*found.figures.items()][:FIGURES]),
        made_from=found.made_from,
        moves=[_move(one) for one in reversed(moves[-MOVES:])],
        more=max(0, len(moves) - MOVES),
    )


async def predict(platform: Platform, given: PredictInput) -> PredictOutput:
    rows, unknown = await platform.predict(given.customer_ids)
    if not rows:
        raise AiecoError("None of these customers has a prediction.")
    return PredictOutput(predictions=rows, unknown=unknown)


def _move(one: AliasMove) -> MoveOutput:
    figures = one.metrics if len(json.dumps(one.metrics, default=str)) <= FIGURES_BYTES else {"left_out": "too long"}
    return MoveOutput(
        at=one.moved_at.astimezone(timezone.utc),
        alias=one.alias,
        from_version=one.from_version,
        to_version=one.to_version,
        by=decider(one),
        reason=one.reason[:TEXT],
        figures=figures,
    )


TOOLS = (
    Tool(
        "model_history",
        "Why a model version is in production",
        "Why a version is, was or is not in production: what its gate measured and said, which policy or person "
        "decided, when and on which figures, and every move since.",
        ASK,
        ModelHistoryInput,
        ModelHistoryOutput,
        model_history,
    ),
    Tool(
        "predict",
        "Predict customers",
        "What the models in production expect of customers: purchases, value, and which version says so.",
        PREDICT,
        PredictInput,
        PredictOutput,
        predict,
    ),
)
