"""The docs site: it builds strictly, every link in it leads somewhere, and nothing of it asks another machine."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from aieco_assets.core.metrics.catalog import listed
from aieco_assets.core.monitoring.signal_catalogue import METRICS
from aieco_assets.core.policy.schema import json_schema
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack import docs_site
from aieco_assets.dashboard.__main__ import served
from tests.browser import Watched, chromium
from tests.docs.pages import ROOT


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if value and (name, tag) in (("href", "a"), ("href", "link"), ("src", "img"), ("src", "script")):
                self.targets.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "AIECO_LLM": "/nowhere/of/this/machine.gguf"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr, built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, _Page]:
    return {str(path.relative_to(site)): _Page(path.read_text()) for path in site.rglob("*.html")}


def test_every_link_and_anchor_leads_somewhere(site: Path, pages: dict[str, _Page]) -> None:
    lost = []
    for place, page in pages.items():
        if place == "404.html":  # its links begin at the root of a server
            continue
        for target in page.targets:
            parts = urlsplit(urljoin(f"http://site/{place}", target))
            if parts.netloc != "site":
                continue
            file = unquote(parts.path).lstrip("/")
            file = f"{file}index.html" if file.endswith("/") or not file else file
            known = (site / file).is_file()
            if not known or (parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].ids):
                lost.append(f"{place}: {target}")
    assert lost == []


def test_nothing_is_fetched_from_another_machine(site: Path, pages: dict[str, _Page]) -> None:
    for place in pages:
        text = (site / place).read_text()
        assert re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="https?://[^"]*"', text) == [], place


def test_the_reference_is_what_the_code_says(site: Path) -> None:
    def page(name: str) -> str:
        return (site / "reference" / name / "index.html").read_text()

    variables = {f"AIECO_{name.upper()}" for name in Settings.model_fields if name != "mlflow_tracking_uri"}
    assert [one for one in variables if f"<code>{one}</code>" not in page("settings")] == []
    assert "machine.gguf" not in page("settings")  # defaults, and never what stands in an environment
    assert [one["name"] for one in listed() if f"<code>{one['name']}</code>" not in page("metrics")] == []
    assert [name for name in METRICS if f"<code>{name}</code>" not in page("signals")] == []
    assert [name for name in json_schema()["$defs"] if f'id="{name.lower()}"' not in page("policies")] == []
    for command in ("aieco run", "aieco ask", "aieco policy check", "aieco alerts ack"):
        assert f'id="{command.replace(" ", "-")}"' in page("commands")
    for path in ("/answer", "/search", "/predict", "/v1/chat/completions"):
        assert f'id="post-{path.strip("/").replace("/", "")}"' in page("http")


def test_the_reference_is_not_committed() -> None:
    assert not (ROOT / "docs" / "reference").exists()
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "site/" in ignored


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


WIDEST = ["", "tutorial/", "reference/settings/", "reference/commands/", "reference/http/", "decisions/answers/"]


def test_pages_fit_a_screen_and_a_telephone_and_search_finds_a_page_without_a_network(
    address: str, tmp_path: Path
) -> None:
    shots = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    with chromium() as browser:
        page = browser.new_page()
        watched = Watched(page, address)
        for place in [*WIDEST, "explanation/architecture/", "policies/", "decisions/0058-hand-made-rules/"]:
            page.goto(f"{address}/{place}")
            for width in (1280, 400):
                page.set_viewport_size({"width": width, "height": 800})
                page.screenshot(path=shots / f"docs-{place.strip('/').replace('/', '-') or 'index'}-{width}.png")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (place, width)
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            if width < 500:
                page.locator("label[for=__search]").first.click()
            page.locator("input[name=query]").click()
            page.locator("input[name=query]").press_sequentially("AIECO_LLM_TEMPERATURE")
            # While it is typed, each beginning of the word has results of its own.
            expect(page.locator(".md-search-result__link").first).to_contain_text("Settings", timeout=30_000)
        assert (watched.problems, watched.foreign) == ([], [])


def test_the_dashboard_serves_the_site_where_it_was_built(
    settings: Settings, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pages_of_sales(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"sales"})

    def ask(path: str) -> str:
        return TestClient(served(settings, pages_of_sales), base_url="http://127.0.0.1").get(path).text

    monkeypatch.setattr(docs_site, "site", lambda: site / "nothing")
    monkeypatch.setattr("aieco_assets.dashboard.__main__.site", lambda: site)
    assert ask("/docs-site/") == "sales"  # as every other page that there is none of
    monkeypatch.setattr(docs_site, "site", lambda: site)
    assert "Tutorial" in ask("/docs-site/")
    assert "aieco policy check" in ask("/docs-site/reference/commands/")
    missing = TestClient(served(settings, pages_of_sales), base_url="http://127.0.0.1").get("/docs-site/not/there/")
    styles = re.findall(r'<link rel="stylesheet" href="(/[^"]+)"', missing.text)
    assert missing.status_code == 404 and styles and all("{" in ask(one) for one in styles)
    assert ask("/") == "sales"
    assert "aieco_assets" not in ask("/docs-site/%2e%2e/pyproject.toml")
