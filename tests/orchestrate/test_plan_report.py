"""What `aieco plan` says in its last line."""

from __future__ import annotations

import pytest

from aieco_assets.orchestrate import plan_report

RUN = {"assets": ["lake/a", "lake/b", "lake/c"], "partitions": None, "after": [], "seconds": 60.0}


def last_line(unmeasured: list[str]) -> str:
    report = {"assets": 3, "seconds": 60.0, "minutes": 1.0, "unmeasured": unmeasured, "reasons": {}, "left_out": {}}
    with plan_report.console.capture() as captured:
        plan_report.print_plan(report | {"runs": [RUN], "refused": None})
    return captured.get().splitlines()[-1]


@pytest.mark.parametrize(
    ("unmeasured", "said"),
    [
        ([], "3 assets, about 1.0 minutes."),
        (["lake/a"], "3 assets, about 1.0 minutes; 1 of them, which never ran here, is not in it."),
        (["lake/a", "lake/b"], "3 assets, about 1.0 minutes; 2 of them, which never ran here, are not in it."),
        (["lake/a", "lake/b", "lake/c"], "3 assets, no run of this home tells how long."),
    ],
)
def test_the_last_line_says_how_long_and_what_is_not_in_it(unmeasured: list[str], said: str) -> None:
    assert last_line(unmeasured) == said
