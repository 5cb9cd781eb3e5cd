"""Rows of the warehouse as a table: typed, read-only, refused in a sentence."""

from __future__ import annotations

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage import dataframe
from aieco_assets.core.storage.dataframe import read_frame


def test_rows_come_with_their_names_and_numerics_as_numbers(settings: Settings) -> None:
    found = read_frame(settings, "select 1.5::numeric as price, 'a' as item, null::numeric as lost where 2 = %s", [2])
    assert found.to_dict("records")[0] | {"lost": 0} == {"price": 1.5, "item": "a", "lost": 0}
    assert str(found["lost"].dtype) == "float64"
    assert list(read_frame(settings, "select 1 as one where false")) == ["one"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("create table public.mine (a int)", "read-only"),
        ("select nothing_such", "nothing_such"),
        ("select 1; drop schema lake", "read-only"),
    ],
)
def test_what_would_write_or_is_wrong_is_refused_in_a_sentence(settings: Settings, statement: str, reason: str) -> None:
    with pytest.raises(AiecoError, match=f"does not answer this statement .*{reason}"):
        read_frame(settings, statement)


def test_more_rows_than_memory_should_hold_are_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataframe, "MOST_ROWS", 3)
    assert len(read_frame(settings, "select * from generate_series(1, 3)")) == 3
    with pytest.raises(AiecoError, match="more than 3 rows"):
        read_frame(settings, "select * from generate_series(1, 4)")
