"""A page of a PDF as people know it, with a quote marked in it; drawn by a worker process, as the bytes aren't ours."""

from __future__ import annotations

import json
import subprocess
import sys

from aieco_assets.core.contracts import Page
from aieco_assets.core.knowledge.worker_process import worker_environment

SECONDS = 20.0


class NoPicture(Exception):
    """The page can't be drawn with the quote in it; the message says why."""


def page_picture(data: bytes, page: Page, start: int, end: int) -> bytes:
    """PNG of the page, `page.text[start:end]` marked. Raises NoPicture, also where the quote is not found on it."""
    quote = page.text[start:end]
    if not quote.strip():
        raise NoPicture("the quote is empty")
    request = {"bytes": len(data), "page": page.page, "quote": quote, "before": page.text[:start]}
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "aieco_assets.core.knowledge.picture_worker"],
            input=json.dumps(request).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=worker_environment(),
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NoPicture(f"drawing it takes more than {SECONDS:.0f} s") from None
    if finished.returncode != 0:
        raise NoPicture("its painter crashed")
    reply, _, picture = finished.stdout.partition(b"\n")
    if reason := json.loads(reply).get("refused"):
        raise NoPicture(reason)
    return picture
