"""What the next run would do: where the whole platform is at hand, for the sources are looked at."""

from __future__ import annotations

from pydantic import Field

from aieco_assets.core.serving.keys import ADMIN
from aieco_assets.core.tools.tool import Input, Output, Platform, Tool, refuse_limited

RUNS, REASONS, TEXT = 100, 100, 500


class PlanInput(Input):
    pass


class PlannedRun(Output):
    assets: list[str]
    partitions: list[str] | None = Field(description="First and last.")
    after: list[int] = Field(description="Runs of this list that must end first, from 0.")
    seconds: float | None = Field(description="By this home's own measurements; none where it never ran here.")


class PlanOutput(Output):
    assets: int
    minutes: float
    unmeasured: list[str] = Field(description="Assets that never ran here, and are not in the minutes.")
    reasons: dict[str, str] = Field(description="Why, by asset.")
    left_out: dict[str, str] = Field(description="What waits, and for what.")
    refused: str | None = Field(description="Why the sources are not taken, where they are not.")
    runs: list[PlannedRun]
    more: int = Field(description="Runs that are not listed.")


async def plan(platform: Platform, given: PlanInput) -> PlanOutput:
    await refuse_limited(platform, "the plan")
    found = await platform.plan()
    runs = [PlannedRun(**run) for run in found["runs"]]
    return PlanOutput(
        assets=found["assets"],
        minutes=found["minutes"],
        unmeasured=found["unmeasured"],
        reasons=_short(found["reasons"]),
        left_out=_short(found["left_out"]),
        refused=found["refused"] and found["refused"][:TEXT],
        runs=runs[:RUNS],
        more=max(0, len(runs) - RUNS),
    )


def _short(said: dict[str, str]) -> dict[str, str]:
    return {key: text[:TEXT] for key, text in [*said.items()][:REASONS]}


TOOLS = (
    Tool(
        "plan",
        "What the next run would do",
        "Which assets the next `aieco run` would make, why, and in how many minutes. It runs nothing.",
        ADMIN,
        PlanInput,
        PlanOutput,
        plan,
        at_the_machine=True,
    ),
)
