"""The tutorial and the how-to guides: what is marked to be run is run, in order, on the shared home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, GUIDES, ROOT, Snippet, snippets
from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
MARKED = [page for page in GUIDES if any(one.shows is not None for one in snippets(page))]


def run(home: Home, one: Snippet) -> str:
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**home.environment, "PATH": places, "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", one.code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{one.name}\n{one.code}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", MARKED, ids=lambda page: str(page.relative_to(DOCS)))
def test_what_a_guide_shows_is_what_happens(filled: Home, page: Path) -> None:
    written = filled.path / "sample" / "documents" / "bicycle-shed.md"
    try:
        for one in snippets(page):
            if one.shows is None:
                continue
            said = run(filled, one)
            for wanted in one.shows:
                if wanted.startswith("not "):
                    assert wanted[4:] not in said, f"{one.name}\n{said}"
                else:
                    assert wanted in said, f"{one.name}: {wanted!r}\n{said}"
    finally:
        if written.exists():
            written.unlink()
            filled.aieco("run")


def test_the_tutorial_is_run_from_the_question_to_the_document_that_is_gone() -> None:
    ran = [one for one in snippets(DOCS / "tutorial.md") if one.shows is not None]
    assert len(ran) >= 8 and sum("aieco run" in one.code for one in ran) == 2
