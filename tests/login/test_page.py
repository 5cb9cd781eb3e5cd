"""The login's pages in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.governance.login.users import Users, users_file
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from aieco_assets.login.__main__ import create_gate
from tests.browser import Watched, chromium
from tests.login.conftest import PASSWORD, serving


@pytest.fixture
def home(settings: Settings) -> Iterator[str]:
    """The address of a login with one user and no part behind it."""
    port = free_port()
    told = settings.model_copy(update={"login_port": port})
    Users(users_file(told)).add("anna", PASSWORD, "analyst")
    with serving(create_gate(told), port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 360)])
def test_somebody_logs_in_sees_where_to_go_and_logs_out(home: str, tmp_path: Path, scheme: str, width: int) -> None:
    shots = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    with chromium() as browser:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 760})  # type: ignore[arg-type]
        page = context.new_page()
        watched = Watched(page, home)

        def fits(name: str) -> None:
            page.screenshot(path=shots / f"login-{name}-{scheme}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        page.goto(home + "/dagster/runs")
        assert page.url == home + "/login?next=%2Fdagster%2Fruns"
        page.goto(home + "/home")
        fits("form")
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("alert").wait_for()
        fits("wrong")
        assert [one for one in watched.problems if "401" not in one] == []
        watched.problems.clear()
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Where to?").wait_for()
        fits("home")
        assert page.get_by_role("link").all_inner_texts()[1].startswith("Dashboard")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Log out").click()
        page.get_by_label("Password").wait_for()
        page.goto(home + "/home")
        assert page.url == home + "/login?next=%2Fhome"
        assert (watched.problems, watched.foreign) == ([], [])
