"""Traces by stage, as a collector on this machine gets them over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.testclient import TestClient

from aieco_assets.core.monitoring import tracing
from aieco_assets.core.settings import Settings
from tests.bento.conftest import stored

CUSTOMER = "12346"
QUESTION = "How many days do I have to return an item?"


class Spans(list[Span]):
    """Spans, and the names of the services that sent them."""

    def __init__(self) -> None:
        self.services: set[str] = set()


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """The spans that arrive at OTEL_EXPORTER_OTLP_ENDPOINT."""
    spans = Spans()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            spans.extend(span for of in sent.resource_spans for scope in of.scope_spans for span in scope.spans)
            named = (one for of in sent.resource_spans for one in of.resource.attributes if one.key == "service.name")
            spans.services.update(one.value.string_value for one in named)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    tracing.exporting.cache_clear()
    yield spans
    provider = tracing.exporting()
    assert provider is not None
    provider.shutdown()
    tracing.exporting.cache_clear()
    server.shutdown()
    server.server_close()


def test_an_answer_is_a_trace_of_its_stages_and_the_log_has_its_id(
    client: TestClient, served: Settings, collected: Spans
) -> None:
    # A caller's trace must not name our row: it may ask twice in one trace.
    theirs = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    answer = client.post("/answer", json={"question": QUESTION}, headers=theirs).json()
    provider = tracing.exporting()
    assert provider is not None and provider.force_flush()

    assert collected.services == {"aieco"}
    by_name = {span.name: span for span in collected}
    assert set(by_name) == {"answer", "retrieve", "evidence", "generate", "verify"}
    root = by_name.pop("answer")
    assert {span.trace_id.hex() for span in collected} == {answer["trace_id"]}
    assert {span.parent_span_id for span in by_name.values()} == {root.span_id} and not root.parent_span_id
    assert all(root.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano for span in collected)
    rows = stored(served, "select kind from service.inference_log where trace_id = %s", answer["trace_id"])
    assert rows == [("answer",)]
    tokens = {one.key: one.value.int_value for one in by_name["generate"].attributes}
    assert tokens["aieco.completion_tokens"] == answer["usage"]["completion_tokens"]
    assert QUESTION.encode() not in b"".join(span.SerializeToString() for span in collected)


def test_a_prediction_is_a_trace_of_its_stages_without_saying_whose(
    client: TestClient, served: Settings, collected: Spans
) -> None:
    predicted = client.post("/predict", json={"customer_ids": [CUSTOMER]}).json()
    provider = tracing.exporting()
    assert provider is not None and provider.force_flush()

    by_name = {span.name: span for span in collected}
    assert set(by_name) == {"predict", "features", "score"}
    assert {span.trace_id.hex() for span in collected} == {predicted["trace_id"]}
    assert {by_name[name].parent_span_id for name in ("features", "score")} == {by_name["predict"].span_id}
    rows = stored(served, "select kind from service.inference_log where trace_id = %s", predicted["trace_id"])
    assert rows == [("prediction",)]
    assert CUSTOMER.encode() not in b"".join(span.SerializeToString() for span in collected)


def test_an_error_is_recorded_by_its_kind_and_not_by_its_words(collected: Spans) -> None:
    @tracing.traced("answer")
    def fails() -> None:
        raise ValueError("customer 12346")

    with pytest.raises(ValueError):
        fails()
    provider = tracing.exporting()
    assert provider is not None and provider.force_flush()

    (span,) = collected
    assert (span.status.message, span.status.code) == ("ValueError", 2)
    assert b"12346" not in span.SerializeToString()


def test_without_a_collector_nothing_is_traced() -> None:
    tracing.exporting.cache_clear()

    with tracing.stage("retrieve"):
        tracing.note(chunks=3)

    assert tracing.exporting() is None
    assert len(tracing.trace_id()) == 32 and tracing.trace_id() != tracing.trace_id()
