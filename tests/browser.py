"""A headless Chromium for tests of pages. Where there is none they are skipped, loudly."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright import sync_api

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        warnings.warn("NO CHROMIUM ON THIS MACHINE: pages are not tested", stacklevel=1)
        pytest.skip("no Chromium on this machine: apt-get install chromium, or set CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


class Watched:
    """A page whose requests to other sites and script errors are collected."""

    def __init__(self, page: sync_api.Page, home: str) -> None:
        self.foreign: list[str] = []
        self.problems: list[str] = []
        page.on("request", lambda request: self._requested(request.url, home))
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _requested(self, url: str, home: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            self.foreign.append(url)
