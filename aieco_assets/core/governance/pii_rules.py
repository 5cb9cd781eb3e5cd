"""pii.yaml: what happens to personal data of each kind in documents, logs and answers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.personal_data_kinds import KINDS
from aieco_assets.core.settings import Settings
from aieco_assets.core.yaml_file import MOST, read_yaml

if TYPE_CHECKING:
    from pydantic import ValidationError

SHIPPED = Path(__file__).with_name("pii.yaml")
_DOCS = "docs/governance-personal-data.md has every entry"


class Rule(BaseModel):
    """What happens to one kind. What is left out is as in the shipped file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    documents: Literal["keep", "mark"] = Field(description="mark: documents that hold it are counted, by kind.")
    logs: Literal["keep", "mask"] = Field(
        description="mask: questions and comments in the log have the kind in place of the value."
    )
    answers: Literal["say", "refuse"] = Field(description="refuse: an answer that would say a value is not given.")


class PiiRules(BaseModel):
    """All of pii.yaml. A kind that a file leaves out is treated as in the shipped one."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"title": "pii.yaml"})

    kinds: dict[str, Rule] = Field(description=f"By kind: {', '.join(KINDS)}.")

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, data: Any) -> Any:
        """`keep` for a kind means all of it; what is left out is taken from the shipped file."""
        if not isinstance(data, dict) or not isinstance(kinds := data.get("kinds"), dict):
            return data
        shipped = _shipped()
        whole: dict[Any, Any] = {**shipped}
        for name, rule in kinds.items():
            if rule == "keep":
                rule = {"documents": "keep", "logs": "keep", "answers": "say"}
            whole[name] = {**shipped.get(name, {}), **rule} if isinstance(rule, dict) else rule
        return {**data, "kinds": whole}

    @field_validator("kinds", mode="before")
    @classmethod
    def _known(cls, kinds: Any) -> Any:
        for name, rule in kinds.items() if isinstance(kinds, dict) else ():
            if name not in KINDS:
                raise ValueError(f"{name} is no kind: write {_or(KINDS)}")
            if isinstance(rule, dict) and "restrict" in rule:
                raise ValueError(f"{name}.restrict: groups are not enforced by kind yet: give rights on the documents")
        return kinds

    @property
    def marked(self) -> frozenset[str]:
        """Kinds that are counted in documents."""
        return frozenset(name for name, rule in self.kinds.items() if rule.documents == "mark")

    @property
    def masked(self) -> frozenset[str]:
        """Kinds that no log holds."""
        return frozenset(name for name, rule in self.kinds.items() if rule.logs == "mask")

    @property
    def refused(self) -> frozenset[str]:
        """Kinds that no answer says."""
        return frozenset(name for name, rule in self.kinds.items() if rule.answers == "refuse")


def load_rules(settings: Settings) -> PiiRules:
    """The rules of AIECO_PII, else the shipped ones. Raises AiecoError that names file, entry and mend."""
    if not settings.pii:
        return read_rules(SHIPPED.read_text("utf-8"), SHIPPED.name)
    path = Path(settings.pii).expanduser()
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(
                MOST + 1
            )  # which `read_yaml` refuses: of a device, or a file of another kind, there is no end
    except UnicodeDecodeError:
        raise AiecoError(f"AIECO_PII names {path}, which is no text in UTF-8: save it as UTF-8.") from None
    except OSError:
        raise AiecoError(f"AIECO_PII names {path}, which can't be read: mend it, or leave it unset.") from None
    return read_rules(text, path.name)


def read_rules(text: str, name: str) -> PiiRules:
    """One file. Raises AiecoError that names the file, the entry and what it must be."""
    from pydantic import ValidationError

    data = read_yaml(text, name, f"look at {_DOCS.split()[0]}")
    if not isinstance(data, dict):
        raise AiecoError(f"{name} holds no rules: begin with `kinds:`; {_DOCS}.")
    try:
        return PiiRules.model_validate(data)
    except ValidationError as error:
        raise AiecoError(f"{name} is not valid: {_first(error)}. {_DOCS}.") from None


def json_schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors: there every entry of a kind may be left out."""
    schema = PiiRules.model_json_schema()
    rule = schema["$defs"]["Rule"]
    del rule["required"]
    either = {"anyOf": [{"const": "keep"}, {"$ref": "#/$defs/Rule"}]}
    kinds = schema["properties"]["kinds"]
    kinds.pop("additionalProperties")
    kinds |= {"additionalProperties": False, "properties": dict.fromkeys(KINDS, either)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, str]]:
    import yaml

    return yaml.safe_load(SHIPPED.read_text("utf-8"))["kinds"]


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    place, said = ".".join(map(str, found["loc"])), found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        return f"{place} is no entry of it: leave it out"
    if found["type"] == "missing":
        return f"{place} is missing: write it"
    if found["type"] in ("model_type", "model_attributes_type"):
        return f"{place}: write keep, or documents, logs and answers below it"
    return f"{place}: {said[:1].lower()}{said[1:]}"


def _or(names: Any) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"
