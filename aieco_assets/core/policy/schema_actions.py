"""What a policy may do: one action, with what it is done to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from aieco_assets.core.contracts import CHURN, CLV, EMBEDDER, LLM, RAG, SEGMENTS
from aieco_assets.core.policy.near_names import one_of

# Which models each action can be done to: those with a training asset, those with golden questions, those that the
# service tries beside the champion, those whose champion is not chosen by the settings.
MODELS = {
    "retrain": (CLV, CHURN, SEGMENTS, RAG),
    "evaluate": (RAG,),
    "shadow": (LLM, RAG),
    "canary": (LLM, RAG),
    "promote": (CLV, CHURN, SEGMENTS, RAG),
    "rollback": (CLV, CHURN, SEGMENTS, RAG, EMBEDDER),
}
SENSORS = ("document_sensor", "transactions_sensor", "automation")


class Part(BaseModel):
    """Written in camelCase, as Argo Rollouts writes it; what is not known is refused."""

    # What is no finite number is no JSON either, as which evidence is kept.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, data: Any) -> Any:
        """As the JSON schema has it: pydantic takes "0.4" for 0.4, and `yes`, which is true in YAML, for 1."""
        for name, field in cls.model_fields.items() if isinstance(data, dict) else ():
            entry = field.alias or name
            value = data.get(entry)
            if isinstance(value, bool | str) and {int, float} & {field.annotation, *get_args(field.annotation)}:
                raise ValueError(f"{entry}: {value!r} is no number: write one, without quotes, such as 0.4")
        return data

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise ValueError("it has the character NUL in it, which Postgres keeps in no text: take it out")
        return value


def enum(names: Iterable[str]) -> dict[str, Any]:
    """What an editor offers for an entry."""
    return {"enum": list(names)}


def growing(steps: tuple[int, ...]) -> tuple[int, ...]:
    """The shares in percent. Raises ValueError where they are none, or don't grow."""
    if any(not 0 < share <= 100 for share in steps) or list(steps) != sorted(set(steps)):
        raise ValueError("steps are shares from 1 to 100 percent, each larger than the one before: 5, 25, 100")
    return steps


class Canary(Part):
    """A challenger that answers a growing share of the conversations."""

    model: str = Field(description="Whose challenger.", json_schema_extra=enum(MODELS["canary"]))
    steps: tuple[int, ...] | None = Field(
        None, min_length=1, description="Shares in percent, each larger; default: those of canary.yaml."
    )

    @field_validator("model")
    @classmethod
    def _known(cls, value: str) -> str:
        return one_of(value, MODELS["canary"], "model that the service tries")

    _growing = field_validator("steps")(lambda value: value and growing(value))


def _model(action: str, description: str) -> Any:
    return Field(None, description=description, json_schema_extra=enum(MODELS[action]))


class Action(Part):
    """One entry: `retrain: churn`, `notify: "text"`."""

    retrain: str | None = _model(
        "retrain",
        "Trains the model anew; its gate decides whether it becomes champion. rag: the index is made and evaluated.",
    )
    evaluate: str | None = _model("evaluate", "Asks the golden questions.")
    shadow: str | None = _model("shadow", "Has the newest version asked too, unseen.")
    canary: Canary | None = Field(None, description="Has the newest version answer a share of the conversations.")
    promote: str | None = _model("promote", "Makes the challenger champion.")
    rollback: str | None = _model("rollback", "Puts back the version that was champion before.")
    notify: str | None = Field(None, min_length=1, description="Says this.")
    pause_sensor: str | None = Field(None, description="Stops the sensor.", json_schema_extra=enum(SENSORS))

    @field_validator("retrain", "evaluate", "shadow", "promote", "rollback")
    @classmethod
    def _known(cls, value: str | None, info: Any) -> str | None:
        return value if value is None else one_of(value, MODELS[info.field_name], f"model to {info.field_name}")

    @field_validator("pause_sensor")
    @classmethod
    def _known_sensor(cls, value: str | None) -> str | None:
        return value if value is None else one_of(value, SENSORS, "sensor")

    @model_validator(mode="after")
    def _one(self) -> Action:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("an entry is one action: begin another entry for the next")
        return self

    @property
    def kind(self) -> str:
        """The name of the action: `retrain`."""
        return next(iter(self.model_dump(exclude_none=True)))

    @property
    def target(self) -> str:
        """What it is done to: the model or sensor; of a message its text."""
        value = getattr(self, self.kind)
        return value.model if isinstance(value, Canary) else value

    def to_json(self) -> dict[str, Any]:
        """As the file says it."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)
