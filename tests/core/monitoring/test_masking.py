"""The log holds no personal data: what form tells is masked before the disk, names before Postgres."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.personal_data import PersonalDataFinder, the_finder
from aieco_assets.core.governance.pii_rules import load_rules
from aieco_assets.core.monitoring.journal import Journal, ship, spool_of
from aieco_assets.core.monitoring.masking import WITHHELD, Masking
from aieco_assets.core.monitoring.records import feedback_record, prediction_record
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.waiting import until

QUESTION = "Did Mr. Tom Reed, customer 17850, write from tom@example.org about card 4111 1111 1111 1111?"
BY_FORM = "Did Mr. Tom Reed, customer <CUSTOMER>, write from <EMAIL_ADDRESS> about card <CREDIT_CARD>?"
MASKED = BY_FORM.replace("Tom Reed", "<PERSON>")


def asked(trace_id: str, question: str) -> dict:
    record = prediction_record(trace_id, {}, known=0, unknown=0, key_id="ann", seconds=0.0)
    return {**record, "kind": "answer", "question": question}


def rows(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select question from service.inference_log union all select reason from service.feedback order by 1"
        ).fetchall()


def test_questions_and_comments_come_into_postgres_masked(settings: Settings) -> None:
    journal = Journal(settings)
    journal.append(asked("one", QUESTION)).result(timeout=10)
    journal.append(feedback_record("one", "down", "Ask Mrs. Ann Miller!")).result(timeout=10)

    until(lambda: len(rows(settings)) == 2, 60, "the rows")
    journal.close()
    assert rows(settings) == [("Ask Mrs. <PERSON>!",), (MASKED,)]


def test_on_disk_is_nothing_that_form_tells(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr("aieco_assets.core.monitoring.journal.ship", lambda *_: 0)
        journal = Journal(settings)
        journal.append(asked("one", QUESTION)).result(timeout=10)
        journal.close()
    journal._spool.seal()

    (file,) = spool_of(settings).folder.glob("*.jsonl")
    assert BY_FORM in file.read_text()
    assert ship(settings) == 1
    assert rows(settings) == [(MASKED,)]


def test_a_kind_that_is_kept_stays_and_without_others_no_process_starts(settings: Settings, tmp_path: Path) -> None:
    kept = [kind for kind in load_rules(settings).masked if kind != "customer_number"]
    (tmp_path / "pii.yaml").write_text("kinds:\n" + "".join(f"  {kind}: keep\n" for kind in kept))
    finder = PersonalDataFinder()
    masking = Masking(load_rules(settings.model_copy(update={"pii": str(tmp_path / "pii.yaml")})), finder)

    (told,) = masking.whole([masking.by_form(asked("one", QUESTION))])

    assert told["question"] == QUESTION.replace("17850", "<CUSTOMER>")
    assert not finder.running


def test_a_text_that_can_not_be_looked_at_is_withheld_and_the_others_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = PersonalDataFinder._ask

    def dies(self, texts, kinds):
        if any("death" in text for text in texts):
            psutil.Process((self._worker or self._start()).pid).kill()
        return ask(self, texts, kinds)

    monkeypatch.setattr(PersonalDataFinder, "_ask", dies)
    masking = Masking(load_rules(settings), the_finder())

    told = masking.whole([asked("one", "the death of its reader"), asked("two", "Where is Mr. Reed?")])

    assert [one["question"] for one in told] == [WITHHELD, "Where is Mr. <PERSON>?"]


def test_where_names_can_not_be_looked_for_nothing_is_stored_and_nothing_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spool_of(settings)
    spool.append([asked("one", QUESTION)])
    spool.seal()

    def missing(self):
        raise AiecoError("Personal data can't be looked for.")

    with monkeypatch.context() as broken, pytest.raises(AiecoError, match="can't be looked for"):
        broken.setattr(PersonalDataFinder, "_ask", lambda self, texts, kinds: missing(self))
        ship(settings)
    assert rows(settings) == []
    assert ship(settings) == 1


def test_a_pii_file_that_is_not_valid_opens_no_journal(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "pii.yaml").write_text("kinds: {names: keep}")

    with pytest.raises(AiecoError, match="names is no kind"):
        Journal(settings.model_copy(update={"pii": str(tmp_path / "pii.yaml")}))
