"""Literal documents of a home that is published, and cases that a person accepted."""

from __future__ import annotations

import json

from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.evaluation.embedder_gate import embed_knowledge
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.registry.models import register_embedder
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

THINGS = [
    "bicycles",
    "lockers",
    "printers",
    "parcels",
    "uniforms",
    "invoices",
    "vouchers",
    "keys",
    "laptops",
    "pallets",
    "trolleys",
    "catalogues",
    "posters",
    "lanterns",
    "heaters",
    "ladders",
    "gloves",
    "helmets",
    "badges",
    "receipts",
    "forklifts",
    "shelves",
    "mirrors",
    "curtains",
]


def text_of(thing: str, number: int) -> str:
    return (
        f"# {thing.title()}\n\nWhoever needs {thing} asks the desk on floor {number} before noon on a working day. "
        f"Broken {thing} are brought back within {number + 10} days, with the form that the desk signed.\n"
    )


def step(settings: Settings) -> None:
    sync_documents(settings)
    refresh_chunks(settings)
    register_embedder(settings)
    embed_knowledge(settings)
    VectorStore.open(settings).publish()


def accept_case(settings: Settings, question: str, page: str) -> None:
    golden = {"question": question, "must_contain": ["brought back"], "citations": [[page, 1]]}
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into evaluation.cases (question_key, question, reason, times, trace_id, asked_at, status, golden)"
            " values (%s, %s, 'sample', 1, %s, now(), 'accepted', %s)",
            (question, question, question, json.dumps(golden)),
        )
