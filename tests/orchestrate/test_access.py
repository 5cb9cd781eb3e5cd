"""Readers on the command line."""

from __future__ import annotations

import getpass

import pytest

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.orchestrate.access import reader_as


@pytest.mark.parametrize(
    ("given", "reader"),
    [
        (None, None),
        ("", Reader(getpass.getuser())),
        ("hr, board", Reader(getpass.getuser(), frozenset({"hr", "board"}))),
        ("user:anna", Reader("anna")),
        ("hr,user:anna", Reader("anna", frozenset({"hr"}))),
    ],
)
def test_a_reader_is_named_by_groups_and_by_who_it_is(given: str | None, reader: Reader | None) -> None:
    assert reader_as(given) == reader


@pytest.mark.parametrize("given", ["user:anna,user:ben", "user:", "user:an na", "everyone", "user:everyone"])
def test_a_reader_that_nobody_can_be_is_refused(given: str) -> None:
    with pytest.raises(AiecoError, match="--as-groups"):
        reader_as(given)
