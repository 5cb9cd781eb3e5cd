"""The chat page in a real browser: it asks, shows the citation, opens the page with the quote marked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api

from aieco_assets.core.settings import Settings
from tests.bento.serving import Running, serving
from tests.browser import Watched, chromium

QUESTION = "How many days do I have to return an item?"
# First and last height of the marker's colour, as shares of the picture.
MARKED = """picture => {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const colours = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const rows = [];
  for (let at = 0; at < colours.length; at += 4)
    if (colours[at] === 255 && colours[at + 1] === 229 && colours[at + 2] === 120)
      rows.push(Math.floor(at / 4 / canvas.width));
  return { top: Math.min(...rows) / canvas.height, bottom: Math.max(...rows) / canvas.height };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def running(served: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(served, tmp_path_factory.mktemp("page") / "serve.log") as opened:
        yield opened


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots go; SCREENSHOTS keeps them for a person to look at."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_asks_and_sees_the_quote_in_its_page(
    browser: sync_api.Browser, running: Running, shots: Path, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 800})
    page = context.new_page()
    foreign, problems = [], []
    page.on("request", lambda request: None if request.url.startswith(running.url) else foreign.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    page.goto(running.url)
    page.wait_for_selector('#status[data-state="ready"]')
    page.screenshot(path=shots / f"welcome-{scheme}.png")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge.verified, .badge.quoted", timeout=60_000)
    assert "45 days" in page.locator(".text").inner_text()
    page.screenshot(path=shots / f"answer-{scheme}.png")
    page.locator(".citations button").first.click()
    page.wait_for_selector("mark")
    assert "45 days" in page.locator("mark").inner_text()
    page.screenshot(path=shots / f"citation-{scheme}.png")
    page.keyboard.press("Escape")
    page.get_by_label("Good answer").click()
    page.wait_for_selector('[data-rating="up"][aria-pressed="true"]')

    assert (foreign, problems) == ([], [])
    context.close()


def test_a_citation_says_what_its_document_says_of_itself(browser: sync_api.Browser, running: Running) -> None:
    page = browser.new_page()
    page.goto(running.url)
    page.get_by_label("Your question").fill("How many days of annual leave do I get?")
    page.keyboard.press("Enter")
    source = page.locator(".citations .source").first
    source.wait_for(timeout=60_000)
    assert source.inner_text() == "leave.md, page 1 · Leave policy · dated 2011-02-01"
    page.close()


def test_a_question_without_an_answer_gets_the_pages_that_speak_of_it(
    browser: sync_api.Browser, running: Running, shots: Path
) -> None:
    page = browser.new_page()
    page.goto(running.url)
    page.get_by_label("Your question").fill("What is the phone number for a refund?")
    page.keyboard.press("Enter")
    nearest = page.locator(".citations button").first
    nearest.wait_for(timeout=60_000)
    assert page.locator(".badge.abstained").inner_text() == "No answer found"
    assert page.locator(".text").inner_text().endswith("These pages speak of it:")
    page.screenshot(path=shots / "suggestions.png")
    nearest.click()
    page.wait_for_selector("mark")
    assert page.locator("mark").inner_text() == "A refund reaches your card within 5 days."
    page.close()


def test_a_question_that_leaves_open_what_it_means_gets_choices_to_click(
    browser: sync_api.Browser, running: Running, shots: Path
) -> None:
    page = browser.new_page()
    page.goto(running.url)
    page.get_by_label("Your question").fill("How much does a whole day cost?")
    page.keyboard.press("Enter")
    page.locator(".choices button").first.wait_for(timeout=60_000)
    assert sorted(page.locator(".choices button").all_inner_texts()) == ["Rowing boat", "Sailing boat"]
    assert "70 euros" in page.locator(".text").inner_text() and "140 euros" in page.locator(".text").inner_text()
    page.screenshot(path=shots / "choices.png")
    page.get_by_role("button", name="Sailing boat").click()
    second = page.locator(".turn").nth(1)
    second.locator(".badge.quoted").wait_for(timeout=60_000)
    assert "140 euros" in second.locator(".text").inner_text()
    assert "70 euros" not in second.locator(".text").inner_text()
    page.close()


def test_a_citation_of_a_pdf_shows_its_page_with_the_quote_marked(
    browser: sync_api.Browser, running: Running, shots: Path
) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    foreign, problems = [], []
    page.on("request", lambda request: None if request.url.startswith((running.url, "data:")) else foreign.append(1))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(running.url)
    page.wait_for_selector('#status[data-state="ready"]')
    page.wait_for_selector("#examples button")
    page.locator("body").click(position={"x": 5, "y": 300})
    page.keyboard.press("/")
    page.keyboard.type("How much is the meal allowance per day?")
    page.keyboard.press("Enter")
    page.locator(".citations button").first.click(timeout=60_000)
    picture = page.locator("#page-picture img")
    picture.wait_for()
    assert "38 pounds per day" in (picture.get_attribute("alt") or "")
    marked = picture.evaluate(MARKED)
    page.screenshot(path=shots / "citation-pdf.png")
    text = page.get_by_label("The text that was read")
    assert "38 pounds per day" in text.locator("mark").inner_text()
    seen, read = picture.bounding_box(), text.bounding_box()
    assert seen and read and seen["x"] + seen["width"] <= read["x"]  # beside the picture
    page.keyboard.press("Escape")
    page.get_by_label("Bad answer").click()
    page.get_by_label("What was wrong or good about it?").fill("wine?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thanks")
    page.screenshot(path=shots / "rated.png")

    assert 0.02 < marked["top"] < marked["bottom"] < 0.3  # the two lines of the quote, in the upper part of the page
    assert "Knowledge base v" in page.locator(".meta").inner_text()
    assert (foreign, problems) == ([], [])
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_customer_is_looked_up_and_its_history_drawn(
    browser: sync_api.Browser, running: Running, shots: Path, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    watched = Watched(page, running.url)
    page.goto(running.url)
    page.get_by_label("Look a customer up").click()
    page.get_by_label("Customer id").fill("99999")
    page.keyboard.press("Enter")
    page.get_by_text("None of these customers has a prediction.").wait_for(timeout=60_000)
    page.get_by_label("Customer id").fill("12346")
    page.keyboard.press("Enter")
    page.wait_for_selector("#customer-facts dd")

    facts = page.locator("#customer-facts").inner_text()
    assert "Still a customer" in facts and "Purchases in 90 days" in facts and "30 November 2011" in facts
    plot = page.get_by_role("img", name="5 purchase days in 11 months up to 30 November 2011.")
    plot.wait_for()
    assert (plot.locator(".month").count(), plot.locator(".expected").count()) == (11 + 3, 3)
    said = page.locator("#history-said")
    plot.focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    assert said.inner_text() == "February 2011: 1 purchase day, worth 36."
    page.screenshot(path=shots / f"customer-{scheme}.png")
    page.keyboard.press("End")
    assert said.inner_text().startswith("Expected on days 61 to 90: ")
    plot.locator(".month").nth(3).hover()
    assert said.inner_text() == "April 2011: 2 purchase days, worth 20."
    # The browser's console tells of the two answers that were 404: of a customer that nobody knows.
    assert (watched.foreign, [one for one in watched.problems if "404" not in one]) == ([], [])
    context.close()


def test_a_number_shows_its_metric_filters_freshness_and_groups(
    browser: sync_api.Browser, running: Running, shots: Path
) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(running.url)
    page.wait_for_selector('#status[data-state="ready"]')
    page.get_by_label("Your question").fill("How many sales have we made in the past year in the UK?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge.number", timeout=60_000)

    facts = page.locator(".facts").inner_text()
    assert "orders: Invoices with at least one sale line" in facts
    assert "United Kingdom · 10 December 2010 to 9 December 2011" in facts
    assert "data up to 9 December 2011" in facts
    assert not page.locator(".rows").is_visible()
    page.screenshot(path=shots / "number.png")
    page.get_by_label("Your question").fill("What was our revenue by country?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".rows tr >> nth=3")
    assert page.locator(".rows tr").nth(1).inner_text().split() == ["Germany", "£30.00"]
    page.screenshot(path=shots / "numbers.png")
    assert problems == []
    context.close()


def test_on_a_phone_nothing_sticks_out_and_silence_is_said(
    browser: sync_api.Browser, running: Running, shots: Path
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 720}, device_scale_factor=2, has_touch=True)
    page = context.new_page()
    page.goto(running.url)
    page.wait_for_selector('#status[data-state="ready"]')
    page.screenshot(path=shots / "welcome-phone.png")
    page.get_by_label("Your question").fill("Who painted the <b>ceiling</b> of the Sistine Chapel?")
    page.get_by_label("Send the question").click()
    page.wait_for_selector(".badge.abstained", timeout=60_000)

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".asked b").count() == 0
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Send the question").click()
    page.wait_for_selector(".citations button", timeout=60_000)
    page.screenshot(path=shots / "answer-phone.png")
    page.get_by_label("Your question").fill("top 3 items")
    page.get_by_label("Send the question").click()
    page.wait_for_selector(".rows tr", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.screenshot(path=shots / "numbers-phone.png")
    page.get_by_label("Look a customer up").click()
    page.get_by_label("Customer id").fill("12346")
    page.keyboard.press("Enter")
    plot = page.locator("#customer-history svg")
    plot.wait_for(timeout=60_000)
    assert plot.bounding_box()["width"] <= 360  # type: ignore[index]
    page.screenshot(path=shots / "customer-phone.png")
    context.close()
