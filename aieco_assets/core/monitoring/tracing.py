"""Where an answer's time goes: OpenTelemetry spans by stage, for the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

Without that variable nothing is imported and nothing is kept. A span holds counts, versions and outcomes, never what
was asked or said. MLflow's server is such a collector: `aieco up` names its own.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

P = ParamSpec("P")
T = TypeVar("T")
Value = str | bool | int | float
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def traced(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Each call is a trace of its own. Not the caller's: its id must name one row of the inference log and no other."""

    def decorate(work: Callable[P, T]) -> Callable[P, T]:
        @wraps(work)
        def run(*arguments: P.args, **named: P.kwargs) -> T:
            with stage(name, alone=True):
                return work(*arguments, **named)

        return run

    return decorate


@contextmanager
def stage(name: str, alone: bool = False) -> Iterator[None]:
    """A part of the trace that runs, or one `alone`; an error that leaves it is recorded by its kind."""
    provider = exporting()
    if provider is None:
        yield
        return
    from opentelemetry.context import Context
    from opentelemetry.trace import Status, StatusCode

    # The text of an error may repeat what was asked.
    with provider.get_tracer("aieco").start_as_current_span(
        name, Context() if alone else None, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def note(**values: Value) -> None:
    """Said of the stage that runs, as `aieco.<name>`."""
    if exporting() is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes({f"aieco.{name}": value for name, value in values.items()})


def trace_id() -> str:
    """32 hexadecimal digits: of the trace that runs, else new ones."""
    if exporting() is not None:
        from opentelemetry.trace import get_current_span

        if found := get_current_span().get_span_context().trace_id:
            return f"{found:032x}"
    return uuid.uuid4().hex


@cache
def exporting() -> TracerProvider | None:
    """What makes the spans and sends them in the background, None where no collector is named.

    One of our own and not the process's: BentoML and MLflow have theirs. A collector that is away costs spans, never
    an answer.
    """
    if not any(map(os.environ.get, ENDPOINTS)):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # What is given here would overrule OTEL_SERVICE_NAME.
    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "aieco"}
    provider = TracerProvider(resource=Resource.create(name))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
