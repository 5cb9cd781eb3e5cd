"""Documents of an older reader are read again; what is known of them is kept and listed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge import chunks
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.document_facts import listed
from aieco_assets.core.knowledge.lake import current_documents, sync_documents
from aieco_assets.core.knowledge.reading import read_paths
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import write
from tests.core.knowledge.office import mail


def test_a_new_reader_reads_all_again_and_embeds_nothing_that_is_the_same(
    knowledge: Settings, source: Path, monkeypatch: pytest.MonkeyPatch
):
    write(source, a__md="# Leave\n\nIn force from 1 March 2026. Parents get 16 weeks.", b__md="Bikes are free.")
    sync_documents(knowledge)
    refresh_chunks(knowledge)
    assert embed_missing(knowledge).embedded == 2
    monkeypatch.setattr(chunks, "PARSER", "newer")
    assert refresh_chunks(knowledge).parsed == 2
    assert embed_missing(knowledge).embedded == 0
    assert column(open_table(connect_vectors(knowledge), "chunks"), "chunk_id").num_rows == 2
    first = listed(knowledge)[0]
    assert (first["path"], first["title"], first["pages"], first["dates"]["in_force_from"]) == (
        "a.md",
        "Leave",
        1,
        "2026-03-01",
    )


def test_attachments_are_documents_of_their_own_while_the_mail_is_there(knowledge: Settings, source: Path):
    write(source, m__eml=mail("See the prices.", {"prices.csv": b"a;b;c\n1;2;3\n"}), other__md="x")

    def paths() -> list[str]:
        sync_documents(knowledge)
        with connect(knowledge.warehouse) as connection:
            return [row.path for row in current_documents(connection)]

    assert paths() == ["m.eml", "m.eml!prices.csv", "other.md"]
    assert paths() == ["m.eml", "m.eml!prices.csv", "other.md"]
    (source / "m.eml").unlink()
    assert paths() == ["other.md"]


def test_a_file_named_as_an_attachment_is_set_aside_and_never_stands_for_it(knowledge: Settings, source: Path):
    write(source, m__eml=mail("See the prices.", {"prices.csv": b"a;b;c\n1;2;3\n"}), plain__eml=mail("Nothing more."))
    (source / "m.eml!prices.csv").write_bytes(b"a;b;c\n9;9;9\n")
    (source / "plain.eml!key.md").write_text("The key hangs behind the door.")
    for path in source.iterdir():
        os.utime(path, (0, 0))  # trusted to be as it was while its time is
    for _ in range(2):
        sync_documents(knowledge)
        with connect(knowledge.warehouse) as connection:
            now = {row.path: row.sha256 for row in current_documents(connection)}
            reasons = dict(connection.execute("select path, reason from lake.document_quarantine").fetchall())
        assert set(now) == {"m.eml", "m.eml!prices.csv", "plain.eml"}
        assert now["m.eml!prices.csv"] == hashlib.sha256(b"a;b;c\n1;2;3\n").hexdigest()
        assert reasons == {
            "m.eml!prices.csv": "its name is that of an attachment of the mail m.eml: rename it",
            "plain.eml!key.md": "its name is that of an attachment of the mail plain.eml: rename it",
        }


def test_files_are_read_without_a_home_and_what_cannot_be_says_why(tmp_path: Path):
    write(tmp_path, m__eml=mail("See the prices.", {"p.csv": b"a;b;c\n1;2;3\n"}), empty__md="", broken__docx=b"x")
    found = {Path(one.path).name: one for one in read_paths([tmp_path])}
    assert sorted(found) == ["broken.docx", "empty.md", "m.eml", "m.eml!p.csv"]
    assert found["empty.md"].to_json()["quarantined"] == "it is empty"
    assert found["broken.docx"].quarantined.startswith("it is not a readable docx")
    assert found["m.eml!p.csv"].to_json()["pages"] == [{"page": 1, "text": "a | b | c\na: 1 | b: 2 | c: 3"}]


def test_a_file_that_may_not_be_read_is_set_aside_and_a_folder_is_named(tmp_path: Path, unprivileged: None):
    write(tmp_path, a__md="x", b__mbox="From a@b.example")
    write(tmp_path / "hr", c__md="x")
    (tmp_path / "a.md").chmod(0)
    (tmp_path / "hr").chmod(0)
    one, other, inside = read_paths([tmp_path / "a.md", tmp_path / "b.mbox", tmp_path / "hr" / "c.md"])
    assert one.quarantined == inside.quarantined == "it cannot be read (Permission denied)"
    assert other.quarantined.startswith("files of its type are not read (known are")
    with pytest.raises(AiecoError, match=r"/hr cannot be read \(Permission denied\): mend its permissions"):
        [*read_paths([tmp_path])]
    (tmp_path / "hr").chmod(0o755)


def test_a_pipe_among_documents_is_set_aside_and_not_waited_for(tmp_path: Path):
    write(tmp_path, a__md="x")
    os.mkfifo(tmp_path / "b.md")
    found = [(Path(one.path).name, one.quarantined) for one in read_paths([tmp_path, tmp_path / "b.md"])]
    assert found == [("a.md", ""), ("b.md", "it is no regular file"), ("b.md", "it is no regular file")]
