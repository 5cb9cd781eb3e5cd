"""Declarations as Dagster reads them and as the core does, side by side: what stands in the graph is what is landed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aieco_assets.components import DocumentSource, TransactionSource
from aieco_assets.components.refusal import refusal
from aieco_assets.core.declared.sources import DOCUMENTS, SPELLINGS, TRANSACTIONS, read_sources
from aieco_assets.core.errors import AiecoError

TYPE = "type: aieco_assets.components.DocumentSource\n"
SAID = f"{TYPE}attributes: {{folder: docs}}\n"


@pytest.fixture
def defs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder `defs` of a graph of its own."""
    folder = tmp_path / "aieco_assets" / "defs"
    folder.mkdir(parents=True)
    before = {name: one for name, one in sys.modules.items() if name.partition(".")[0] == "probed"}
    assert not before
    (tmp_path / "probed").symlink_to(folder.parent)
    for one in (folder.parent, folder):
        (one / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "probed" / "defs"
    for name in [name for name in sys.modules if name.partition(".")[0] == "probed"]:
        del sys.modules[name]


def write(defs: Path, place: str, text: str = SAID, name: str = "defs.yaml") -> Path:
    (defs / place).mkdir(parents=True, exist_ok=True)
    (defs / place / name).write_text(text, encoding="utf-8")
    return defs / place


def loaded(defs: Path) -> dg.Definitions:
    importlib.invalidate_caches()
    tree = dg.ComponentTree(defs_module=importlib.import_module("probed.defs"), project_root=defs.parents[1])
    assert tree.defs_module_path == defs
    return tree.build_defs(defs)


def in_the_graph(defs: Path) -> list[str]:
    keys = loaded(defs).resolve_asset_graph().get_all_asset_keys()
    return sorted(key.to_user_string() for key in keys)


def landed(defs: Path) -> list[str]:
    return sorted(f"{one.layer}/{one.name}" for kind in (DOCUMENTS, TRANSACTIONS) for one in read_sources(defs, kind))


def refused(defs: Path) -> str:
    with pytest.raises(Exception) as caught:
        loaded(defs)
    said = refusal(caught.value, defs.parents[1])
    assert said is not None, repr(caught.value)
    return str(said)


def test_what_dagster_shows_is_what_the_core_lands(defs: Path, tmp_path: Path) -> None:
    write(defs, "lake/handbook")
    write(defs, "lake/handbook/below")  # a declaration ends the search in its folder
    write(defs, "lake/.old")
    write(defs, ".hidden/archive")
    write(defs, "lake/__pycache__")
    write(defs, "lake/__pycache__/cached")
    write(defs, "lake/notes", name="defs.yml")
    write(defs, "lake/older", name="component.yaml")
    write(defs, "lake/two", "type: dagster.components.DefsFolderComponent\n", name="defs.yml")
    write(defs, "lake/two")  # counts before defs.yml
    write(defs, "group", "# of DefsFolderComponent\ntype: dagster.DefsFolderComponent\n")
    write(defs, "group/inside/wiki")
    write(defs, "group/.inside/wild")
    board = write(tmp_path / "elsewhere", "board")
    write(tmp_path / "elsewhere", "board/below")
    (defs / "lake" / "board").symlink_to(board, target_is_directory=True)
    write(tmp_path / "elsewhere", "team/minutes")
    (defs / "team").symlink_to(tmp_path / "elsewhere" / "team", target_is_directory=True)
    (defs / "lake" / "gone").symlink_to(tmp_path / "nowhere", target_is_directory=True)
    (defs / "lake" / "linked").mkdir()
    (defs / "lake" / "linked" / "defs.yaml").symlink_to(board / "defs.yaml")
    for kind, spellings in SPELLINGS.items():
        for at, spelling in enumerate(spellings):
            write(defs, f"spelt/{kind.lower()}{at}", f"type: '{spelling}'\nattributes: {{folder: docs}}\n")
    several = f"--- # first\n{SAID}...\n---\ntype: aieco_assets.components.TransactionSource\nattributes:\n"
    write(defs, "lake/several", f"{several}  folder: web\n  description: |\n    ---\n    said\n")
    assert landed(defs) == in_the_graph(defs)
    assert [one for one in landed(defs) if "source" not in one] == [
        "documents/board", "documents/handbook", "documents/linked", "documents/minutes", "documents/notes",
        "documents/older", "documents/several", "documents/two", "documents/wiki", "transactions/several",
    ]  # fmt: skip
    assert len(landed(defs)) == 14


def test_every_spelling_that_is_landed_is_the_component() -> None:
    for kind, component in ((DOCUMENTS, DocumentSource), (TRANSACTIONS, TransactionSource)):
        for spelling in SPELLINGS[kind]:
            module, _, name = spelling.rpartition(".")
            assert getattr(importlib.import_module(module), name) is component


@pytest.mark.parametrize(
    "text",
    [
        SAID.replace("aieco_assets.components.", "probed.own."),
        f"{TYPE}attributes: {{folder: \"{{{{ env['WIKI'] }}}}\"}}\n",
        f'{TYPE}attributes: {{folder: "{{{{ env.WIKI | lower }}}}"}}\n',
    ],
)
def test_an_asset_that_nothing_would_be_landed_for_ends_the_loading_in_one_sentence(
    defs: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIKI", "Docs")
    (defs.parent / "own.py").write_text("from aieco_assets.components import DocumentSource\n")
    write(defs, "lake/handbook", text)
    said = refused(defs)
    assert "lake/handbook/defs.yaml" in said and "env.NAME" in said


def test_a_module_of_the_house_that_only_passes_the_component_on_is_no_spelling_of_it(defs: Path) -> None:
    write(defs, "lake/handbook", SAID.replace("components.", "components.source_asset."))
    with pytest.raises(AiecoError, match=r"lake/handbook/defs.yaml: the type .* is not known to landing: write aieco_"):
        read_sources(defs, DOCUMENTS)


def test_links_that_lead_back_to_where_they_lie_end_in_one_sentence(defs: Path) -> None:
    write(defs, "lake/handbook")
    (defs / "lake" / "round").symlink_to(defs / "lake", target_is_directory=True)
    with pytest.raises(AiecoError, match=r"lake/round leads back to a folder that it lies in"):
        read_sources(defs, DOCUMENTS)


UNREADABLE = {
    "latin-1": (f"{SAID}# Bücher\n".encode("latin-1"), "lake/handbook/defs.yaml is not in UTF-8: save it so"),
    "utf-16": (SAID.encode("utf-16"), "lake/handbook/defs.yaml is not in UTF-8: save it so"),
    "empty": (b"", "lake/handbook/defs.yaml declares nothing: write its `type`"),
    "a comment": (b"# later\n", "lake/handbook/defs.yaml declares nothing: write its `type`"),
    "a word": (b"hello", "lake/handbook/defs.yaml declares nothing: write its `type`"),
    "a folder": (None, "lake/handbook/defs.yaml cannot be read (Is a directory): make it a file"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_no_declaration_is_named_in_one_sentence_by_both(defs: Path, case: str) -> None:
    data, told = UNREADABLE[case]
    file = write(defs, "lake/handbook") / "defs.yaml"
    if data is None:
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(data)
    with pytest.raises(AiecoError) as caught:
        read_sources(defs, DOCUMENTS)
    for said in (str(caught.value), refused(defs)):
        assert told in said


NONE_AT_ALL = {
    "some type": "lake/handbook/defs.yaml, line 1: write a `type` there and, under `attributes`, a value for each.",
    f"{SAID}---\n": "lake/handbook/defs.yaml, line 4: write a `type` there",
    "hello: type": "lake/handbook/defs.yaml, line 1: there is no attribute hello; type is needed.",
    "type: 5": "lake/handbook/defs.yaml, line 1: mend type: input should be a valid string.",
    "type: nope": "A defs.yaml names a type that is none (Invalid component type name: `nope`): `dg list",
    "type: aieco_assets.components.__name__": "names a type that is none (Component type aieco_assets.components.__na",
    "{{type}}": "lake/handbook/defs.yaml is no YAML (line 1)",
    "type: a.\0b": "lake/handbook/defs.yaml is no YAML",
    f"{TYPE}attributes: [1]": "line 2: write a `type` there and, under `attributes`, a value for each.",
}


@pytest.mark.parametrize("text", NONE_AT_ALL)
def test_what_is_no_declaration_ends_the_loading_in_one_sentence(defs: Path, text: str) -> None:
    write(defs, "lake/handbook", text)
    assert NONE_AT_ALL[text] in refused(defs)


WRONG = {
    "shared: true": "mend shared",
    "shared: customers": "mend shared",
    "shared: [people]": "can't share people",
    "folder: [a]": "mend folder",
    "mapping: {a: b}": "mend mapping",
    "folder: http://[::1/x": "mend `folder` of the transaction source web",
    "folder: ~nosuchuser/x": "mend `folder` of the transaction source web",
    "folder: https://host/x?token=ghp_secret123": "a host and a folder, nothing else",
    "folder: https://u:secret123@host/x": "lake/web/defs.yaml: https://host/x has a login, which belongs into no file",
    "folder: https://ghp_secret123@host/x": "has a login",
    "folder: 'https://{{ env.WEB_USER }}:secret123@host/x'": "has a login",
    "folder: 'https://{{ env.WEB_USER }}:secret123{{ env.WEB_USER }}@host/x'": "has a login",
    "folder: s3://key:secret123@bucket/x": "has a login",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_a_source_may_not_say_is_one_sentence_without_a_secret(
    defs: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_USER", "ann")
    folder = "" if line.startswith("folder") else "  folder: web\n"
    write(defs, "lake/web", f"type: aieco_assets.components.TransactionSource\nattributes:\n{folder}  {line}\n")
    with pytest.raises(AiecoError) as caught:
        read_sources(defs, TRANSACTIONS)
    assert WRONG[line] in str(caught.value) and "secret123" not in str(caught.value)
    assert "secret123" not in refused(defs)


@pytest.mark.parametrize(
    "folder",
    [
        "{{ env.WHOLE }}",
        "https://{{ env.TOKEN }}@host/x",
        "https://{{ env.WEB_USER }}:{{ env.TOKEN }}@host/x",
        "https://ann:{{ env.TOKEN }}@host/x",
        "https://host:{{ env.PORT }}/x",
    ],
)
def test_a_login_that_the_environment_holds_is_used_and_stands_nowhere(
    defs: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"WHOLE": "https://ann:secret123@host/x", "TOKEN": "secret123", "WEB_USER": "ann", "PORT": "8443"}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    write(defs, "lake/web", f"{TYPE}attributes: {{folder: '{folder}'}}\n")
    (source,) = read_sources(defs, DOCUMENTS)
    assert ("secret123" in source.url) is ("PORT" not in folder) and "secret123" not in source.shown
    assert in_the_graph(defs) == ["documents/web"]
