from __future__ import annotations

import os
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge import source as source_module
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import (
    current_documents,
    document_bytes,
    documents_as_of,
    pending_documents,
    sync_documents,
)
from aieco_assets.core.knowledge.pending_changes import need_for_run
from aieco_assets.core.knowledge.source import told
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import write
from tests.core.storage.listings import serving


def paths(settings: Settings) -> list[str]:
    with connect(settings.warehouse) as connection:
        return [row.path for row in current_documents(connection)]


def quarantine(settings: Settings) -> dict[str, str]:
    with connect(settings.warehouse) as connection:
        return dict(connection.execute("select path, reason from lake.document_quarantine order by path").fetchall())


def settle(folder: Path) -> None:
    """Date every file ten seconds back: nobody is writing any more."""
    past = time.time() - 10
    for path in folder.rglob("*"):
        os.utime(path, (past, past))


def test_documents_of_known_types_enter_the_lake_and_others_are_counted(knowledge: Settings, source: Path):
    write(source, a__md="# A", questions__jsonl="{}", other__jsonl="{}", __gitkeep="", README="r", b__TXT="b")
    write(source / "deep" / "er", c__html="<p>c")
    write(source / ".hidden", d__md="d")
    sync = sync_documents(knowledge)
    assert (sync.added, sync.read, sync.quarantined) == (3, 3, 0)
    assert told(sync.ignored) == ".jsonl 1, without an ending 1"
    assert sync.ignored.total() == 3
    assert paths(knowledge) == ["a.md", "b.TXT", "deep/er/c.html"]


def test_bytes_come_back_from_the_lake_as_they_were(knowledge: Settings, source: Path):
    write(source, a__txt=b"\x00 any bytes \xff")
    sync_documents(knowledge)
    with connect(knowledge.warehouse) as connection:
        (row,) = current_documents(connection)
    assert document_bytes(knowledge, row.sha256) == b"\x00 any bytes \xff"
    assert open_store(knowledge.lake).list("documents/") == [f"documents/objects/{row.sha256}"]


def test_a_link_to_itself_or_through_a_file_keeps_nothing_else_from_being_read(knowledge: Settings, source: Path):
    write(source, a__md="x")
    (source / "loop.md").symlink_to(source / "loop.md")
    (source / "loop").symlink_to(source / "loop")
    (source / "through.md").symlink_to(source / "a.md" / "none")
    sync_documents(knowledge)
    assert paths(knowledge) == ["a.md"]
    assert quarantine(knowledge) == {"loop.md": "it cannot be read (Too many levels of symbolic links)"}
    assert pending_documents(knowledge).changes == 0


@pytest.mark.parametrize("mode", [0o444, 0o111, 0o000])
def test_what_lies_in_a_folder_that_may_not_be_entered_is_not_taken_for_deleted(
    knowledge: Settings, source: Path, unprivileged: None, mode: int
):
    write(source, a__md="x")
    write(source / "hr", b__md="x")
    sync_documents(knowledge)
    (source / "hr").chmod(mode)
    with pytest.raises(AiecoError, match=r"/hr cannot be read \(Permission denied\): mend its permissions"):
        sync_documents(knowledge)
    (source / "hr").chmod(0o755)
    assert paths(knowledge) == ["a.md", "hr/b.md"]
    assert quarantine(knowledge) == {}


