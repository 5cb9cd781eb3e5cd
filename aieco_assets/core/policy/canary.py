"""When a challenger on live questions is stopped, and when it goes a step further: the rules of `policies/canary.yaml`.

docs/decisions/0088-canary.md says how often chance alone stops a good one by these numbers.
"""

from __future__ import annotations

from pydantic import Field, field_validator

from aieco_assets.core.policy.schema_actions import Part, growing


class CanaryRules(Part):
    """A candidate's answers beside the champion's, looked at after each of the candidate's."""

    window: int = Field(200, ge=2, le=10_000, description="Latest answers of each side that are compared.")
    minimum_sample: int = Field(20, ge=2, description="Answers of each side before anything is said.")
    consecutive_error_limit: int = Field(2, ge=0, description="Failures running that are borne: one more stops it.")
    standard_errors: float = Field(3.5, gt=0, description="How sure a difference must be, in standard errors.")
    failed_more: float = Field(0.05, ge=0, lt=1, description="Larger share of failures from which it is stopped.")
    abstained_more: float = Field(0.10, ge=0, lt=1, description="The same of abstentions.")
    slower: float = Field(1.25, ge=1, description="Times as long as the champion from which it is stopped.")
    steps: tuple[int, ...] = Field((5, 25, 100), min_length=1, description="Shares in percent, each larger.")
    consecutive_success_limit: int = Field(
        200, ge=1, description="Answers of the candidate at a step, while it is not stopped, before the next."
    )

    _growing = field_validator("steps")(lambda value: growing(value))
