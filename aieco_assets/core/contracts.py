"""Names, grains and schemas shared by both sides of a border. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

# --- registry ---------------------------------------------------------------
EMBEDDER, LLM, CLV, RAG = "embedder", "llm", "clv", "rag"
CHURN, SEGMENTS = "churn", "segments"
DAILY_SALES = "daily_sales"  # fitted with each forecast, and so no version of the registry
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
FINE_TUNED = "fine_tuned"  # tag of a version that has learned from this home's documents
CANARY, SHADOW = "canary", "shadow"  # with CHAMPION, whose answer it is: the challenger's by its share, or unseen

# --- the graph ----------------------------------------------------------------
# Assets that a person or a model waits for; defs/catalog.py says how old each may be.
WAITED_FOR = (
    "lake/documents",
    "lake/transactions",
    "raw/transactions",
    "marts/fct_sales_lines",
    "marts/agg_daily_sales",
    "knowledge/index",
    "features/customer_rfm",
    "models/clv",
    "models/churn",
    "predictions/customers",
    "predictions/churn",
    "predictions/segments",
    "predictions/next_items",
    "predictions/daily_sales",
    "evaluation/rag",
    "evaluation/verification",
    "monitoring/drift",
    "monitoring/inference_log",
    "monitoring/signals",
)
JOBS = ("retail_day", "customers_month", "service_day", "knowledge_base", "remediation", "maintenance")

# --- lake --------------------------------------------------------------------
TRANSACTION_COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
DOCUMENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
    ".eml": "message/rfc822",
}

# --- rights -------------------------------------------------------------------
EVERYONE, USER = "everyone", "user:"  # in rules: every reader, and one of them by name

# --- vectors -----------------------------------------------------------------
CHUNKS_TABLE, PAGES_TABLE, LIVE_TAG = "chunks", "pages", "live"
READINGS_TABLE, WORDS_TABLE = "readings", "words"


@dataclass(frozen=True)
class Page:
    """One page of one document. Grain: (sha256, page). `text` is what quotes are found in, character for character."""

    sha256: str
    document: str
    page: int
    text: str
    title: str = ""

    @property
    def page_id(self) -> str:
        return f"{self.sha256}:{self.page}"


@dataclass(frozen=True)
class Chunk:
    """A span of one page: `page.text[start:end] == text`.

    Grain: chunk_id, the sha256 of (document hash, page, start, text). `indexed_text`: what of it is searched and
    embedded; left empty where a chunk is only shown.
    """

    chunk_id: str
    sha256: str
    document: str
    page: int
    start: int
    end: int
    text: str
    heading: str = ""
    indexed_text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Document:
    """A document of one published version, and what it says of itself; empty or None where it says nothing.

    Grain: path. `replaces`: names of documents, as it gives them.
    """

    path: str
    sha256: str
    title: str = ""
    language: str = ""
    dated: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    version: str = ""
    replaces: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentFilter:
    """Which documents may answer; what is left empty limits nothing.

    `documents`: paths, folders, or paths with `*`; `languages` as in BCP 47; `dated_from`, `dated_until`: of the day
    that a document names as its own. A document must satisfy all that is given, by any one of each tuple.
    """

    documents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    dated_from: date | None = None
    dated_until: date | None = None


ALL_DOCUMENTS = DocumentFilter()


@dataclass(frozen=True)
class Reader:
    """Who asks: the user's name and groups, from an API key or a token."""

    user: str
    groups: frozenset[str] = frozenset()

    @property
    def principals(self) -> frozenset[str]:
        """What a rule can name of this reader."""
        return self.groups | {EVERYONE, USER + self.user}


@dataclass(frozen=True)
class Query:
    """A question as it is asked: how many pages may answer, the questions before it (oldest first), `wanted`, the only
    documents that may answer, and who asks (None: the operator, who reads everything)."""

    question: str
    k: int = 8
    history: tuple[str, ...] = ()
    wanted: DocumentFilter = ALL_DOCUMENTS
    reader: Reader | None = None


@dataclass(frozen=True)
class Within:
    """Where a search looks: in these documents (their paths), or with `excluded` in all others."""

    paths: frozenset[str]
    excluded: bool = False

    def admits(self, path: str) -> bool:
        return (path in self.paths) is not self.excluded


@dataclass(frozen=True)
class Hit:
    """A chunk as retrieval returns it; `score` falls with rank, comparable within one search only."""

    chunk: Chunk
    score: float


@dataclass(frozen=True)
class Citation:
    """A quote found in a page: `page.text[start:end] == quote`."""

    document: str
    page: int
    quote: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True)
