"""How the chat page shows a written answer and a quoted one, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright import sync_api

from tests.bento.writing import FIRST, SECOND, Gated, Writing
from tests.browser import Watched, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: sync_api.Browser, writing_url: str) -> Iterator[sync_api.Page]:
    with closing(browser.new_page(viewport={"width": 1100, "height": 800})) as opened:
        watched = Watched(opened, writing_url)
        opened.goto(writing_url)
        opened.wait_for_selector('#status[data-state="ready"]')
        yield opened
        assert (watched.foreign, watched.problems) == ([], [])


def ask(page: sync_api.Page, writing: Writing, says: str) -> None:
    writing.writes(Gated("", says)).gate.set()
    page.get_by_label("Your question").fill("How do I return goods that I ordered online?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge.verified, .badge.quoted", timeout=60_000)


def shot(page: sync_api.Page, name: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def test_a_written_answer_shows_its_list_as_a_list_and_its_quotes_as_evidence(
    page: sync_api.Page, writing: Writing, tmp_path: Path
) -> None:
    ask(page, writing, f"You need:\n- Send the parcel with the label that came with it. [1]\n- Your {SECOND[4:]} [1]")
    shot(page, "written", tmp_path)
    assert page.locator(".badge").inner_text() == "✓ Verified against the quotes"
    assert "% sure that it answers the question" in page.locator(".sure").inner_text()
    assert page.locator(".text > p").all_inner_texts() == ["You need:"]
    assert page.locator(".text li").count() == 2
    assert page.locator(".evidence").is_visible()
    assert page.locator(".citations .quote").all_inner_texts()[-1] == SECOND


def test_a_quoted_answer_is_shown_once_with_the_page_that_says_it(
    page: sync_api.Page, writing: Writing, tmp_path: Path
) -> None:
    ask(page, writing, f"{FIRST} [1] {SECOND} [1]")
    shot(page, "quoted", tmp_path)
    assert page.locator(".badge").inner_text() == "✓ Quoted word for word"
    assert page.locator(".text").inner_text() == f"{FIRST} {SECOND}"
    assert page.locator(".citations .quote").count() == 0
    assert not page.locator(".evidence").is_visible()
    assert page.locator(".citations .source").all_inner_texts() == ["returns.pdf, page 1"]
