"""Which rules are in force: the file, what was written down of it, and what is closed where it can't be read."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance import access
from aieco_assets.core.governance.access import Access, InForce, note_rules
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.waiting import until

RULES = "default: everyone\nfolders:\n  hr: [hr]\n"


@pytest.fixture
def filed(settings: Settings, tmp_path: Path) -> Settings:
    """Two documents, in the manifest."""
    source = tmp_path / "documents"
    (source / "hr").mkdir(parents=True)
    (source / "hr" / "leave.md").write_text("# Leave\n\nEverybody gets 28 days.\n")
    (source / "returns.md").write_text("# Returns\n\nWithin 30 days.\n")
    found = settings.model_copy(update={"documents": str(source)})
    sync_documents(found)
    return found


def write(settings: Settings, text: str | bytes) -> None:
    path = Path(settings.documents) / "access.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def reads(found: InForce, path: str, *groups: str) -> bool:
    return found.rules is None or found.rules.admits(path, (), Reader("anna", frozenset(groups)).principals)


def test_without_a_file_everyone_reads_everything(filed: Settings) -> None:
    assert Access(filed).current() == InForce(None)


def test_a_file_is_in_force_as_soon_as_it_is_written(filed: Settings) -> None:
    followed = Access(filed)
    assert reads(followed.current(), "hr/leave.md")

    write(filed, RULES)

    until(lambda: not reads(followed.current(), "hr/leave.md"), 1, "the rule")
    assert reads(followed.current(), "hr/leave.md", "hr")
    assert reads(followed.current(), "returns.md")


def test_who_can_not_see_the_source_follows_what_was_written_down(filed: Settings) -> None:
    write(filed, RULES)
    elsewhere = Access(filed.model_copy(update={"documents": "/no/such/folder"}))
    assert reads(elsewhere.current(), "hr/leave.md")

    note_rules(filed)

    until(lambda: not reads(elsewhere.current(), "hr/leave.md"), 1, "the rule")
    assert reads(elsewhere.current(), "hr/leave.md", "hr")


def test_the_rules_stay_in_force_when_the_disk_of_the_source_goes(filed: Settings) -> None:
    write(filed, RULES)
    note_rules(filed)
    source = Path(filed.documents)
    followed = Access(filed)
    assert not reads(followed.current(), "hr/leave.md")

    source.rename(source.with_name("away"))
    source.mkdir()

    for fresh in (followed, Access(filed)):
        assert not reads(fresh.current(), "hr/leave.md")
    with pytest.raises(AiecoError, match="is empty"):
        note_rules(filed)


def test_a_file_that_an_editor_is_about_to_write_again_opens_nothing(
    filed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "LOOK_SECONDS", 0.0)
    write(filed, RULES)
    note_rules(filed)
    followed = Access(filed)
    assert not reads(followed.current(), "hr/leave.md")

    (Path(filed.documents) / "access.yaml").unlink()

    assert not reads(followed.current(), "hr/leave.md")
    assert not reads(Access(filed).current(), "hr/leave.md")
    until(lambda: reads(followed.current(), "hr/leave.md"), 10, "reading everything")
    assert note_rules(filed) == InForce(None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("folder:\n  hr: [hr]\n", "unknown key folder"),
        (b"\xff\xfe", "no UTF-8 text"),
        ("a\0b", "characters that are none of a text"),
        (b"#" * 1_000_001, "more than 1,000,000 bytes"),
        ("folders: {hr: [hr\n", "no YAML"),
    ],
)
def test_a_file_that_can_not_be_read_closes_everything(filed: Settings, text: str | bytes, sentence: str) -> None:
    write(filed, text)

    for found in (Access(filed).current(), note_rules(filed)):
        assert len(found.problems) == 1
        assert sentence in found.problems[0]
        assert "until it is mended nobody but the operator reads any document" in found.problems[0]
        assert not reads(found, "returns.md", "hr")


def test_a_file_that_may_not_be_read_closes_everything(filed: Settings) -> None:
    (Path(filed.documents) / "access.yaml").mkdir()  # what even root can't read as a file

    found = Access(filed).current()

    assert "cannot be read" in found.problems[0]
    assert not reads(found, "returns.md", "hr")


def test_a_rule_for_what_never_was_there_closes_what_no_other_rule_names(filed: Settings) -> None:
    write(filed, "default: everyone\nfolders:\n  hhr: [hr]\n  hr: [hr]\ndocuments:\n  gone.md: []\ntags:\n  x: [hr]\n")

    found = Access(filed).current()

    assert [one.split(",")[0] for one in found.problems] == [
        "access.yaml has a rule for the folder hhr",
        "access.yaml has a rule for the document gone.md",
        "access.yaml has a rule for the tag x",
    ]
    assert not reads(found, "returns.md")
    assert reads(found, "hr/leave.md", "hr")


def test_a_folder_whose_documents_went_and_one_that_waits_for_them_can_have_rules(filed: Settings) -> None:
    source = Path(filed.documents)
    (source / "hr" / "leave.md").unlink()
    (source / "hr").rmdir()
    (source / "legal").mkdir()
    sync_documents(filed)
    write(filed, RULES + "  legal: [legal]\n")

    assert Access(filed).current().problems == ()


def test_a_document_that_waits_to_be_read_can_have_a_rule(filed: Settings) -> None:
    (Path(filed.documents) / "hr" / "pay.md").write_text("Grade A earns 31,400 pounds a year.")
    write(filed, RULES + "documents:\n  hr/pay.md: [board]\n")

    assert Access(filed).current().problems == ()

    write(filed, RULES + "documents:\n  hr/Pay.md: [board]\ntags:\n  secret: [board]\n")
    told = Access(filed.model_copy()).current().problems
    assert [one.partition(",")[0] for one in told] == [
        "access.yaml has a rule for the document hr/Pay.md",
        "access.yaml has a rule for the tag secret",
    ]
    assert all("mend its name, or read new documents with `aieco run`" in one for one in told)


def test_each_change_is_written_down_once(filed: Settings) -> None:
    for text in (RULES, RULES, "default: closed\n"):
        write(filed, text)
        note_rules(filed)
        note_rules(filed)

    with connect(filed.warehouse) as connection:
        rows = connection.execute("select rules, problem from lake.access_rules order by access_id").fetchall()
        noted = connection.execute("select action, subject from governance.audit order by sequence").fetchall()
    assert rows == [(RULES, ""), ("default: closed\n", "")]
    assert noted == [("right_changed", "access.yaml")] * 2


def test_what_was_known_stays_in_force_while_postgres_is_away(filed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "LOOK_SECONDS", 0.0)
    write(filed, RULES)
    note_rules(filed)
    elsewhere = filed.model_copy(update={"documents": "/no/such/folder"})
    followed = Access(elsewhere)
    assert not reads(followed.current(), "hr/leave.md")

    gone = elsewhere.model_copy(update={"postgres_url": SecretStr("postgresql://postgres@127.0.0.1:9/none")})
    followed._settings = gone

    assert not reads(followed.current(), "hr/leave.md")
    with pytest.raises(AiecoError, match="Nobody can tell who may read what"):
        Access(gone).current()


@pytest.mark.parametrize("target", ["nowhere.yaml", "../rules/access.yaml"])
def test_a_link_to_a_file_that_is_not_there_is_no_missing_file(filed: Settings, target: str) -> None:
    (Path(filed.documents) / "access.yaml").symlink_to(target)

    found = Access(filed).current()

    assert not reads(found, "returns.md", "hr")
    assert "access.yaml is a link to a file that is not there" in found.problems[0]


def test_a_pipe_of_that_name_holds_nobody_up_and_closes_everything(filed: Settings) -> None:
    os.mkfifo(Path(filed.documents) / "access.yaml")

    found = Access(filed).current()

    assert not reads(found, "returns.md", "hr")
    assert "access.yaml is no file" in found.problems[0]


@pytest.mark.parametrize("name", ["access.yml", "Access.yaml", "access.yaml.txt"])
def test_rules_under_a_name_that_is_not_read_close_everything(filed: Settings, name: str) -> None:
    (Path(filed.documents) / name).write_text(RULES)

    found = Access(filed).current()

    assert not reads(found, "returns.md", "hr")
    assert f"{name} is not read: its name must be access.yaml" in found.problems[0]


def test_a_folder_is_the_same_however_its_accents_are_written(filed: Settings) -> None:
    folder = Path(filed.documents) / unicodedata.normalize("NFD", "Gehälter")
    folder.mkdir()
    (folder / "pay.md").write_text("# Pay\n\nThe scale has nine steps.\n")
    sync_documents(filed)
    write(filed, unicodedata.normalize("NFC", "default: everyone\nfolders:\n  Gehälter: [hr]\n"))

    found = Access(filed).current()

    assert found.problems == ()
    path = f"{folder.name}/pay.md"
    assert (reads(found, path), reads(found, path, "hr"), reads(found, "returns.md")) == (False, True, True)
