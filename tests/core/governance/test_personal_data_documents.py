"""Documents are counted by kind when they are read: once, never with a value, and no longer than they are there."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from aieco_assets.core.governance.personal_data import PersonalDataFinder, Unsearchable
from aieco_assets.core.governance.personal_data_documents import count_personal_data
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.document_facts import listed
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.knowledge.files import write

ANN = "# Staff\n\nAsk Mrs. Ann Miller, ann@example.org, or Mr. Tom Reed about returns of goods."
BIKES = "# Bikes\n\nBikes are free for everybody who asks before the end of the week."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@pytest.fixture
def knowledge(settings: Settings, source: Path) -> Settings:
    return settings.model_copy(update={"documents": str(source)})


def read(knowledge: Settings, finder: PersonalDataFinder):
    sync_documents(knowledge)
    refresh_chunks(knowledge)
    return count_personal_data(knowledge, finder)


def held(knowledge: Settings) -> dict[str, dict[str, int] | None]:
    return {one["path"]: one.get("personal_data") for one in listed(knowledge)}


def test_a_document_is_listed_with_counts_by_kind(knowledge: Settings, source: Path, finder) -> None:
    write(source, ann__md=ANN, bikes__md=BIKES)

    found = read(knowledge, finder)

    assert (found.documents, found.searched) == (1, 2)
    assert found.values == {"name": 2, "email_address": 1}
    assert held(knowledge) == {"ann.md": {"name": 2, "email_address": 1}, "bikes.md": None}


def test_only_what_is_new_is_looked_through_and_what_is_gone_is_forgotten(
    knowledge: Settings, source: Path, finder
) -> None:
    write(source, ann__md=ANN, bikes__md=BIKES)
    read(knowledge, finder)
    assert read(knowledge, finder).searched == 0

    (source / "ann.md").unlink()
    write(source, cars__md="# Cars\n\nCars are rented by Dr. Jane Frost to whoever needs one.")

    found = read(knowledge, finder)
    assert (found.searched, found.values) == (1, {"name": 1})
    with connect(knowledge.warehouse) as connection:
        rows = connection.execute("select count(*) from lake.document_personal_data").fetchone()
    assert rows == (2,)


def test_another_rule_has_every_document_looked_through_again(
    knowledge: Settings, source: Path, tmp_path: Path, finder
) -> None:
    write(source, ann__md=ANN)
    read(knowledge, finder)
    (tmp_path / "pii.yaml").write_text("kinds: {name: keep}")
    without = knowledge.model_copy(update={"pii": str(tmp_path / "pii.yaml")})

    found = read(without, finder)

    assert (found.searched, found.values) == (1, {"email_address": 1})


def test_rules_that_keep_everything_start_nothing_and_forget_what_was_counted(
    knowledge: Settings, source: Path, tmp_path: Path, finder
) -> None:
    write(source, ann__md=ANN)
    read(knowledge, finder)
    kinds = "name email_address phone_number card_number iban address date_of_birth national_id ip_address"
    (tmp_path / "pii.yaml").write_text("kinds:\n" + "".join(f"  {kind}: keep\n" for kind in kinds.split()))
    unasked = PersonalDataFinder()

    found = read(knowledge.model_copy(update={"pii": str(tmp_path / "pii.yaml")}), unasked)

    assert (found.documents, found.searched, unasked.running) == (0, 0, False)
    assert held(knowledge) == {"ann.md": None}


def test_names_are_looked_for_in_english_alone(knowledge: Settings, source: Path, finder) -> None:
    german = "Die Rückgabe der Ware ist innerhalb von dreißig Tagen möglich, sagt Herr Hans Becker aus Köln. "
    write(source, de__md=f"# Rückgabe\n\n{german * 3} Schreiben Sie an hilfe@example.de.")

    assert read(knowledge, finder).values == {"email_address": 1}


def test_a_document_that_can_not_be_looked_at_is_told_and_holds_up_no_other(
    knowledge: Settings, source: Path, finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(source, ann__md=ANN, bad__md="# Bad\n\nThis one is the death of its reader.")
    ask = PersonalDataFinder._ask

    def dies(self, texts, kinds):
        if any("the death of its reader" in text for text in texts):
            psutil.Process((self._worker or self._start()).pid).kill()
        return ask(self, texts, kinds)

    monkeypatch.setattr(PersonalDataFinder, "_ask", dies)

    assert read(knowledge, finder).values == {"name": 2, "email_address": 1, "unsearched": 1}
    assert held(knowledge)["bad.md"] == {"unsearched": 1}
    with pytest.raises(Unsearchable):
        finder.find(["the death of its reader"], {"name"})
