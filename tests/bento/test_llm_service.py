"""The language model as a service of its own (`bentoml serve bento.llm:AiecoLlm`), and the API service that asks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.openai_server import ServerLlm
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from tests.bento.conftest import environment
from tests.bento.serving import ROOT, Running, serving
from tests.bento.test_server_away import ask, champion
from tests.waiting import until

COLOURS = [{"role": "user", "content": "Name three colours."}]


@pytest.fixture(scope="module")
def llm_service(served: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("llm") / "llm.log"
    with serving(served, log, "bento.llm:AiecoLlm") as running:
        yield running


def chat(running: Running, **body: object) -> httpx.Response:
    # Not `json=`, which does not send what is no text.
    content, headers = json.dumps({"messages": COLOURS, **body}), {"Content-Type": "application/json"}
    return httpx.post(f"{running.url}/v1/chat/completions", content=content, headers=headers, timeout=120)


def is_gone(running: Running) -> bool:
    try:
        httpx.get(f"{running.url}/livez")
    except httpx.TransportError:
        return True
    return False


def test_the_model_is_listed_with_the_digest_of_its_weights(llm_service: Running) -> None:
    (card,) = httpx.get(f"{llm_service.url}/v1/models").json()["data"]
    assert card["id"] == "SmolLM2-135M-Instruct"
    assert len(card["sha256"]) == 64
    assert card["max_model_len"] == 4096


def test_a_text_is_written_whole_or_in_pieces_and_says_what_it_cost(llm_service: Running) -> None:
    whole = chat(llm_service, max_tokens=12).json()
    text = whole["choices"][0]["message"]["content"]
    assert text
    assert whole["usage"]["completion_tokens"] == 12
    assert whole["choices"][0]["finish_reason"] == "length"
    streamed = chat(llm_service, max_tokens=12, stream=True, stream_options={"include_usage": True}).text
    *events, end = [line.removeprefix("data: ") for line in streamed.splitlines() if line]
    assert end == "[DONE]"
    parsed = [json.loads(event) for event in events]
    assert "".join(c["delta"].get("content", "") for event in parsed for c in event["choices"]) == text
    assert parsed[-1]["usage"]["prompt_tokens"] == whole["usage"]["prompt_tokens"]
    # The same prompt again: all of it but its last token was read before.
    assert parsed[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == whole["usage"]["prompt_tokens"] - 1


def test_words_are_drawn_as_the_request_says(llm_service: Running) -> None:
    def text(**body: object) -> str:
        return chat(llm_service, max_tokens=20, **body).json()["choices"][0]["message"]["content"]

    likeliest = text()
    assert text(temperature=0) == likeliest
    assert text(temperature=2) != likeliest
    assert text(stop=[likeliest[4:8]]) == likeliest[:4].strip()


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"model": "gpt-9"}, 404, "There is no model 'gpt-9' here: there is SmolLM2-135M-Instruct."),
        ({"max_tokens": 9000}, 400, "9000 are to be written; the model takes 4096"),
        ({"n": 2}, 400, "n: Input should be 1."),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "half a \ud83d character"}]}, 400, "without broken characters"),
        ({"stop": ""}, 400, "stop.0: String should have at least 1 character"),
        ({"stop": [*"abcde"]}, 400, "stop: List should have at most 4 items"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "reads texts only"),
        ({"response_format": {"type": "json_object"}}, 400, "plain text only"),
        ({"stream": True, "max_tokens": 9000}, 400, "the model takes 4096"),
    ],
)
def test_what_it_can_not_do_is_an_error_in_openais_shape(
    llm_service: Running, body: dict, status: int, sentence: str
) -> None:
    response = chat(llm_service, **body)
    assert response.status_code == status
    assert sentence in response.json()["error"]["message"]


@pytest.mark.long
def test_without_a_limit_a_long_conversation_is_answered_with_what_there_is_room_for(llm_service: Running) -> None:
    long = [{"role": "user", "content": "word " * 3_900}]
    answered = chat(llm_service, messages=long, stop=[*"aeio"])
    assert answered.status_code == 200
    assert answered.json()["usage"]["prompt_tokens"] > 3_900
    assert "the model takes 4096" in chat(llm_service, messages=long * 2).json()["error"]["message"]


def test_metrics_count_tokens_their_pace_and_what_was_read_before(llm_service: Running) -> None:
    chat(llm_service, max_tokens=8)
    chat(llm_service, max_tokens=8)
    said = httpx.get(f"{llm_service.url}/metrics").text
    values = dict(line.rsplit(" ", 1) for line in said.splitlines() if not line.startswith("#"))
    assert float(values['aieco_llm_service_tokens_total{kind="completion"}']) >= 16
    assert float(values['aieco_llm_service_tokens_total{kind="cached"}']) > 0
    assert float(values["aieco_llm_service_tokens_per_second_count"]) >= 2
    assert values["aieco_llm_service_ready"] == "1.0"
    assert any(
        name.startswith('aieco_http_requests_total{method="POST",route="/v1/chat/completions"') for name in values
    )


def test_the_api_service_answers_through_it_and_by_quotes_alone_when_it_is_gone(
    served: Settings, tmp_path: Path
) -> None:
    with serving(served, tmp_path / "llm.log", "bento.llm:AiecoLlm") as running:
        settings = served.model_copy(update={"llm": f"{running.url}/v1"})
        assert ServerLlm(settings.llm).name == "SmolLM2-135M-Instruct"
        with champion(settings) as client:
            answer = ask(client)
            assert "45 days" in answer["answer"]
            os.kill(running.family[0].pid, signal.SIGTERM)
            until(lambda: is_gone(running), 60, "the model's service to end")
            again = ask(client)
            assert "45 days" in again["answer"]
            assert again["verified"]
    with pytest.raises(ModelUnavailable):
        ServerLlm(settings.llm)


def test_a_text_that_is_being_written_is_finished_before_the_service_ends(served: Settings, tmp_path: Path) -> None:
    lines: list[str] = []
    begun = threading.Event()

    def read(url: str) -> None:
        body = {"messages": COLOURS, "max_tokens": 200, "stream": True}
        with httpx.stream("POST", f"{url}/v1/chat/completions", json=body, timeout=120) as response:
            for line in response.iter_lines():
                lines.append(line)
                begun.set()

    with serving(served, tmp_path / "llm.log", "bento.llm:AiecoLlm") as running:
        reader = threading.Thread(target=read, args=(running.url,))
        reader.start()
        assert begun.wait(60)
        os.kill(running.family[0].pid, signal.SIGTERM)
        reader.join(120)
    assert "data: [DONE]" in lines


def test_a_second_one_at_the_same_port_is_refused_in_a_sentence(served: Settings, llm_service: Running) -> None:
    port = llm_service.url.rpartition(":")[2]
    command = [sys.executable, "-m", "bentoml", "serve", "bento.llm:AiecoLlm"]
    more = environment(served, AIECO_LLM_PORT=port)
    ended = subprocess.run(command, cwd=ROOT, env=more, capture_output=True, text=True, timeout=120)
    assert ended.returncode != 0
    assert f"127.0.0.1:{port} can't be bound (Address already in use): stop what listens there" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_keys_it_binds_this_machine_only_and_a_server_is_no_model_of_its_own(served: Settings) -> None:
    def refused(**more: str) -> str:
        command = [sys.executable, "-m", "bentoml", "serve", "bento.llm:AiecoLlm"]
        ended = subprocess.run(
            command, cwd=ROOT, env=environment(served, **more), capture_output=True, text=True, timeout=120
        )
        assert ended.returncode != 0
        return ended.stdout + ended.stderr

    assert "0.0.0.0 can be reached from other machines: set AIECO_API_KEYS" in refused(AIECO_HOST="0.0.0.0")
    assert "AIECO_LLM names a server: this service is one" in refused(AIECO_LLM="http://127.0.0.1:1/v1")


def test_where_vllm_is_installed_its_server_is_started_and_guarded(served: Settings, tmp_path: Path) -> None:
    """A stand-in: vLLM itself needs a GPU. It says what it was called with, as its server's model."""
    stand_in = tmp_path / "vllm"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        + textwrap.dedent("""
            import json, sys
            from http.server import BaseHTTPRequestHandler, HTTPServer

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    body = json.dumps({"data": [{"id": " ".join(sys.argv[1:])}]}).encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
        """)
    )
    stand_in.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": path, "AIECO_LLM": "org/model", "AIECO_LLM_CONCURRENCY": "16", "AIECO_API_KEYS": "a-key-of-a-test"}
    more["AIECO_VLLM_PORT"] = str(free_port())
    with serving(served, tmp_path / "llm.log", "bento.llm:AiecoLlm", **more) as running:
        assert httpx.get(f"{running.url}/v1/models").status_code == 401
        response = httpx.get(f"{running.url}/v1/models", headers={"Authorization": "Bearer a-key-of-a-test"})
        assert response.json()["data"][0]["id"].startswith("serve org/model --host 127.0.0.1 --port ")
        assert "--max-num-seqs 16" in response.json()["data"][0]["id"]
        for beside in ("/tokenize", "/v1/load_lora_adapter"):
            assert httpx.get(f"{running.url}{beside}", headers=dict(response.request.headers)).status_code == 404
