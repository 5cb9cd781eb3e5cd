"""A sentence that cites a number is said as the platform says it, or not at all."""

from __future__ import annotations

import pytest

from aieco_assets.core.agent.materials import Number
from aieco_assets.core.agent.verifying import statement

ROWS = [{"key": "de", "label": "Germany", "value": 30.0}, {"key": "fr", "label": "France", "value": 6.0}]
TAIL = [{"key": "es", "label": "Spain", "value": 1234.5}]
BY_COUNTRY = "Revenue by country, December 2010: Germany £30.00; France £6.00; and 1 more."
REVENUE = Number(BY_COUNTRY, {"unit": "GBP", "value": 1270.5, "rows": [*ROWS, *TAIL]})
RATE = Number("The return rate was 12.50%.", {"unit": "share", "value": 0.125, "rows": []})


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Germany brought 30 pounds.", BY_COUNTRY),
        ("France brought £30.00.", BY_COUNTRY),  # the figure is right and its country is not
        ("Spain brought £1,234.50.", "Revenue by country, December 2010: Spain £1,234.50."),
        ("Spain brought 1234.5.", "Revenue by country, December 2010: Spain £1,234.50."),
        ("All together it was £1,270.50.", BY_COUNTRY),
        ("Germany and France brought £36.00.", ""),  # worked out by the model
        ("Spain brought about £1,200.", ""),
        ("Germany is growing.", ""),
    ],
)
def test_a_figure_is_said_with_its_own_country_and_days(sentence: str, said: str) -> None:
    assert statement(sentence, REVENUE) == said


def test_a_row_that_the_platform_left_out_of_its_sentence_keeps_all_filters_and_no_rank() -> None:
    ranked = "Revenue by country for SET: RED SPOTS, December 2010, highest first: Germany £30.00; and 2 more."
    found = statement("Spain brought £1,234.50.", Number(ranked, REVENUE.result))
    assert found == "Revenue by country for SET: RED SPOTS, December 2010: Spain £1,234.50."
    assert statement("Spain brought £1,234.50.", Number("It fell by a half.", REVENUE.result)) == ""


@pytest.mark.parametrize("sentence", ["One in eight came back: 12.5%.", "The rate is 0.125."])
def test_a_share_is_known_in_both_spellings(sentence: str) -> None:
    assert statement(sentence, RATE) == RATE.sentence
