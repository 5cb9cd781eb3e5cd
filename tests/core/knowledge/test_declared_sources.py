"""Documents of several sources in one knowledge base: landed, told apart, given rights, erased and taken away again."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.contracts import Reader
from aieco_assets.core.declared.sources import DOCUMENTS, DeclaredSource, read_sources
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.access import note_rules
from aieco_assets.core.governance.erasure import erase_document
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import pending_documents, sync_documents
from aieco_assets.core.knowledge.pending_changes import need_for_run
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.sources import check_sources
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import write
from tests.core.knowledge.test_lake import paths, settle
from tests.core.storage.listings import serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "people"
    made.mkdir()
    return made


@pytest.fixture
def handbook(folder: Path) -> DeclaredSource:
    return DeclaredSource(DOCUMENTS, "handbook", str(folder))


@pytest.fixture
def filled(knowledge: Settings, source: Path, folder: Path, handbook: DeclaredSource) -> Settings:
    """Two sources, each with a document of the same name."""
    write(source, leave__md="# Leave\n\nThe shops close at six.", returns__md="# Returns\n\nWithin 30 days.")
    write(folder, leave__md="# Leave\n\nEverybody gets 28 days of leave.")
    settle(source)
    settle(folder)
    sync_documents(knowledge, declared=[handbook])
    return knowledge


def test_documents_of_the_same_name_stand_beside_each_other_and_a_second_look_changes_nothing(
    filled: Settings, handbook: DeclaredSource
) -> None:
    assert paths(filled) == ["handbook/leave.md", "leave.md", "returns.md"]
    again = sync_documents(filled, declared=[handbook])
    assert (again.read, again.unchanged, again.changes) == (3, 3, 0)
    refresh_chunks(filled)
    chunks = column(open_table(connect_vectors(filled), "chunks"), "document", "text")
    told = {row["document"]: row["text"] for row in chunks.to_pylist()}
    assert "28 days" in told["handbook/leave.md"] and "six" in told["leave.md"]


def test_what_changes_in_any_source_asks_for_a_run(filled: Settings, folder: Path, handbook: DeclaredSource) -> None:
    write(folder, sick__md="# Sick\n\nCall before nine.")
    settle(folder)
    assert need_for_run(filled, declared=[handbook]).why == "1 documents came, changed, moved or went."
    (folder / "leave.md").unlink()
    sync = sync_documents(filled, declared=[handbook])
    assert (sync.added, sync.removed) == (1, 1)
    assert paths(filled) == ["handbook/sick.md", "leave.md", "returns.md"]


def test_without_the_declaration_its_documents_go_and_with_it_they_come_back(
    filled: Settings, handbook: DeclaredSource
) -> None:
    assert pending_documents(filled).removed == 1
    assert sync_documents(filled).removed == 1
    assert paths(filled) == ["leave.md", "returns.md"]
    with connect(filled.warehouse) as connection:
        assert connection.execute("select * from ops.sources").fetchall() == []
    assert sync_documents(filled, declared=[handbook]).added == 1


def test_a_document_that_moves_from_one_source_to_another_was_renamed(
    filled: Settings, source: Path, folder: Path, handbook: DeclaredSource
) -> None:
    (source / "returns.md").rename(folder / "returns.md")
    sync = sync_documents(filled, declared=[handbook])
    assert (sync.renamed, sync.added, sync.removed) == (1, 0, 0)


def test_a_source_that_is_gone_or_empty_takes_nothing_away_and_is_named_in_one_sentence(
    filled: Settings, source: Path, folder: Path, handbook: DeclaredSource
) -> None:
    write(source, new__md="# New")
    folder.rename(folder.with_name("away"))
    gone = "is not a folder: set `folder` of the document source handbook to one that exists"
    for look in (sync_documents, pending_documents, check_sources):
        with pytest.raises(AiecoError, match=gone):
            look(filled, declared=[handbook])
    folder.mkdir()
    with pytest.raises(AiecoError, match="file; the 1 documents known so far are kept: put one there or mend `folder`"):
        sync_documents(filled, declared=[handbook])
    assert paths(filled) == ["handbook/leave.md", "leave.md", "returns.md"]


def test_a_folder_of_the_name_of_a_source_is_refused(filled: Settings, source: Path, handbook: DeclaredSource) -> None:
    write(source / "handbook", a__md="# A")
    with pytest.raises(AiecoError, match="has a folder handbook, and a document source is declared under this name"):
        sync_documents(filled, declared=[handbook])
    assert paths(filled) == ["handbook/leave.md", "leave.md", "returns.md"]


def test_a_place_inside_another_source_is_refused_because_its_rules_would_not_hold_there(
    filled: Settings, source: Path
) -> None:
    (source / "hr").mkdir()
    with pytest.raises(AiecoError, match=r"lies in .*and both are read"):
        sync_documents(filled, declared=[DeclaredSource(DOCUMENTS, "people", str(source / "hr"))])


def test_rules_of_access_name_the_source_as_a_folder_and_are_refused_where_they_would_not_count(
    filled: Settings, source: Path, folder: Path, handbook: DeclaredSource
) -> None:
    (source / "access.yaml").write_text("default: everyone\nfolders:\n  handbook: [hr]\n")
    rules = note_rules(filled).rules
    assert rules is not None
    for path, groups, reads in (
        ("handbook/leave.md", (), False),
        ("handbook/leave.md", ("hr",), True),
        ("leave.md", (), True),
    ):
        assert rules.admits(path, (), Reader("anna", frozenset(groups)).principals) is reads
    (folder / "ACCESS.yml").write_text("default: nobody\n")
    write(folder, secret__md="# Secret")
    with pytest.raises(AiecoError, match=r"holds ACCESS.yml, which counts at the root of AIECO_DOCUMENTS only"):
        sync_documents(filled, declared=[handbook])
    assert "handbook/secret.md" not in paths(filled)


def test_an_erased_document_of_a_source_stays_out_and_its_namesake_stays(
    filled: Settings, handbook: DeclaredSource
) -> None:
    erase_document(filled, "handbook/leave.md", "ann")
    assert paths(filled) == ["leave.md", "returns.md"]
    again = sync_documents(filled, declared=[handbook])
    assert (again.erased, again.changes) == (1, 0)


def test_a_web_listing_can_be_a_source(knowledge: Settings, source: Path, folder: Path) -> None:
    write(source, a__md="# A")
    write(folder, a__md="# B")
    with serving(folder) as site:
        listed = DeclaredSource(DOCUMENTS, "wiki", site.url)
        assert sync_documents(knowledge, declared=[listed]).added == 2
        assert pending_documents(knowledge, [listed]).changes == 0
    assert paths(knowledge) == ["a.md", "wiki/a.md"]


def declare(defs: Path, place: str, text: str) -> None:
    (defs / place).mkdir(parents=True)
    (defs / place / "defs.yaml").write_text(text)


def test_declarations_are_read_with_paths_of_the_project_and_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defs, kind = tmp_path / "aieco_assets" / "defs", "type: aieco_assets.components.DocumentSource\n"
    declare(defs, "lake/handbook", f"{kind}attributes:\n  folder: docs/handbook\n")
    declare(defs, "lake/wiki", f"{kind}attributes:\n  folder: '{{{{ env.WIKI }}}}'\n")
    declare(defs, "marts/sales", "type: aieco_assets.components.Mart\nattributes: [\n")
    with pytest.raises(AiecoError, match=r"lake/wiki/defs.yaml names the variable WIKI, which is not set"):
        read_sources(defs, DOCUMENTS)
    declare(defs, "lake/notes", f"{kind}attributes:\n  foldr: docs/notes\n")
    with pytest.raises(AiecoError, match=r"lake/notes/defs.yaml: there is no attribute foldr; it has folder, owner,"):
        read_sources(defs, DOCUMENTS)
    (defs / "lake" / "notes" / "defs.yaml").unlink()
    monkeypatch.setenv("WIKI", "https://ann:secret@wiki.example/docs")
    handbook, wiki = read_sources(defs, DOCUMENTS)
    assert (handbook.name, handbook.url, handbook.storage) == ("handbook", str(tmp_path / "docs" / "handbook"), "file")
    assert (wiki.name, wiki.shown, wiki.storage) == ("wiki", "https://wiki.example/docs", "http")
    declare(defs, "knowledge/wiki", f"{kind}attributes:\n  folder: s3://bucket/wiki\n")
    with pytest.raises(AiecoError, match="declares the document source wiki, which there is already"):
        read_sources(defs, DOCUMENTS)
