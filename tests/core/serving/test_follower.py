"""A registry that can't be followed: what is served stays, and the log says whether that is ours to mend."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from aieco_assets.core.errors import Unavailable
from aieco_assets.core.serving.follower import Follower
from aieco_assets.core.settings import Settings
from tests.core.rag.scripted import answerer, page


@pytest.mark.parametrize(
    ("reason", "shows_where"), [(Unavailable("Postgres is away."), False), (KeyError("alias"), True)]
)
def test_a_registry_that_is_away_is_told_in_a_sentence_and_a_mistake_of_ours_with_its_trace(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    reason: Exception,
    shows_where: bool,
) -> None:
    def fails(*_: object) -> None:
        raise reason

    monkeypatch.setattr("aieco_assets.core.serving.follower.last_moves", fails)
    follower = Follower(Settings(home=tmp_path, _env_file=None), answerer("", page("A page.")))  # type: ignore[call-arg]
    with caplog.at_level(logging.WARNING, "aieco.service"):
        follower.start()
    follower.close()

    (record,) = caplog.records
    assert "can't be followed now, and what is served stays" in record.getMessage()
    assert bool(record.exc_info) is shows_where
