from __future__ import annotations

import json
from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings
from tests.core.finetuning.home import THINGS, text_of
from tests.core.knowledge.files import write


@pytest.fixture
def knowledge(settings: Settings, tmp_path: Path) -> Settings:
    source = write(tmp_path / "documents", **{f"{one}__md": text_of(one, n) for n, one in enumerate(THINGS, 1)})
    lines = [
        {"question": f"Where do I get {thing}?", "must_contain": ["floor"], "citations": [[f"{thing}.md", 1]]}
        for thing in THINGS[:6]
    ]
    (source / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return settings.model_copy(update={"documents": str(source)})
