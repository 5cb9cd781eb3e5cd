"""Knowledge bases for the tests of rights: a made one of many documents, and real ones that hold some of them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Collection
from pathlib import Path

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.embeddings.index import KnowledgeIndex
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, open_table
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

FOLDERS = ("hr", "hr/pay", "legal", "shop", "shop/stores", "")
TAGS = ("confidential", "staff", "public")
THINGS = {
    "sabbatical": "A sabbatical lasts {n} weeks and is agreed with the head of department.",
    "bicycle": "The company bicycle costs {n} pounds a month and is insured.",
    "merger": "The merger with Northwind is signed on day {n} of the quarter.",
    "parking": "A parking place costs {n} euros a week behind the warehouse.",
    "refund": "A refund is paid within {n} days to the card of the customer.",
    "warranty": "The warranty of a lamp lasts {n} months from delivery.",
    "delivery": "Standard delivery takes {n} working days in the United Kingdom.",
    "bonus": "The yearly bonus of a manager is {n} percent of the salary.",
    "discount": "Staff get a discount of {n} percent on every lamp and candle.",
    "holiday": "Every employee gets {n} days of paid holiday each year.",
    "archive": "Contracts stay in the archive for {n} years after they end.",
    "training": "A training budget of {n} pounds is given to each employee.",
}
QUESTIONS: tuple[str, ...] = (
    "How long does a sabbatical last?",
    "How many days of paid holiday does an employee get?",
    "When is the merger with Northwind signed?",
    "What does a parking place cost?",
    "How many percent is the bonus?",
    "Wie lange dauert die Lieferung?",
    "How long is the waranty of a lamp?",
    "What is the dicsount for staff on candles?",
    "Within how many days is a refund paid?",
    "What was the old rule for the archive?",
    "What do the documents say about bicycles and trainings?",
)


def write_documents(source: Path, drawn: random.Random, number: int) -> None:
    """Markdown of a few sentences each, in folders, with keywords, versions, and some of the same bytes."""
    written: list[Path] = []
    for place in range(number):
        folder = source / drawn.choice(FOLDERS)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{drawn.choice(list(THINGS))}-{place}.md"
        if written and drawn.random() < 0.12:
            shutil.copy(drawn.choice(written), path)
        else:
            path.write_text(_document(drawn, place))
        written.append(path)


def _document(drawn: random.Random, place: int) -> str:
    things = drawn.sample(list(THINGS), drawn.randint(1, 4))
    tags = drawn.sample(TAGS, drawn.choice((0, 0, 1, 2)))
    head = f"---\ntitle: {things[0].title()} rules\n"
    head += f"tags: {', '.join(tags)}\n" if tags else ""
    head += f"version: {drawn.randint(1, 3)}\nvalid from: 20{drawn.randint(10, 24)}-01-01\n" if place % 3 == 0 else ""
    said = "".join(f"\n## {one.title()}\n\n{THINGS[one].format(n=drawn.randint(2, 60))}\n" for one in things)
    return f"{head}---\n\n# {things[0].title()} rules\n{said}"


def publish(settings: Settings, embedder: Embedder) -> KnowledgeIndex:
    """The knowledge base of the settings' documents."""
    sync_documents(settings)
    refresh_chunks(settings)
    embed_missing(settings, embedder)
    VectorStore.open(settings).publish()
    live = VectorStore.open(settings).live()
    assert live is not None
    return live


def holding_only(
    own: Settings, whole: Settings, documents: Collection[tuple[str, str]], folder: Path
) -> KnowledgeIndex | None:
    """A knowledge base in LanceDB of its own that holds these documents (content, path) and nothing else, published as
    any other; None for none. Vectors are copied: they are of each chunk alone."""
    if not documents:
        return None
    settings = own.model_copy(update={"lancedb_url": str(folder)})
    paths = dict(documents)
    here, there = connect_vectors(settings), connect_vectors(whole)
    for name in (CHUNKS_TABLE, PAGES_TABLE):
        table = there.open_table(name)
        rows = column(table, *table.schema.names, where=any_of("sha256", paths)).to_pylist()
        for row in rows:
            row["document"] = paths[row["sha256"]]
        open_table(here, name).add(rows)
    with connect(own.warehouse) as mine, connect(whole.warehouse) as theirs:
        mine.execute("truncate lake.documents, lake.document_facts, lake.knowledge_versions, lake.chunks_as_of")
        for name, condition in (("documents", "path = any(%s)"), ("document_facts", "sha256 = any(%s)")):
            found = theirs.execute(
                f"select * from lake.{name} where {condition}".encode(),
                (list(paths.values()) if name == "documents" else list(paths),),
            )
            assert found.description is not None
            names = ", ".join(one.name for one in found.description)
            places = ", ".join("%s" for _ in found.description)
            with mine.cursor() as cursor:
                cursor.executemany(f"insert into lake.{name} ({names}) values ({places})".encode(), found.fetchall())
        mine.execute("insert into lake.chunks_as_of (as_of) select max(last_seen) from lake.documents")
    VectorStore.open(settings).publish()
    return VectorStore.open(settings).live()
