"""What goes in over HTTP. Requests refuse unknown fields and text that is not text."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aieco_assets.core.contracts import DocumentFilter, Query
from aieco_assets.core.customers.payload import CUSTOMER_ID_CHARACTERS
from aieco_assets.core.text.plain import plain_text
from bento.request_limits import (
    AGENT_SECONDS,
    AGENT_STEPS,
    AGENT_TOKENS,
    CUSTOMER_IDS,
    FILTERS,
    HISTORY,
    PATH_CHARACTERS,
    QUESTION_CHARACTERS,
    REASON_CHARACTERS,
    SEARCH_HITS,
)

EXAMPLE = "How many days do I have to return an item?"

Text = Annotated[str, AfterValidator(plain_text)]
Question = Annotated[Text, Field(max_length=QUESTION_CHARACTERS, examples=[EXAMPLE])]
# A number, an address, or what a source has in front of either: what the warehouse has not is `unknown`.
CustomerId = Annotated[Text, Field(max_length=CUSTOMER_ID_CHARACTERS, examples=["12346"])]
Path = Annotated[Text, Field(max_length=PATH_CHARACTERS)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$")]
Day = Annotated[date, Field(strict=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


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

    @property
    def query(self) -> Query:
        return Query(self.question, self.k, tuple(self.history), self.wanted)


class AnswerQuery(Filtered):
    question: Question

    @property
    def query(self) -> Query:
        return Query(self.question, wanted=self.wanted)


class AgentRequest(Request):
    """A question that takes several look-ups. What it may cost is a bound: less is used where less will do."""

    question: Question
    steps: int = Field(6, ge=1, le=AGENT_STEPS, description="Calls of tools, refused ones included.")
    tokens: int = Field(60_000, ge=1_000, le=AGENT_TOKENS, description="Read and written by the model, by its turns.")
    seconds: float = Field(60.0, ge=1, le=AGENT_SECONDS, description="For all of it.")


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
    reason: Annotated[Text, Field(max_length=REASON_CHARACTERS, examples=["The citation is of last year."])] | None = (
        None
    )


class HistoryRequest(Request):
    customer_id: CustomerId