class ModelIdentity:
    """A model whose weights lie outside the registry: its name, where it lies, and the digest that pins it.

    `sha256` is what the loaded model gives as its version; empty for a model behind an HTTP API, whose bytes cannot
    be seen from here. `facts` are worth showing beside it.
    """

    name: str
    uri: str
    sha256: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CitedDocument:
    """What a cited document says of itself: ISO days, None where it names none. Grain: path."""

    path: str
    title: str
    dated: str | None = None
    in_force_from: str | None = None
    in_force_until: str | None = None

    @property
    def in_force(self) -> dict[str, str | None]:
        return {"from": self.in_force_from, "until": self.in_force_until}


@dataclass(frozen=True)
class KnowledgeVersion:
    """Which knowledge base answered: LanceDB version behind the `live` tag and the day its documents were read.

    `published`: where the reader may not read all of it, `version` is a number of what may be read, and this the
    LanceDB version, which is written into the log and shown to nobody.
    """

    version: int
    as_of: datetime | None
    stale: bool = False
    published: int | None = field(default=None, repr=False)

    @property
    def logged(self) -> int:
        return self.version if self.published is None else self.published


@dataclass(frozen=True)
class Usage:
    """Tokens read and written for an answer, its milliseconds, and its cost where the settings name a price."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: float = 0.0
    cost: float | None = None

    def plus(self, more: Usage) -> Usage:
        """Of both, one after the other."""
        cost = None if self.cost is None and more.cost is None else (self.cost or 0.0) + (more.cost or 0.0)
        tokens = (self.prompt_tokens + more.prompt_tokens, self.completion_tokens + more.completion_tokens)
        return Usage(*tokens, round(self.latency_ms + more.latency_ms, 1), cost)


@dataclass(frozen=True)
class MetricFilters:
    """What a metric was limited to. Values as the warehouse has them; an empty tuple: not limited.

    `items` are stock codes; `categories` and `stores` are empty in shops that have none. `period`: the question's own
    words, empty when it named none.
    """

    countries: tuple[str, ...]
    items: tuple[str, ...]
    first_day: date
    last_day: date
    period: str = ""
    categories: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricRow:
    """One group of a metric. `key` as the warehouse has it, `label` for people; None: undefined (nothing to divide).

    Of a group by two things `key` is both with a bar between them: GROCERY|2011-03.
    """

    key: str
    label: str
    value: int | float | None


@dataclass(frozen=True)
class MetricResult:
    """A governed metric as it was read from the warehouse in one snapshot.

    `unit`: the shop's currency (an ISO code, or `currency` when it is not known), share (0 to 1), or what is counted.
    `limits`: in words, what else than `filters` it is limited to (outside the UK, orders over £100). `whole`: of a
    share, what it is a part of. `change`: of two rows that are compared, how much the later one (or the first place) is
    above the other, as a share of that one; None where a period is not covered by the data.
    `value` is over all that the filters let through; `rows` are its groups by `group_by` (one thing, or two with a
    comma; at most as many as were asked for) and `groups` says how many there are. `as_of`: the latest invoice date of
    the tables; `loaded_at`: when lines were last loaded, None when the reader may not see that.
    """

    name: str
    definition: str
    unit: str
    tables: tuple[str, ...]
    filters: MetricFilters
    value: int | float | None
    group_by: str | None
    rows: tuple[MetricRow, ...]
    groups: int
    as_of: date
    loaded_at: datetime | None
    limits: tuple[str, ...] = ()
    whole: int | float | None = None
    change: float | None = None


@dataclass(frozen=True)
class Answer:
    """One answer as the command line and the service give it (DESIGN section 4).

    `metric`: where the number comes from, None for an answer from the documents. `retrieved`: (document, page) of each
    chunk that was found, best first; `scores`: (chunk_id, score) of the same ones. `arm`: whose answer it is, champion,
    canary or shadow, and `versions`: the registered versions behind it, by model. `documents`: those of the citations,
    each once, where whoever answers looked them up. `model_failed`: its server did not answer, and the quotes do.
    `suggestions`: of an answer that is none, the pages that speak of the question, each by its best line. `mode`: how
    it was answered: by a `number` of the warehouse, a `quote`, or what a model has had to `write`. `confidence`: the
    probability that the best of what was found answers the question, told also where that is too little to answer.
    """

    answer: str
    abstained: bool
    verified: bool
    citations: tuple[Citation, ...]
    knowledge_base: KnowledgeVersion
    models: dict[str, str]
    usage: Usage
    trace_id: str
    retrieved: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    scores: tuple[tuple[str, float], ...] = field(default=(), repr=False)
    metric: MetricResult | None = None
    arm: str = CHAMPION
    versions: dict[str, int] = field(default_factory=dict, repr=False)
    documents: tuple[CitedDocument, ...] = ()
    model_failed: bool = field(default=False, repr=False)
    suggestions: tuple[Citation, ...] = ()
    mode: str = "quote"
    confidence: float = 0.0
