"""Models behind OpenAI-compatible servers: the stand-in over real HTTP, well and badly behaved."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.errors import AiecoError, ModelUnavailable
from aieco_assets.core.llm.budget import SPARE_SECONDS, waited_for
from aieco_assets.core.llm.circuit_breaker import FAILURES
from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.interface import Llm
from aieco_assets.core.llm.prompt import Message
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from tests import stand_in_server as server
from tests.stand_in_server import StandIn, read_answers, stand_in
from tests.waiting import until

QUESTION: list[Message] = [{"role": "user", "content": "Text: The shop opens at 9.\nQuestion: When does it open?"}]


def loaded(home: Path, url: str, **more: Any) -> Llm:
    return load_llm(Settings(home=home, llm=url, _env_file=None, **more))  # type: ignore[call-arg]


@pytest.fixture
def running() -> Iterator[StandIn]:
    with stand_in() as one:
        yield one


def test_it_answers_and_counts_its_tokens(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    said = model.generate(QUESTION, 16)
    assert (model.name, said.text, said.prompt_tokens, said.completion_tokens) == ("stand-in", "At nine.", 11, 2)
    assert (running.bodies[-1]["temperature"], running.bodies[-1]["max_tokens"]) == (0, 16)
    assert running.prompts == [QUESTION[0]["content"]]


def test_connections_are_kept_between_questions(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    for _ in range(5):
        model.generate(QUESTION)
    assert running.connections == 1


def test_a_server_with_16_slots_is_asked_16_questions_at_once_and_never_more(tmp_path: Path) -> None:
    with stand_in(slots=16, seconds=0.3) as one:
        model = loaded(tmp_path, one.url, llm_concurrency=16)
        with ThreadPoolExecutor(40) as asking:
            said = list(asking.map(lambda _: model.generate(QUESTION).text, range(40)))
    assert said == ["At nine."] * 40
    assert (one.most_at_once, one.refused, len(one.bodies)) == (16, 0, 40)


def test_the_key_is_sent_and_an_address_with_a_password_keeps_it_to_itself(
    running: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    loaded(tmp_path, f"{running.url}#stand-in").generate(QUESTION)
    model = loaded(tmp_path, running.url.replace("http://", "http://me:secret@"))
    model.generate(QUESTION)
    assert [key.split()[0] for key in running.keys] == ["Bearer", "Basic"]
    assert "secret" not in f"{model.uri}{model.version}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("mishap", [server.BUSY, server.BROKEN])
def test_it_is_asked_again_when_it_is_busy_or_broken_for_a_moment(
    running: StandIn, tmp_path: Path, mishap: str
) -> None:
    model = loaded(tmp_path, running.url)
    running.mishaps.extend([mishap, mishap])
    assert model.generate(QUESTION).text == "At nine."
    assert len(running.bodies) == 3


def test_a_server_that_was_restarted_is_asked_again(tmp_path: Path) -> None:
    with stand_in() as one:
        model = loaded(tmp_path, one.url)
        model.generate(QUESTION)
        for link in [link for link in _links(model)]:
            link.shutdown(socket.SHUT_RDWR)
        assert model.generate(QUESTION).text == "At nine."


def _links(model: Llm) -> list[socket.socket]:
    """The sockets of its kept connections."""
    pool = model._client._http._transport._pool  # type: ignore[attr-defined]
    return [held._connection._network_stream.get_extra_info("socket") for held in pool.connections]


def test_a_server_that_stays_busy_is_one_sentence_after_two_more_tries(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    running.always = server.BUSY
    with pytest.raises(ModelUnavailable, match=r"answered 429: wait, or lower AIECO_LLM_CONCURRENCY\.$"):
        model.generate(QUESTION)
    assert len(running.bodies) == 3


def test_a_pause_that_is_longer_than_anybody_waits_is_not_waited_for(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    running.always, running.retry_after = server.BUSY, "3600"
    with pytest.raises(ModelUnavailable, match="answered 429"):
        model.generate(QUESTION)
    running.retry_after = "5"
    with waited_for(time.monotonic() + 3), pytest.raises(ModelUnavailable, match="answered 429"):
        model.generate(QUESTION)
    assert len(running.bodies) == 2


def test_when_the_time_of_the_question_is_up_nothing_is_asked(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    with waited_for(time.monotonic()), pytest.raises(ModelUnavailable, match="the time of the question is up"):
        model.generate(QUESTION)
    assert running.bodies == []


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [
        (server.HANG, "said nothing for 0.2 seconds: look at that server or raise AIECO_LLM_READ_SECONDS"),
        (server.HALF, "broke off its answer"),
        (server.NO_JSON, "is no OpenAI-compatible server"),
        (server.OTHER, "answered with another and was asked for stand-in: mend AIECO_LLM"),
    ],
)
def test_a_server_that_behaves_badly_is_one_sentence_that_names_it(
    running: StandIn, tmp_path: Path, mishap: str, sentence: str
) -> None:
    model = loaded(tmp_path, running.url.replace("http://", "http://me:secret@"), llm_read_seconds=0.2)
    running.always = mishap
    with pytest.raises(ModelUnavailable) as caught:
        model.generate(QUESTION)
    said = str(caught.value)
    assert said.startswith(running.url) and sentence in said and said.endswith(".")
    assert "secret" not in said
    assert len(running.bodies) == 1  # what has begun is not asked again
    running.always = ""
    assert model.generate(QUESTION).text == "At nine."


def test_a_server_that_hangs_is_left_alone_until_a_question_finds_it_well_again(
    running: StandIn, tmp_path: Path
) -> None:
    model = loaded(tmp_path, running.url, llm_read_seconds=0.2, llm_cooldown_seconds=1)
    running.always = server.HANG
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable, match="said nothing"):
            model.generate(QUESTION)
    with pytest.raises(ModelUnavailable, match=r"is not asked .+, for it did not answer 3 times running"):
        model.generate(QUESTION)
    assert model.is_left_alone and len(running.bodies) == FAILURES  # type: ignore[attr-defined]
    running.always = ""
    until(lambda: _says(model) == "At nine.", 30, "an answer")
    assert not model.is_left_alone  # type: ignore[attr-defined]


def _says(model: Llm) -> str:
    try:
        return model.generate(QUESTION).text
    except ModelUnavailable:
        return ""


def test_a_question_that_had_little_time_left_says_nothing_against_the_server(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    running.always = server.HANG
    for _ in range(FAILURES):
        with waited_for(time.monotonic() + SPARE_SECONDS + 0.1), pytest.raises(ModelUnavailable, match="said nothing"):
            model.generate(QUESTION)
    assert not model.is_left_alone  # type: ignore[attr-defined]


def test_a_server_that_comes_later_is_met_with_the_first_text(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(home=tmp_path, llm=f"http://127.0.0.1:{port}/v1", _env_file=None)  # type: ignore[call-arg]
    model = load_llm(settings, or_later=True)
    assert (model.name, model.version) == (settings.llm, "")
    with pytest.raises(ModelUnavailable, match="can't be reached"):
        model.generate(QUESTION)
    with stand_in(port):
        assert model.generate(QUESTION).text == "At nine."
    assert (model.name, model.version[:7]) == ("stand-in", "server-")


def test_a_server_that_has_another_model_now_is_named_with_it(running: StandIn, tmp_path: Path) -> None:
    model = loaded(tmp_path, running.url)
    running.model = "other"
    with pytest.raises(ModelUnavailable, match="does not serve stand-in but other: mend AIECO_LLM"):
        model.generate(QUESTION)


def test_a_stream_that_is_cancelled_lets_the_server_go(running: StandIn, tmp_path: Path) -> None:
    model, stop, pieces = loaded(tmp_path, running.url, llm_concurrency=1), threading.Event(), []
    for piece in model.stream(QUESTION, 40, cancelled=stop):
        pieces.append(piece)
        stop.set()
    assert pieces[-1].finish == "cancelled"
    until(lambda: running.at_once == 0, 10, "the end of the answer")
    assert model.generate(QUESTION).text == "At nine."


def test_a_model_the_server_does_not_have_is_named(running: StandIn, tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="does not serve other but stand-in"):
        loaded(tmp_path, f"{running.url}#other")


def test_a_server_that_is_not_there_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="can't be reached") as caught:
        loaded(tmp_path, "http://me:secret@127.0.0.1:9/v1")
    assert "secret" not in str(caught.value)


def test_the_stand_in_replays_good_and_careless_answers(real_data: Path, tmp_path: Path) -> None:
    question = "how often are performance reviews done, and who do i ask if i have questions about mine"
    asked: list[Message] = [{"role": "user", "content": f"Text: Reviews.\nQuestion: {question}"}]
    with stand_in(answers=read_answers(real_data)) as good, stand_in(answers=read_answers(real_data, True)) as careless:
        said = [loaded(tmp_path, one.url).generate(asked).text for one in (good, careless)]
    assert said[0].startswith("Reviews take place once a year") and said[0].endswith("concerns they may have. [2]")
    assert "They are held twice a year, roughly every six months. [1]" in said[1]
