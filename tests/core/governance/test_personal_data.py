"""Personal data in texts, by presidio and the model themselves: what is found, what is not, and who it holds up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance import personal_data
from aieco_assets.core.governance.personal_data import PersonalDataFinder, Unsearchable
from aieco_assets.core.governance.personal_data_kinds import KINDS, masked
from tests.waiting import until

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def spare_workers() -> None:
    """Each finder here begins anew."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Where is the order of John Smith?", "Where is the order of <PERSON>?"),
        ("Please ask Dr. Rubija Kovač.", "Please ask Dr. <PERSON>."),
        ("Write to ann.o'neil+shop@mail.example.co.uk!", "Write to <EMAIL_ADDRESS>!"),
        ("Call me on 020 7946 0958 or +44 20 7946 0959.", "Call me on <PHONE_NUMBER> or <PHONE_NUMBER>."),
        ("My card is 4111-1111-1111-1111.", "My card is <CREDIT_CARD>."),
        ("Pay to gb82 west 1234 5698 7654 32 today.", "Pay to <IBAN_CODE> today."),
        ("He lives at 12 Baker Street.", "He lives at <ADDRESS>."),
        ("She was born on 3 May 1980.", "She was born on <DATE_OF_BIRTH>."),
        ("My SSN is 457-55-5462.", "My SSN is <NATIONAL_ID>."),
        ("It came from 10.1.2.3 and 2001:db8::8a2e:370:7334.", "It came from <IP_ADDRESS> and <IP_ADDRESS>."),
        ("What did customers 17850, 17851 buy?", "What did customers <CUSTOMER> buy?"),
    ],
)
def test_a_value_of_each_kind_is_found_in_its_place(finder: PersonalDataFinder, text: str, told: str) -> None:
    assert masked(text, finder.find([text], KINDS)[0]) == told


@pytest.mark.parametrize(
    "text",
    [
        "How many days do customers have to return item 85123A?",
        "What was the revenue between 2010-12-01 and 2011-12-09 in the UK?",
        "The order 4111111111111112 has a wrong check digit.",
        "Version 1.2.3.4567 of the software, at 10:20:30 on line 3.",
        "The refund is paid within 5 working days.",
        "He was hired on 3 May 1980.",
    ],
)
def test_what_is_nobodys_is_left_alone(finder: PersonalDataFinder, text: str) -> None:
    assert finder.find([text], KINDS)[0] == []


@pytest.mark.parametrize("piece", ["!#$%", "'s", "(a", "12 Aa ", "+4 ", "a::", "\n"])
def test_a_page_of_signs_is_looked_through_and_what_follows_it_found(finder: PersonalDataFinder, piece: str) -> None:
    text = piece * (10_000 // len(piece)) + " Ask Mrs. Ann Miller."

    assert "Ann Miller" in [text[one.start : one.end] for one in finder.find([text], {"name", "address"})[0]]


def test_only_the_kinds_asked_for_are_found(finder: PersonalDataFinder) -> None:
    text = "John Smith has 4111 1111 1111 1111 and john@example.org"

    assert [one.kind for one in finder.find([text], {"card_number"})[0]] == ["card_number"]


def test_the_process_is_not_started_for_texts_that_cannot_hold_what_is_asked_for() -> None:
    finder = PersonalDataFinder()
    short, long = "Ask John Smith within 30 days.", "His card is 3742 4545 5400 126."
    try:
        assert finder.find([short, "On 2025-02-03."], {"card_number"}) == [[], []]
        assert not finder.running
        assert [[one.kind for one in found] for found in finder.find([short, long], {"card_number"})] == [
            [],
            ["card_number"],
        ]
        assert finder.running
    finally:
        finder.close()


def test_a_text_longer_than_a_part_is_found_to_its_end(finder: PersonalDataFinder) -> None:
    text = "Nothing here. " * 8_000 + "She was born on 3 May 1980."

    (found,) = finder.find([text], {"date_of_birth"})
    assert [text[one.start : one.end] for one in found] == ["3 May 1980"]


def test_a_value_at_the_end_of_a_part_is_found_whole(finder: PersonalDataFinder) -> None:
    text = "x" * (personal_data.PART_CHARACTERS - 30) + " She was born on 3 May 1980 in a small town by the sea."

    (found,) = finder.find([text], {"date_of_birth"})
    assert [text[one.start : one.end] for one in found] == ["3 May 1980"]


def test_texts_keep_their_order_also_empty_ones(finder: PersonalDataFinder) -> None:
    texts = ["", "a@b.org", "\n", "Mrs. Smith called.\x00", "🙂 a@b.org"]

    assert [[one.kind for one in found] for found in finder.find(texts, KINDS)] == [
        [],
        ["email_address"],
        [],
        ["name"],
        ["email_address"],
    ]
    assert finder.find(texts, KINDS)[4][0].start == 2


def test_kinds_that_form_tells_start_no_process() -> None:
    finder = PersonalDataFinder()

    assert finder.find(["customer 17850"], {"customer_number"})[0]
    assert finder.find(["John Smith"], ())[0] == []
    assert not finder.running


def test_a_process_that_dies_of_a_text_is_replaced_for_the_next(finder: PersonalDataFinder) -> None:
    finder.find(["John"], {"name"})
    psutil.Process(finder._worker.pid).kill()  # type: ignore[union-attr]

    with pytest.raises(Unsearchable):
        finder.find(["John Smith"], {"name"})
    assert finder.find(["Ask John Smith about it."], {"name"})[0]


def test_a_process_that_can_not_be_started_is_told_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(AiecoError, match="install presidio-analyzer"):
        PersonalDataFinder().find(["John Smith"], {"name"})


def test_its_process_ends_with_ours() -> None:
    code = (
        "from aieco_assets.core.governance.personal_data import the_finder; import os\n"
        "the_finder().find(['John Smith'], ['name']); print(the_finder()._worker.pid, flush=True); os._exit(9)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={**os.environ})
    pid = int(ran.stdout)

    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", 20, "the worker's end")


def test_nothing_is_asked_of_the_network_and_torch_is_not_loaded() -> None:
    code = """
import json, sys, socket
from aieco_assets.core.governance import personal_data_worker as worker
for library in worker.UNUSED:
    sys.modules[library] = None
def refuse(*arguments):
    raise AssertionError("the network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from aieco_assets.core.governance.personal_data_recognisers import Finder
from aieco_assets.core.governance.personal_data_kinds import KINDS
found = list(Finder().find(["Mr. Smith, card 4111 1111 1111 1111"], KINDS))
print(json.dumps([[one.kind for one in found[0]], [m for m in worker.UNUSED if sys.modules.get(m)]]))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={**os.environ})

    assert json.loads(ran.stdout) == [["name", "card_number"], []], ran.stderr
