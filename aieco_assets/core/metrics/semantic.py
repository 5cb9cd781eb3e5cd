"""The blocks of the semantic layer as MetricFlow writes them.

Simple, ratio and derived metrics over one semantic model are read; what else the form knows (cumulative, conversion,
offsets) is refused with a sentence. What the form can't say stands in `config.meta`, which `Meta` and `DimensionMeta`
describe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from aieco_assets.core.dbt_text import fault_of
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from typing_extensions import Self

PLACE = "dbt_project/models/semantic"
MOST_NOUNS = 100  # of a metric: each question is held against all of them
NAME = r"^[a-z][a-z0-9_]{0,59}$"


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _is_no_template(self) -> Self:
        """But for filters, in which dbt reads {{ Dimension(…) }} and runs nothing: compiling.py reads them."""
        for name, value in self:
            for text in value if isinstance(value, tuple) else (value,):
                if name != "filter" and isinstance(text, str) and (fault := fault_of(text)):
                    raise ValueError(f"{name} {fault}")
        return self


class Meta(_Block):
    """What questions need to know of a metric.

    `unit`: currency (the shop's), share (0 to 1), or what is counted. `example`: a question that asks for it.
    `net`: the metric that its numbers are by an item or a customer. `needs`: the role of the shop's columns without
    which there is no such number. `nouns`: what names it (phrase_patterns.py). `adds_up`: whether the whole
    is the sum of its groups; a ratio's never is. `shares`: whether a group's share of it can be told (as `adds_up`
    unless said). `firm`: no document would be asked in its words, so that they alone tell what is meant.
    """

    unit: str = Field(min_length=1, max_length=40)
    example: str = Field(min_length=1, max_length=200)
    net: str = ""
    needs: Literal["", "country", "category", "store", "customer", "order", "quantity"] = ""
    nouns: tuple[str, ...] = Field((), max_length=MOST_NOUNS)
    adds_up: bool = True
    shares: bool | None = None
    firm: bool = False


class DimensionMeta(_Block):
    """`grouping`: people may ask for numbers by it. `in_order`: its groups have an order of their own.

    `net`: its numbers are those of the metrics' `net`. `known_only`: lines without it make no group.
    `personal`: it tells people apart, so no view for analysts is by it.
    """

    grouping: bool = False
    in_order: bool = False
    net: bool = False
    known_only: bool = False
    personal: bool = False


class _Config(_Block):
    meta: dict[str, Any] = {}


class _DimensionConfig(_Block):
    meta: DimensionMeta = DimensionMeta()


class _Grain(_Block):
    time_granularity: Literal["day"]


class Dimension(_Block):
    name: str = Field(pattern=NAME)
    type: Literal["categorical", "time"]
    label: str = ""
    description: str = ""
    expr: str = ""
    type_params: _Grain | None = None
    config: _DimensionConfig = _DimensionConfig()

    @property
    def sql(self) -> str:
        return self.expr or self.name


class Entity(_Block):
    name: str = Field(pattern=NAME)
    type: Literal["primary", "foreign", "unique", "natural"]
    description: str = ""
    expr: str = ""


class Measure(_Block):
    name: str = Field(pattern=NAME)
    agg: Literal["sum", "count", "count_distinct", "average", "min", "max"]
    description: str = ""
    expr: str = ""

    @field_validator("expr", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value  # `expr: 1` of a count

    @property
    def sql(self) -> str:
        return self.expr or self.name


class _Defaults(_Block):
    agg_time_dimension: str


class SemanticModel(_Block):
    name: str = Field(pattern=NAME)
    model: str = Field(pattern=r"^ref\('[a-z0-9_]+'\)$")
    label: str = ""
    description: str = ""
    defaults: _Defaults
    entities: tuple[Entity, ...]
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]


class MetricInput(_Block):
    name: str
    alias: str = ""
    filter: str | tuple[str, ...] = ()


class MeasureInput(_Block):
    name: str
    fill_nulls_with: int | None = None


class TypeParams(_Block):
    measure: MeasureInput | None = None
    numerator: MetricInput | None = None
    denominator: MetricInput | None = None
    expr: str = ""
    metrics: tuple[MetricInput, ...] = ()

    @field_validator("measure", "numerator", "denominator", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("metrics", mode="before")
    @classmethod
    def _all_named(cls, value: object) -> object:
        return [cls._named(one) for one in value] if isinstance(value, list) else value


class MetricBlock(_Block):
    """A metric of the file; `meta` is None of one that only others are made of."""

    name: str = Field(pattern=NAME)
    label: str = Field(min_length=1, max_length=120)
    description: str = ""
    type: Literal["simple", "ratio", "derived"]
    type_params: TypeParams
    filter: str | tuple[str, ...] = ()
    config: _Config = _Config()

    @property
    def meta(self) -> Meta | None:
        return Meta.model_validate(self.config.meta) if self.config.meta else None

    @field_validator("config")
    @classmethod
    def _meta_is_known(cls, value: _Config) -> _Config:
        try:
            if value.meta:
                Meta.model_validate(value.meta)
        except ValidationError as error:
            first = error.errors()[0]
            where = "".join(f"{step} > " for step in ("meta", *first["loc"]))
            raise ValueError(f"{where[:-3]}: {first['msg'].removeprefix('Value error, ')}") from None
        return value


class Layer(_Block):
    """All files of the folder together."""

    model: SemanticModel
    metrics: tuple[MetricBlock, ...]

    def metric(self, name: str) -> MetricBlock:
        """Raises AiecoError where there is none of that name."""
        found = next((one for one in self.metrics if one.name == name), None)
        if found is None:
            raise AiecoError(f"{PLACE} has no metric {name}: define it, or mend the metric that names it.")
        return found

    def measure(self, name: str) -> Measure:
        """Raises AiecoError where there is none of that name."""
        found = next((one for one in self.model.measures if one.name == name), None)
        if found is None:
            raise AiecoError(f"{PLACE} has no measure {name}: define it, or mend the metric that names it.")
        return found

    def dimension(self, name: str) -> Dimension:
        """Raises AiecoError where there is none of that name."""
        found = next((one for one in self.model.dimensions if one.name == name), None)
        if found is None:
            raise AiecoError(f"{PLACE} has no dimension {name}: define it, or mend the filter that names it.")
        return found

    def replaced(self, blocks: dict[str, MetricBlock], measures: tuple[Measure, ...] = ()) -> Layer:
        """With these metrics (by name), each in the place of the one of its name, and these measures more."""
        there = {block.name for block in self.metrics}
        metrics = [blocks.get(block.name, block) for block in self.metrics]
        metrics += [block for name, block in blocks.items() if name not in there]
        model = self.model.model_copy(update={"measures": (*self.model.measures, *measures)})
        return self.model_copy(update={"model": model, "metrics": tuple(metrics)})

    @property
    def primary(self) -> str:
        """Name of the entity that dimensions are qualified by: `line` of line__country."""
        return next((one.name for one in self.model.entities if one.type == "primary"), "")
