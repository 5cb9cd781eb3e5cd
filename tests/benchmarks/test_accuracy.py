"""`make accuracy` on tiny literal sets: they are read, asked, judged and told, and an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from benchmarks.accuracy.__main__ import main, measure, write
from benchmarks.accuracy.sets import SETS, read_sets
from tests.stand_in_server import stand_in

HOURS = "Opening hours\n\nThe workshop opens at nine on weekdays. It closes at five in the evening.\n"
PASSAGE = "Bees are insects . They make honey from nectar . Wasps do not ."


def _lines(file: Path, *rows: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Public sets as AIECO_TEST_DATA has them, with two questions or three each."""
    data = tmp_path / "data"
    opens = {"question": "When does the workshop open?", "must_contain": ["nine"], "citations": [["hours.txt", 1]]}
    nothing = {"question": "Who painted the ceiling of the chapel?", "unanswerable": True}
    for folder in (data / "documents", data / "qa" / "mmlongbench" / "hours" / "documents"):
        folder.mkdir(parents=True)
        (folder / "hours.txt").write_text(HOURS, encoding="utf-8")
    _lines(data / "documents" / "questions.jsonl", opens, nothing)
    _lines(data / "qa" / "mmlongbench" / "hours" / "questions.jsonl", opens, nothing)
    passages = [{"title": "Bees", "text": PASSAGE, "sentences": []}]
    output = {"answer": "They make honey.", "selected_sentences": ["They make honey from nectar ."]}
    asked = {"id": "1", "input": "what do bees make", "passages": passages, "output": [output]}
    silent = [{"answer": "", "selected_sentences": []}]
    other = [{"title": "Bees", "text": "Bees sleep at night .", "sentences": []}]
    _lines(data / "qa" / "clapnq_answerable.jsonl", asked)
    _lines(data / "qa" / "clapnq_unanswerable.jsonl", {**asked, "id": "2", "passages": other, "output": silent})
    passage = {"document": "hours.txt", "page": 1, "text": HOURS}
    answer = [{"text": "At nine. ", "cites": [1], "supported": True}]
    one = {"id": "d1", "question": "when does it open", "kind": "fact", "passages": [passage], "answer": answer}
    admitted = [{"text": "They don't say.", "cites": [], "supported": True}]
    _lines(data / "llm" / "dev.jsonl", one, {**one, "id": "d2", "kind": "unanswerable", "answer": admitted})
    return data


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]


def test_sets_are_read(data: Path) -> None:
    found = {public.name: public for public in read_sets(data, list(SETS))}
    assert {name: len(public.asked) for name, public in found.items()} == dict.fromkeys(SETS, 2)
    assert [base.files[0].name for base in found["mmlongbench"].bases] == ["hours.txt"]
    assert found["dev"].asked[0].question.citations == (("hours.txt", 1),)
    assert found["dev"].asked[0].reference == "At nine."
    assert [asked.question.unanswerable for asked in found["dev"].asked] == [False, True]
    passages = found["clapnq"].bases[0]
    assert passages.texts == (
        ("bees-001.txt", f"Bees\n\n{PASSAGE}\n"),
        ("bees-002.txt", "Bees\n\nBees sleep at night .\n"),
    )
    assert passages.asked[0].question.citations == (("bees-001.txt", 0),)
    assert passages.asked[0].gold == ("They make honey from nectar .",)


def test_missing_data_is_one_sentence_and_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIECO_TEST_DATA", str(tmp_path / "nowhere"))
    assert main([]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip() == (
        f"The public sets are not at {tmp_path / 'nowhere'}: set AIECO_TEST_DATA to the folder that holds qa/, llm/"
        " and documents/."
    )


def test_a_set_that_lacks_a_file_is_named(data: Path) -> None:
    (data / "llm" / "dev.jsonl").unlink()
    with pytest.raises(AiecoError, match=r"dev\.jsonl can't be read"):
        read_sets(data, ["dev"])


def test_everything_is_asked_told_and_kept(data: Path, home: Settings, tmp_path: Path) -> None:
    cache, out = home.home / "accuracy", tmp_path / "out"
    measured = measure(home, cache, data, ["documents", "clapnq"], ["quote"], 0, False)
    assert [[one.right for one in each.judged] for each in measured] == [[True, True], [True, False]]
    (answers,) = cache.glob("answers/quote-*/documents.jsonl")
    made = measured[0].judged[1].told
    assert made.said.silent and made.said.confidence < 0.45

    page = write(measured, out, "Models: literal.").read_text(encoding="utf-8")
    assert (
        "| documents | quote | 1 | 1 (1.00) | 0 (0.00) | 0 (0.00) | 1.00 / 1.00 | 1.00 / 1.00 | 1 | 1 (1.00) |" in page
    )
    assert "| clapnq | quote | 1 | 1 (1.00) | 0 (0.00) | 0 (0.00) |" in page
    assert str(tmp_path) not in page
    picture = (out / "images" / "accuracy.svg").read_text(encoding="utf-8")
    assert "share answered" in picture and "clapnq: 2 questions" in picture
    assert write(measured, out, "Models: literal.").read_text(encoding="utf-8") == page
    assert (out / "images" / "accuracy.svg").read_text(encoding="utf-8") == picture

    # Killed while it wrote its second line: the first is kept, the second asked again.
    first, second = (line for line in answers.read_text().splitlines() if line)
    answers.write_text(f"{first}\n{second[:40]}")
    again = measure(home, cache, data, ["documents"], ["quote"], 0, False)
    assert [one.told.said for one in again[0].judged] == [one.told.said for one in measured[0].judged]
    assert again[0].judged[0].told.latency_ms == measured[0].judged[0].told.latency_ms

    with stand_in(answers={"When does the workshop open?": "It opens at nine on weekdays. [1]"}) as model:
        capable = home.model_copy(update={"llm": model.url})
        both = measure(capable, cache, data, ["documents"], ["quote", "write"], 1, True)
    assert [one.judged[0].told.said.mode for one in both] == ["quote", "write"]
    assert both[1].judged[0].told.said.answer == "It opens at nine on weekdays."
    assert both[0].judged[0].told == measured[0].judged[0].told
    assert "What an LLM judge says" in write(both, out, "Models: literal.").read_text(encoding="utf-8")
