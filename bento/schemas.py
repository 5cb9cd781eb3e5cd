"""What goes in and comes out over HTTP. Requests refuse unknown fields and text that is not text."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aieco_assets.core.contracts import DocumentFilter, Hit, MetricResult
from bento.limits import CUSTOMER_IDS, FILTERS, HISTORY, PATH_CHARACTERS, QUESTION_CHARACTERS, SEARCH_HITS

EXAMPLE = "How many days do I have to return an item?"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """`text` without space around it. Raises ValueError when nothing is left or it holds control characters."""
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if _REPLACEMENT in text or any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        raise ValueError("must be plain text, without control characters or broken encoding")
    return text


Text = Annotated[str, AfterValidator(clean_text)]
Question = Annotated[Text, Field(max_length=QUESTION_CHARACTERS, examples=[EXAMPLE])]
CustomerId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,32}$", examples=["12346"])]
Path = Annotated[Text, Field(max_length=PATH_CHARACTERS)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$")]
Day = Annotated[date, Field(strict=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Response(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Filtered(Request):
    """Which documents are looked in: those that satisfy all that is given."""

    documents: list[Path] = Field([], max_length=FILTERS, description="Paths, folders, or paths with `*`.")
    tags: list[Path] = Field([], max_length=FILTERS, description="Any of these keywords.", examples=[[]])
    languages: list[Language] = Field([], max_length=FILTERS, description="Any of these languages.", examples=[[]])
    dated_from: Day | None = Field(None, description="Documents of this day and later.", examples=[None])
    dated_until: Day | None = Field(None, description="Documents of this day and earlier.", examples=[None])

    @property
    def wanted(self) -> DocumentFilter:
        days = (self.dated_from, self.dated_until)
        return DocumentFilter(tuple(self.documents), tuple(self.tags), tuple(self.languages), *days)


class AnswerRequest(Filtered):
    question: Question
    k: int = Field(8, ge=1, le=SEARCH_HITS, description="Chunks to read before answering.")
    history: list[Question] = Field(
        default_factory=list,
        max_length=HISTORY,
        description="Questions before this one, oldest first: `And for part-time staff?` is completed from them.",
        examples=[[]],
    )


class AnswerQuery(Filtered):
    question: Question


class SearchRequest(Filtered):
    question: Question
    k: int = Field(5, ge=1, le=SEARCH_HITS, description="Chunks to return.")


class PredictRequest(Request):
    customer_ids: list[CustomerId] = Field(min_length=1, max_length=CUSTOMER_IDS, examples=[["12346", "12347"]])


class FeedbackRequest(Request):
    trace_id: str = Field(
        pattern=r"^[0-9A-Za-z-]{8,64}$", description="`trace_id` of the answer.", examples=["0f3c9a7be1d24c6a"]
    )
    rating: Literal["up", "down"] = Field(examples=["up"])
    reason: (
        Annotated[Text, Field(max_length=QUESTION_CHARACTERS, examples=["The citation is of last year."])] | None
    ) = None


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


class HistoryRequest(Request):
    customer_id: CustomerId


class HistoryMonth(Response):
    month: date = Field(description="Its first day.", examples=["2011-11-01"])
    purchases: int = Field(description="Days on which the customer bought.")
    revenue: float


class HistoryResponse(Response):
    as_of: date = Field(description="The day that predictions start from.")
    months: list[HistoryMonth] = Field(description="Up to that day, the oldest first, none left out.")


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


class Problem(Response):
    error: str = Field(
        description="One sentence that names the thing and the mend.", examples=["question: must not be empty."]
    )
