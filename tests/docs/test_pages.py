"""What the pages of docs/ say is there: files, commands, headings of decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from tests.docs.pages import DOCS, GUIDES, PAGES, ROOT, SHELLS, commands, snippets

DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
ROOMS = sorted(path for path in (DOCS / "decisions").glob("[a-z]*.md"))
COMMANDS = sorted(
    {(c, one.name) for page in GUIDES for one in snippets(page) if one.kind in SHELLS for c in commands(one.code)}
)


def test_links_of_every_page_lead_to_a_file_of_the_repository() -> None:
    lost = []
    for page in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "deploy" / "README.md"]:
        text = re.sub(r"^ *```.*?^ *```|`[^`\n]+`", "", page.read_text(), flags=re.M | re.S)
        lost += [
            f"{page.relative_to(ROOT)}: {target}"
            for target in re.findall(r"\]\(([^()\s#]+)(?:#[^()\s]*)?\)", text)
            if not target.startswith(("mailto:", ".aieco/"))
            and "://" not in target
            and not (page.parent / target).exists()
        ]
    assert lost == []


def test_modules_that_pages_name_are_there() -> None:
    made = "typical_gap"  # by the reader of the recipe
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(
            r"`((?:aieco_assets/|bento/|core/|defs/|orchestrate/|tests/)[\w/]+\.py)`", page.read_text()
        )
    }
    assert len(named) > 40
    lost = [one for one in named if not any((ROOT / at / one[1]).is_file() for at in (".", "aieco_assets"))]
    assert [one for one in lost if made not in one[1]] == []


def test_decisions_that_code_and_pages_name_are_there() -> None:
    named = set()
    for folder in ("aieco_assets", "bento", "benchmarks", "tests", "dbt_project/models", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".sql", ".yml", ".yaml", ".md"):
                named |= set(re.findall(r"docs/decisions/([\w-]+\.md)", path.read_text()))
    assert len(named) > 4
    assert [name for name in named if not (DOCS / "decisions" / name).is_file()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_a_page_with_context_decision_and_consequences(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {int(page.stem[:4])}. ")
    headings = re.findall(r"^## (.*)", text, re.MULTILINE)
    assert headings in (["Context", "Decision", "Consequences"], ["Context", "Decision", "Consequences", "Figures"])
    assert all(part.strip() for part in re.split(r"^## .*\n", text, flags=re.MULTILINE))
    prose = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
    assert len(prose.split()) < 850, "more than a page: it holds several decisions"


def test_decisions_are_numbered_without_a_gap_and_listed_once_in_a_room() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    rooms = [path for path in ROOMS if path.name != "README.md"]
    listed = [name for room in rooms for name in re.findall(r"\((\d{4}-[\w-]+\.md)\)", room.read_text())]
    assert sorted(listed) == [page.name for page in DECISIONS]
    front = (DOCS / "decisions" / "README.md").read_text()
    assert [room.name for room in rooms if f"({room.name})" not in front] == []
    for room in rooms:
        for title, name in re.findall(r"\[([^\]]+)\]\((\d{4}-[\w-]+\.md)\)", room.read_text()):
            assert (DOCS / "decisions" / name).read_text().startswith(f"# {int(name[:4])}. {title}\n")


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) > 40
    assert commands(
        "AIECO_LLM=new.gguf aieco challenge llm   # a new one\n"
        'aieco run --select \'key:"a/b"+\' && aieco ask "it; aieco x"'
    ) == [
        "challenge llm",
        "run --select QUOTED",
        "ask QUOTED",
    ]


@pytest.mark.parametrize(("command", "place"), COMMANDS)
def test_each_command_of_a_guide_has_its_options(command: str, place: str) -> None:
    words = command.replace("[", " ").replace("]", " ").split()
    options = [one.partition("=")[0] for one in words if one.startswith("--")]
    plain = [one for one in words if not one.startswith("-")]
    groups = ("policy", "review", "alerts", "audit", "user", "lineage", "metrics", "finetune")
    names = plain[: 2 if plain[0] in groups else 1]
    result = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0, f"{place}: aieco {command}\n{result.output}"
    assert [one for one in options if one not in result.output] == [], f"{place}: aieco {command}"
