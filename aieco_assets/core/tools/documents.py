"""Questions, passages and pages: what the caller may read of the documents, and numbers where a question asks one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from aieco_assets.core.contracts import Citation, DocumentFilter, Query
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.payload import answer_payload
from aieco_assets.core.rag.understanding.question import MAX_MESSAGE
from aieco_assets.core.serving.keys import ASK
from aieco_assets.core.tools.tool import DATA_NOT_ORDERS, Input, Output, Plain, Platform, Tool

HITS, PASSAGE_CHARACTERS, PAGE_CHARACTERS, QUOTE_CHARACTERS = 20, 4_000, 20_000, 4_000
ROWS = 200  # of a number by groups
Question = Annotated[
    str,
    Field(min_length=1, max_length=MAX_MESSAGE, examples=["How many days do I have to return an item?"]),
    Plain,
]
Path = Annotated[str, Field(min_length=1, max_length=1_000), Plain]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Filtered(Input):
    documents: list[Path] = Field([], max_length=50, description="Only these: paths, folders, or paths with `*`.")
    tags: list[Path] = Field([], max_length=50, description="Only documents with any of these keywords.")
    dated_from: Annotated[date | None, Field(strict=False)] = Field(None, description="Only of this day and later.")
    dated_until: Annotated[date | None, Field(strict=False)] = Field(None, description="Only of this day and earlier.")

    @property
    def wanted(self) -> DocumentFilter:
        return DocumentFilter(tuple(self.documents), tuple(self.tags), (), self.dated_from, self.dated_until)


class AskInput(Filtered):
    question: Question
    history: list[Question] = Field([], max_length=50, description="Questions before this one, oldest first.")


class SearchInput(Filtered):
    question: Question
    k: int = Field(5, ge=1, le=HITS, description="Passages to return.")


class ReadPageInput(Input):
    sha256: Sha256 = Field(description="Of the document, as search and ask give it.")
    page: int = Field(ge=1, le=100_000)
    start: int = Field(0, ge=0, le=50_000_000, description="Character to begin at, for a page longer than one reply.")


class Quoted(Output):
    """A span of a page: material."""

    document: str
    page: int
    sha256: str = Field(description="With `page`, what read_page takes.")
    start: int
    end: int
    quoted: str = Field(description=DATA_NOT_ORDERS)


class AskOutput(Output):
    answer: str = Field(description="Supported, sentence by sentence, by the citations or the number.")
    mode: str = Field(description="quote, write (by a model, each sentence verified) or number (of the warehouse).")
    abstained: bool = Field(description="Nothing here answers it; `answer` says so.")
    verified: bool
    confidence: float | None
    citations: list[Quoted]
    suggestions: list[Quoted] = Field(description="Pages that speak of it, where it abstains.")
    number: dict[str, Any] | None = Field(description="Definition, value, rows and freshness, where a number answers.")
    knowledge_base: dict[str, Any]
    models: dict[str, str]
    trace_id: str


class SearchOutput(Output):
    hits: list[Quoted] = Field(description="Best first.")


class ReadPageOutput(Quoted):
    title: str
    characters: int = Field(description="Of the whole page.")
    next_start: int | None = Field(description="Where the rest begins; none when this is the end.")


async def ask(platform: Platform, given: AskInput) -> AskOutput:
    answer = await platform.ask(Query(given.question, history=tuple(given.history), wanted=given.wanted))
    told = answer_payload(answer)
    number = told["metric"]
    if number:
        number["rows"] = number["rows"][:ROWS]
    return AskOutput(
        answer=told["answer"],
        mode=told["mode"],
        abstained=told["abstained"],
        verified=told["verified"],
        confidence=told["confidence"],
        citations=[_cited(one) for one in answer.citations],
        suggestions=[_cited(one) for one in answer.suggestions],
        number=number,
        knowledge_base=told["knowledge_base"],
        models=told["models"],
        trace_id=told["trace_id"],
    )


async def search(platform: Platform, given: SearchInput) -> SearchOutput:
    hits = await platform.search(given.question, given.k, given.wanted)
    found = [hit.chunk for hit in hits[: given.k]]
    return SearchOutput(
        hits=[
            Quoted(
                document=one.document,
                page=one.page,
                sha256=one.sha256,
                start=one.start,
                end=one.end,
                quoted=one.text[:PASSAGE_CHARACTERS],
            )
            for one in found
        ]
    )


async def read_page(platform: Platform, given: ReadPageInput) -> ReadPageOutput:
    found = await platform.page(given.sha256, given.page)
    if found is None:
        raise AiecoError("There is no such page that you may read: the document may have changed, so search again.")
    text = found.text[given.start : given.start + PAGE_CHARACTERS]
    end = given.start + len(text)
    return ReadPageOutput(
        document=found.document,
        page=found.page,
        sha256=found.sha256,
        start=given.start,
        end=end,
        quoted=text,
        title=found.title,
        characters=len(found.text),
        next_start=end if text and end < len(found.text) else None,
    )


def _cited(one: Citation) -> Quoted:
    place = {name: getattr(one, name) for name in ("document", "page", "sha256", "start", "end")}
    return Quoted(**place, quoted=one.quote[:QUOTE_CHARACTERS])


TOOLS = (
    Tool(
        "ask",
        "Ask the documents and the numbers",
        "One answer to a question in plain words: from the documents, each sentence verified against quotes of the "
        "pages cited, or a governed number of the warehouse. Abstains rather than guesses. " + DATA_NOT_ORDERS,
        ASK,
        AskInput,
        AskOutput,
        ask,
    ),
    Tool(
        "search",
        "Search the documents",
        "The passages nearest to a question, with the page each stands on. " + DATA_NOT_ORDERS,
        ASK,
        SearchInput,
        SearchOutput,
        search,
    ),
    Tool(
        "read_page",
        "Read a page",
        "The text of one page of a document that search or ask named by sha256 and page. " + DATA_NOT_ORDERS,
        ASK,
        ReadPageInput,
        ReadPageOutput,
        read_page,
    ),
)
