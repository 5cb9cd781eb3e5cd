from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.sample import SampleInfo, transactions, write_sample


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_writes_documents_transactions_and_questions(tmp_path):
    info = write_sample(tmp_path / "home", days=9)
    sample = tmp_path / "home" / "sample"
    assert info == SampleInfo(documents=25, questions=38, days=8, lines=info.lines, written=True)
    assert names(sample) == {"documents", "transactions", "questions.jsonl", "sample.json"}
    assert "2024-10-05.csv" not in names(sample / "transactions")  # a Saturday
    assert info.lines == sum(text.count(b"\n") - 1 for text in tree(sample / "transactions").values())
    assert names(tmp_path / "home") == {"sample", ".sample.lock"}


def test_the_whole_sample_is_a_year(tmp_path):
    info = write_sample(tmp_path)
    assert info.days == 309
    assert 40_000 < info.lines < 60_000


def test_a_complete_sample_is_left_alone(tmp_path):
    first = write_sample(tmp_path, days=3)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != ".sample.lock"}
    second = write_sample(tmp_path, days=3)
    assert second == SampleInfo(first.documents, first.questions, first.days, first.lines, written=False)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != ".sample.lock"}


def test_two_homes_get_the_same_bytes(tmp_path):
    write_sample(tmp_path / "one", days=3)
    write_sample(tmp_path / "two", days=3)
    assert tree(tmp_path / "one" / "sample") == tree(tmp_path / "two" / "sample")


def test_a_document_that_was_removed_or_added_by_hand_stays_so(tmp_path):
    write_sample(tmp_path, days=3)
    documents = tmp_path / "sample" / "documents"
    (documents / "gift-cards.docx").unlink()
    (documents / "mine.md").write_text("# Mine\n")
    assert not write_sample(tmp_path, days=3).written
    assert "gift-cards.docx" not in names(documents)
    assert "mine.md" in names(documents)


def test_a_new_version_replaces_ours_and_keeps_what_people_added_or_changed(tmp_path):
    write_sample(tmp_path, days=3)
    documents = tmp_path / "sample" / "documents"
    (documents / "mine.md").write_text("# Mine\n")
    (documents / "it-security.md").write_text("# Changed by hand\n")
    info = write_sample(tmp_path, days=2)
    assert info.written
    assert (documents / "mine.md").read_text() == "# Mine\n"
    assert (documents / "it-security.md").read_text() == "# Changed by hand\n"
    assert names(tmp_path / "sample" / "transactions") == {"2024-10-01.csv", "2024-10-02.csv"}


def test_a_missing_part_is_written_again(tmp_path):
    write_sample(tmp_path, days=2)
    (tmp_path / "sample" / "questions.jsonl").unlink()
    assert write_sample(tmp_path, days=2).written
    assert (tmp_path / "sample" / "questions.jsonl").is_file()


@pytest.mark.parametrize("left_over", [".sample-new", ".sample-old"])
def test_what_a_killed_run_left_is_cleared(tmp_path, left_over):
    (tmp_path / left_over / "documents").mkdir(parents=True)
    (tmp_path / left_over / "documents" / "half.pdf").write_bytes(b"%PDF-half")
    write_sample(tmp_path, days=2)
    assert names(tmp_path) == {"sample", ".sample.lock"}


def test_killed_between_the_renames_the_old_sample_comes_back(tmp_path):
    write_sample(tmp_path, days=2)
    (tmp_path / "sample" / "documents" / "mine.md").write_text("# Mine\n")
    (tmp_path / "sample").rename(tmp_path / ".sample-old")
    assert not write_sample(tmp_path, days=2).written
    assert (tmp_path / "sample" / "documents" / "mine.md").is_file()


def test_nothing_half_written_is_seen_when_writing_fails(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transactions, "write_transactions", full)
    with pytest.raises(AiecoError, match=r"can't be written to .*sample \(No space left on device\)"):
        write_sample(tmp_path, days=2)
    assert not (tmp_path / "sample").exists()


def test_killed_while_writing_leaves_no_sample_and_the_next_run_writes_it(tmp_path):
    code = (
        "import os, signal, sys, pathlib; from aieco_assets.core.sample import transactions, writer\n"
        "transactions.write_transactions = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "writer.write_sample(pathlib.Path(sys.argv[1]), days=2)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert names(tmp_path) == {".sample-new", ".sample.lock"}
    assert write_sample(tmp_path, days=2).written
    assert names(tmp_path) == {"sample", ".sample.lock"}


def test_a_home_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(AiecoError, match="set AIECO_HOME"):
        write_sample(tmp_path / "home")


def test_the_command_writes_and_then_says_that_it_is_there(tmp_path):
    command = [sys.executable, "-m", "aieco_assets.core.sample", str(tmp_path / "home"), "--days", "2"]
    first = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    second = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert first.stdout.startswith("Wrote 25 documents, 38 questions, 2 daily files")
    assert second.stdout.startswith("Already there: 25 documents")


def test_importing_the_sample_loads_no_heavy_library():
    code = "import sys, aieco_assets.core.sample; print([m for m in ('numpy', 'fpdf', 'docx') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
