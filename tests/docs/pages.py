"""The pages of docs/ as they stand in the repository: their links, code and what is marked to be run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
GUIDES = [*sorted((DOCS / "how-to").glob("*.md")), *sorted(DOCS.glob("*.md"))]
SHELLS = ("sh", "bash", "console", "")
_FENCE = re.compile(
    r"^(?:<!-- run:(?P<shows>[^\n]*)-->\n)?(?P<in> *)```(?P<kind>\w*)\n(?P<code>.*?)^(?P=in)```", re.M | re.S
)


@dataclass(frozen=True)
class Snippet:
    """Code of a page. `shows`: what its output must hold, or `not …` must not; None where it is not to be run."""

    page: Path
    line: int
    code: str
    kind: str
    shows: tuple[str, ...] | None

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """Every fenced code of a page, in order."""
    text = page.read_text()
    found = []
    for fence in _FENCE.finditer(text):
        shows = fence["shows"]
        wanted = None if shows is None else tuple(one.strip() for one in shows.split("|") if one.strip())
        line = text.count("\n", 0, fence.start("kind")) + 1
        found.append(Snippet(page, line, fence["code"], fence["kind"], wanted))
    return found


def commands(code: str) -> list[str]:
    """The `aieco …` commands of a shell's code: lines joined; comments, pipes, variables cut off."""
    lines = re.sub(r"\\\n\s*", " ", code).splitlines()
    found = []
    for line in lines:
        for part in re.split(r"&&|\|\|?|;(?=\s|$)|\$\(|<<", _without_quoted(line)):
            words = part.replace('"$(', " ").strip(" $").split()
            while words and re.fullmatch(r"\w+=\S*|exec|eval|nohup|sudo", words[0]):
                words.pop(0)
            if words[:1] == ["aieco"] and len(words) > 1:
                found.append(" ".join(words[1:]).rstrip(")\"'&").strip())
    return found


def _without_quoted(line: str) -> str:
    """Quoted texts as one word, so that nothing in them looks like a command; a comment gone."""
    return re.sub(r"(?:^|\s)#.*", "", re.sub(r'"[^"$]*"|\'[^\']*\'', "QUOTED", line))
