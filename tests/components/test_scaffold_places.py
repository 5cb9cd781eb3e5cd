"""Where a scaffold may write: only there where Dagster, and so landing, reads it again."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from dagster.components.component_scaffolding import scaffold_object

SOURCE = "aieco_assets.components.DocumentSource"


@pytest.fixture
def defs(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "aieco_assets" / "defs"
    (folder / "lake").mkdir(parents=True)
    (folder / "lake" / "documents.py").write_text("")
    return folder


def scaffold(defs: Path, place: str, folder: str = "docs") -> None:
    """As dg does: the place is put behind the folder of declarations, whatever it is."""
    scaffold_object(defs / place, SOURCE, json.dumps({"folder": folder}), "yaml", defs.parents[1])


def entries(root: Path) -> list[Path]:
    return sorted(root.rglob("*"))


@pytest.mark.parametrize("place", ["../../../../escape/handbook", "lake/../../handbook", "lake/../lake/handbook"])
def test_a_place_outside_of_the_declarations_is_refused_and_nothing_is_left(
    defs: Path, tmp_path: Path, place: str
) -> None:
    before = entries(tmp_path.parent)
    with pytest.raises(click.ClickException, match=r"does not lie below .*defs, where declarations are read"):
        scaffold(defs, place)
    assert entries(tmp_path.parent) == before


def test_an_absolute_place_elsewhere_is_refused_and_nothing_is_left(defs: Path, tmp_path: Path) -> None:
    before = entries(tmp_path)
    with pytest.raises(click.ClickException, match="elsewhere/a/handbook does not lie below"):
        scaffold(defs, str(tmp_path / "elsewhere" / "a" / "handbook"))
    assert entries(tmp_path) == before


@pytest.mark.parametrize("place", ["lake/.old/handbook", ".handbook", "lake/__pycache__/handbook"])
def test_a_hidden_place_is_refused_because_nobody_reads_it(defs: Path, place: str) -> None:
    before = entries(defs)
    with pytest.raises(click.ClickException, match=r"Nothing in a folder .* is read: take another name"):
        scaffold(defs, place)
    assert entries(defs) == before


def test_a_place_below_another_declaration_is_refused_but_for_a_folder_of_declarations(defs: Path) -> None:
    scaffold(defs, "lake/handbook")
    with pytest.raises(click.ClickException, match=r"lake/handbook is read, as it has a defs.yaml: take a folder bes"):
        scaffold(defs, "lake/handbook/more/wiki")
    assert not (defs / "lake" / "handbook" / "more").exists()
    (defs / "group").mkdir()
    (defs / "group" / "defs.yaml").write_text("type: dagster.DefsFolderComponent\n")
    scaffold(defs, "group/wiki")
    assert (defs / "group" / "wiki" / "defs.yaml").exists()


@pytest.mark.parametrize("url", ["https://ghp_secret123@host/x", "https://u:secret123@host/x", "http://h/?t=secret123"])
def test_a_login_is_refused_before_it_is_written_down(defs: Path, url: str) -> None:
    before = entries(defs)
    with pytest.raises(click.ClickException) as caught:
        scaffold(defs, "lake/web", url)
    assert "secret123" not in caught.value.message
    assert entries(defs) == before
