"""What comes out over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from aieco_assets.core.contracts import Hit, MetricResult


class Response(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Citation(Response):
    document: str = Field(examples=["returns-policy.pdf"])
    page: int = Field(examples=[2])
    quote: str = Field(description="Found character for character in the page: text[start:end].")
    start: int
    end: int
    sha256: str


class CitedDocument(Response):
    path: str = Field(examples=["returns-policy.pdf"])
    title: str
    dated: str | None = Field(None, examples=["2026-03-02"])
    in_force: dict[str, str | None] = Field(examples=[{"from": "2026-01-01", "until": None}])


class KnowledgeBase(Response):
    version: int = Field(examples=[12])
    as_of: datetime | None = None
    stale: bool = False


class Usage(Response):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: float = 0.0
    cost: float | None = Field(None, description="Of the tokens, where the service knows their price.")


class AnswerResponse(Response):
    answer: str
    abstained: bool = Field(description="Neither the documents nor the warehouse hold the answer.")
    verified: bool = Field(description="Every sentence is supported by a quote, or the number is a governed metric.")
    citations: list[Citation]
    knowledge_base: KnowledgeBase
    models: dict[str, str] = Field(examples=[{"llm": "smollm2", "embedder": "all-MiniLM-L6-v2"}])
    usage: Usage
    trace_id: str
    metric: MetricResult | None = Field(
        None, description="Where the number comes from; none for an answer from documents."
    )
    documents: list[CitedDocument] = Field([], description="What the cited documents say of themselves.")
    mode: str = Field(
        "quote",
        description="`number` of the warehouse, `quote`: what the documents say, or `write`: in a model's words.",
    )
    confidence: float = Field(0.0, description="Probability that what was found answers the question.")
    suggestions: list[Citation] = Field(
        [], description="Where nothing answers: pages that speak of it. Else the places that say different things."
    )


class AgentStep(Response):
    tool: str = Field(description="As the model wrote it: also a tool that there is not.", examples=["search"])
    arguments: dict[str, Any]
    milliseconds: float
    characters: int = Field(description="Of the result, as the model was shown it.")
    error: str = Field(description="What the model was told instead of a result; empty where there was one.")


class AgentResponse(AnswerResponse):
    mode: str = Field("agent", description="`agent`.")
    steps: list[AgentStep] = Field([], description="Every call, in order.")
    numbers: list[MetricResult] = Field(
        [], description="The governed metrics that the answer says; `metric` is the first where no page is cited."
    )


class SearchHit(Response):
    document: str
    page: int
    start: int
    end: int
    text: str
    heading: str
    sha256: str
    score: float


def search_hit(hit: Hit) -> SearchHit:
    """One hit of the index, flat."""
    chunk = hit.chunk
    return SearchHit(
        document=chunk.document,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        heading=chunk.heading,
        sha256=chunk.sha256,
        score=hit.score,
    )


class SearchResponse(Response):
    hits: list[SearchHit]


class PredictResponse(Response):
    predictions: list[dict[str, Any]] = Field(description="One entry per known customer, in the order asked.")
    unknown: list[str] = Field(description="Ids that have no prediction.")
    trace_id: str


class HistoryMonth(Response):
    month: date = Field(description="Its first day.", examples=["2011-11-01"])
    purchases: int = Field(description="Days on which the customer bought.")
    revenue: float


class HistoryResponse(Response):
    as_of: date = Field(description="The day that predictions start from.")
    months: list[HistoryMonth] = Field(description="Up to that day, the oldest first, none left out.")


class Case(Response):
    case_id: int
    question: str
    reason: str = Field(description="`thumbs_down`, `abstained` or `sample`.")
    note: str | None = Field(None, description="What a reader wrote with the thumb.")
    times: int = Field(description="How often it was asked in the days looked at.")
    trace_id: str
    asked_at: datetime
    status: str


class GoldenResponse(Response):
    version: str | None = Field(
        description="Of the golden questions; empty where none are asked, none where they can't be read from here."
    )
    questions: int
    gate_version: str = Field(description="The one that the last gate asked; empty before any.")
    gate_passed: bool | None = None


class CasesResponse(Response):
    cases: list[Case]
    golden: GoldenResponse


class Answered(Response):
    outcome: str
    knowledge_version: int | None = None
    versions: dict[str, int] = Field(description="Registered versions that answered, by model.")
    pages: list[tuple[str, int]] = Field(description="What was found, best first.")


class CaseResponse(Response):
    case: Case
    answered: Answered | None = Field(None, description="When it was asked; none where the log has lost it.")
    answer: AnswerResponse = Field(description="What is answered now: the log keeps no text of an answer.")


class FeedbackResponse(Response):
    stored: bool = Field(True, description="Also when the answer is not known: it may be on its way to the log.")


class ExamplesResponse(Response):
    questions: list[str]


class PageResponse(Response):
    document: str
    page: int
    sha256: str
    text: str


class VersionResponse(Response):
    bento: str | None = Field(None, description="Tag of the bento that is served; none when served from source.")
    packed: dict[str, Any] = Field(description="Versions that were champion when the bento was built, by model.")
    served: dict[str, Any] = Field(
        description="What answers now, by model; version is none when the settings name it and the registry does not."
    )
    champion: dict[str, Any] = Field(description="What the registry calls champion, by model.")
    previous: dict[str, str] = Field(
        default={}, description="Versions that answered before, by model: kept open, so that a rollback takes no time."
    )
    waiting: dict[str, str] = Field(default={}, description="Champions that can't be served yet, and why, by model.")
    refused: list[dict[str, Any]] = Field(
        default=[], description="Champions that are not served, for they can't be opened or fail a golden question."
    )
    candidate: dict[str, Any] | None = Field(
        None, description="The challenger that is tried beside the champion: versions, shares, and what came of both."
    )
    stopped: dict[str, Any] | None = Field(None, description="The last challenger that was stopped, and why.")
    swaps: int = Field(0, description="How often another version was taken up since the service began.")
    knowledge_base: KnowledgeBase | None = None
    agent: bool = Field(False, description="Whether the model calls tools: then `POST /agent` answers.")


class Problem(Response):
    error: str = Field(
        description="One sentence that names the thing and the mend.", examples=["question: must not be empty."]
    )
