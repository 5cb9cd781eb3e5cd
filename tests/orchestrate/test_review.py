"""`aieco review` as a user calls it: one sentence for what names no page."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.errors import AiecoError


@pytest.mark.parametrize("page", ["returns.md", "#1", "returns.md#one", "returns.md#²"])
def test_a_page_that_is_none_is_refused_before_anything_is_opened(page: str) -> None:
    with pytest.raises(AiecoError, match=r"--page .* names no page: give document#page"):
        CliRunner().invoke(
            app, ["review", "accept", "1", "--page", page, "--contains", "30 days"], catch_exceptions=False
        )
