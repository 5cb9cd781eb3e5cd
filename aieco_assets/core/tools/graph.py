"""The state of the graph and its lineage: what is stale and why, and what is made from what, down to columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from difflib import get_close_matches
from typing import Literal

from pydantic import Field

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.graph_picture import AssetPicture, GraphPicture
from aieco_assets.core.monitoring.staleness import causes, is_wrong, walk
from aieco_assets.core.serving.champions import serving_status
from aieco_assets.core.serving.keys import ASK
from aieco_assets.core.tools.tool import Input, Name, Output, Platform, Tool, refuse_limited

ASSETS, EDGES, DEPTH, TEXT = 200, 500, 10, 1_000


class StatusInput(Input):
    asset: Name | None = Field(None, description="Only this one; default: all.", examples=["marts/fct_sales_lines"])
    only_wrong: bool = Field(False, description="Only what failed, is stale, was never made, or is held back.")


class Because(Output):
    asset: str
    sentence: str


class AssetState(Output):
    key: str
    status: str = Field(description="materialized, failed, missing; empty of what lies outside.")
    freshness: str = Field(description="fresh, warn, stale; none where it may have any age.")
    made_at: datetime | None
    rows: int | None
    checks_failed: list[str]
    waits: str = Field(description="For what, where there is too little yet to make it from.")
    because: list[Because] = Field(description="Where it is wrong, or made from something that is: the causes.")


class StatusOutput(Output):
    seen_at: datetime = Field(description="When the graph was looked at; freshness is of now.")
    assets: list[AssetState]
    more: int = Field(description="Assets that are not listed.")
    served: dict[str, str | None] = Field(description="Versions that answer, by model.")
    champion: dict[str, str | None] = Field(description="Versions in production, by model.")


class LineageInput(Input):
    asset: Name = Field(examples=["marts/fct_sales_lines"])
    column: Name | None = Field(None, description="Of the asset: then the lineage is of columns.")
    direction: Literal["upstream", "downstream", "both"] = "both"
    depth: int = Field(3, ge=1, le=DEPTH, description="Steps to follow.")


class ColumnFacts(Output):
    name: str
    type: str
    description: str


class LineageOutput(Output):
    asset: str
    description: str
    owners: list[str]
    kinds: list[str]
    columns: list[ColumnFacts]
    edges: list[tuple[str, str]] = Field(description="From what is read to what is made; of columns: asset.column.")
    more: int = Field(description="Edges that are not listed: ask for less depth, or one direction.")
    made_at: datetime | None = Field(description="None where it never was, or you may not know.")
    rows: int | None


async def status(platform: Platform, given: StatusInput) -> StatusOutput:
    await refuse_limited(platform, "the status")
    picture, now = await platform.graph(), datetime.now(timezone.utc)
    chosen = [_asset(picture, given.asset)] if given.asset else [one for one in picture.assets if one.status]
    states = [_state(picture, one, now) for one in chosen if not given.only_wrong or is_wrong(one, now)]
    serving = await platform.look_up(serving_status)
    return StatusOutput(
        seen_at=picture.seen_at,
        assets=states[:ASSETS],
        more=max(0, len(states) - ASSETS),
        served=serving["served"],
        champion=serving["champion"],
    )


async def lineage(platform: Platform, given: LineageInput) -> LineageOutput:
    picture, limited = await platform.graph(), await platform.limited()
    asset = _asset(picture, given.asset)
    edges = _of_column(picture, asset, given) if given.column else _of_asset(picture, given)
    return LineageOutput(
        asset=asset.key,
        description=asset.description[:TEXT],
        owners=list(asset.owners),
        kinds=list(asset.kinds),
        columns=[
            ColumnFacts(**asdict(one) | {"description": one.description[:TEXT]}) for one in asset.columns[:ASSETS]
        ],
        edges=edges[:EDGES],
        more=max(0, len(edges) - EDGES),
        # How many documents there are, and when one came, is no business of whoever may not read all.
        made_at=None if limited else asset.made_at,
        rows=None if limited else asset.rows,
    )


def _asset(picture: GraphPicture, key: str) -> AssetPicture:
    known = {one.key: one for one in picture.assets}
    if key not in known:
        near = ", ".join(get_close_matches(key, known, 3, 0.6))
        raise AiecoError(f"The graph has no asset of that name{near and f': {near} may be meant'}.")
    return known[key]


def _state(picture: GraphPicture, asset: AssetPicture, now: datetime) -> AssetState:
    return AssetState(
        key=asset.key,
        status=asset.status,
        freshness=asset.freshness(now),
        made_at=asset.made_at,
        rows=asset.rows,
        checks_failed=[check.name for check in asset.checks if check.passed is False],
        waits=asset.waits,
        because=[Because(**asdict(one)) for one in causes(picture, asset.key, now)][:ASSETS],
    )


def _of_asset(picture: GraphPicture, given: LineageInput) -> list[tuple[str, str]]:
    up = {one.key: one.parents for one in picture.assets}
    return _edges(up, given.asset, given)


def _of_column(picture: GraphPicture, asset: AssetPicture, given: LineageInput) -> list[tuple[str, str]]:
    up = {
        (one.key, column): tuple(map(tuple, origins)) for one in picture.assets for column, origins in one.edges.items()
    }
    start = (asset.key, str(given.column))
    names = {column.name for column in asset.columns} | {*asset.edges}
    if start[1] not in names and not any(start in origins for origins in up.values()):
        shown = ", ".join(sorted(names)[:ASSETS]) or "none that is known"
        raise AiecoError(f"{asset.key} has no column of that name: it has {shown}.")
    return [(".".join(one), ".".join(other)) for one, other in _edges(up, start, given)]  # type: ignore[arg-type]


def _edges(up: Mapping, start: object, given: LineageInput) -> list:
    """(read, made) pairs that lie within the depth, the nearest first."""
    down: dict = {}
    for made, read in up.items():
        for one in read:
            down[one] = (*down.get(one, ()), made)
    found: dict = {}
    for edges, wanted in ((up, "upstream"), (down, "downstream")):
        if given.direction in (wanted, "both"):
            # The last step leads to what is within the depth: its own edges lie beyond.
            for near in [start, *walk(edges, start, given.depth - 1)]:  # type: ignore[arg-type]
                pairs = ((one, near) if wanted == "upstream" else (near, one) for one in edges.get(near, ()))
                found |= dict.fromkeys(pairs)
    return list(found)


TOOLS = (
    Tool(
        "status",
        "State of the platform",
        "What is fresh, stale, failed or missing, and why: for each asset that is wrong the causes upstream, with the "
        "command that mends them; and which model versions answer.",
        ASK,
        StatusInput,
        StatusOutput,
        status,
    ),
    Tool(
        "lineage",
        "Lineage of an asset or a column",
        "What an asset or one of its columns is made from and what is made from it, with its meaning, owners and "
        "columns. Models, predictions and the knowledge base are assets, too.",
        ASK,
        LineageInput,
        LineageOutput,
        lineage,
    ),
)