def test_a_second_look_at_the_same_folder_changes_nothing_and_reads_nothing(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    write(source, a__md="a", b__md="b")
    settle(source)
    first = sync_documents(knowledge)
    read: list[str] = []
    monkeypatch.setattr(source_module.DocumentSource, "read", lambda self, path: read.append(path))
    again = sync_documents(knowledge)
    assert (again.unchanged, again.changes, read) == (2, 0, [])
    assert again.digest == first.digest


def test_added_changed_removed_and_renamed_are_told_apart(knowledge: Settings, source: Path):
    write(source, same__md="same", old__md="one", gone__md="gone", name__md="moved")
    sync_documents(knowledge)
    write(source, old__md="two", new__md="new")
    (source / "gone.md").unlink()
    (source / "name.md").rename(source / "other.md")
    pending = pending_documents(knowledge)
    sync = sync_documents(knowledge)
    assert (sync.added, sync.changed, sync.removed, sync.renamed, sync.unchanged) == (1, 1, 1, 1, 1)
    assert pending == sync
    assert paths(knowledge) == ["new.md", "old.md", "other.md", "same.md"]


def test_a_change_that_keeps_size_and_is_made_at_once_is_seen(knowledge: Settings, source: Path):
    write(source, a__md="one")
    sync_documents(knowledge)
    stamp = (source / "a.md").stat()
    write(source, a__md="two")
    os.utime(source / "a.md", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert sync_documents(knowledge).changed == 1


def test_the_manifest_can_name_the_documents_of_an_earlier_moment(knowledge: Settings, source: Path):
    write(source, a__md="one", b__md="b")
    sync_documents(knowledge)
    between = datetime.now(timezone.utc)
    write(source, a__md="two")
    (source / "b.md").unlink()
    sync_documents(knowledge)
    write(source, b__md="b")  # and it comes back
    sync_documents(knowledge)
    with connect(knowledge.warehouse) as connection:
        then, now = documents_as_of(connection, between), current_documents(connection)
    assert [row.path for row in then] == ["a.md", "b.md"]
    assert then[0].sha256 != now[0].sha256
    assert then[1] == now[1]


def test_files_that_cannot_be_taken_are_quarantined_and_the_rest_goes_on(
    knowledge: Settings, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(source_module, "MAX_BYTES", 1024 * 1024)
    write(tmp_path, secret__txt="not in the folder")
    write(source, good__md="good", empty__md="", large__txt=b"x" * (1024 * 1024 + 1))
    (source / "evil\u202efdp.txt").write_text("turned round")
    (source / "link.txt").symlink_to(tmp_path / "secret.txt")
    sync = sync_documents(knowledge)
    assert (sync.read, sync.added, sync.quarantined) == (5, 1, 4)
    assert quarantine(knowledge) == {
        "empty.md": "it is empty",
        "evil\\u202efdp.txt": "its name holds control or invisible characters",
        "large.txt": "it is larger than 1 MB",
        "link.txt": "a link that leads out of the source folder",
    }
    write(source, empty__md="no more")
    sync_documents(knowledge)
    assert "empty.md" not in quarantine(knowledge)


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda folder: shutil.rmtree(folder), "is not a folder: set AIECO_DOCUMENTS"),
        (lambda folder: (folder / "a.md").unlink(), "the 1 documents known so far are kept"),
        (lambda folder: write(folder, a__md=""), "can be used (a.md: it is empty)"),
    ],
)
def test_a_missing_or_empty_source_is_refused_and_wipes_nothing(knowledge: Settings, source: Path, prepare, sentence):
    write(source, a__md="a")
    sync_documents(knowledge)
    prepare(source)
    with pytest.raises(AiecoError) as error:
        sync_documents(knowledge)
    assert sentence in str(error.value)
    assert paths(knowledge) == ["a.md"]


def test_a_run_is_asked_for_once_per_state_and_again_when_an_earlier_state_returns(knowledge: Settings, source: Path):
    keys = []
    for text in ("one", "two", "one", "two"):
        write(source, a__md=text)
        assert need_for_run(knowledge).key == ""  # somebody may still be writing
        settle(source)
        need = need_for_run(knowledge)
        assert need.urgent
        assert need_for_run(knowledge) == need
        keys.append(need.key)
        sync_documents(knowledge)
    assert len(set(keys)) == 4


def test_an_index_behind_the_lake_is_asked_for_again_every_hour(knowledge: Settings, source: Path):
    write(source, a__md="a")
    sync_documents(knowledge)
    moments = [datetime(2026, 1, 1, hour, minute, tzinfo=timezone.utc) for hour, minute in ((1, 0), (1, 59), (2, 0))]
    needs = [need_for_run(knowledge, now) for now in moments]
    assert [need.why for need in needs] == ["The published index is behind the lake."] * 3
    assert needs[0].key == needs[1].key != needs[2].key


def test_documents_that_a_web_server_lists_are_read_with_their_folders_and_only_when_changed(
    knowledge: Settings, source: Path
):
    (source / "hr").mkdir()
    for name in ("a.md", "hr/leave.md"):
        (source / name).write_text(f"# {name}\n")
        os.utime(source / name, (1_600_000_000, 1_600_000_000))
    with serving(source) as site:
        listed = knowledge.model_copy(update={"documents": site.url.replace("//", "//clerk:hunter2@")})
        assert sync_documents(listed).added == 2
        assert paths(listed) == ["a.md", "hr/leave.md"]
        site.got()
        assert (pending_documents(listed).changes, site.got()) == (0, [])
        (source / "a.md").write_text("# B\n")
        (source / "hr" / "leave.md").unlink()
        pending = sync_documents(listed)
        assert (pending.changed, pending.removed, site.got()) == (1, 1, ["a.md"])
        (source / "a.md").unlink()
        with pytest.raises(AiecoError, match="holds no pdf") as caught:
            sync_documents(listed)
        assert "hunter2" not in str(caught.value)


def test_chunks_before_any_document_are_refused_in_a_sentence_and_of_an_emptied_source_none_are_left(
    knowledge: Settings, source: Path
):
    with pytest.raises(AiecoError, match="No document is in the lake yet"):
        refresh_chunks(knowledge)
    write(source, a__md="# A\n\nBees are fed in winter.")
    sync_documents(knowledge)
    assert refresh_chunks(knowledge).chunks == 1
    with connect(knowledge.warehouse) as connection:
        connection.execute("update lake.documents set removed_at = now()")
    assert refresh_chunks(knowledge).chunks == 0
