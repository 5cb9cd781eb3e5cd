"""Asks every question once as packaged, and once more with silence forbidden where it was silent; keeps each answer.

A file per set under the cache holds one line per question, so that an interrupted run goes on where it ended. Its
folder is named by the code, the policy and the model that answer: another of them asks anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import Answer
from aieco_assets.core.llm.gateway import llm_identity
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.pipeline import Answerer, open_answerer
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.pool import close_kept
from aieco_assets.core.storage.postgres import kept_connections
from benchmarks.accuracy.knowledge import READING, code_digest, knowledge_of
from benchmarks.accuracy.sets import Base, PublicSet

ANSWERING = (*READING, "llm", "rag")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Reply:
    """What was answered to a question. `quotes`: (document, page, quote) of its citations."""

    answer: str
    silent: bool
    confidence: float
    mode: str
    quotes: tuple[tuple[str, int, str], ...]

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        quotes = tuple((c.document, c.page, c.quote) for c in answer.citations)
        return cls(answer.answer, answer.abstained, answer.confidence, answer.mode, quotes)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Reply:
        return cls(**{**told, "quotes": tuple((str(d), int(p), str(q)) for d, p, q in told["quotes"])})


@dataclass(frozen=True)
class Told:
    """`said`: as the policy has it. `made`: what it says when it may not be silent; the same where it was not."""

    said: Reply
    made: Reply
    retrieved: tuple[tuple[str, int], ...]
    latency_ms: float


def ask_set(
    opened: Settings, cache: Path, public: PublicSet, policy: Policy, limit: int, progress: Progress
) -> list[Told]:
    """What came of each question of a set, in its order; only what is not in the cache is asked."""
    file = cache / "answers" / _fingerprint(opened, policy) / f"{public.name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    told, left = _kept(file), limit or len(public.asked)
    found: list[Told] = []
    for base in public.bases:
        asked = base.asked[:left]
        left -= len(asked)
        missing = [one.question.question for one in asked if _key(base, one.question.question) not in told]
        if missing:
            progress(f"{public.name}: {base.name}", len(found), len(public.asked))
            _ask(knowledge_of(opened, public.name, base), base, missing, policy, file, told, progress)
        found += [told[_key(base, one.question.question)] for one in asked]
    progress(f"{public.name}: done", len(found), len(found))
    return found


def _ask(
    settings: Settings,
    base: Base,
    questions: Sequence[str],
    policy: Policy,
    file: Path,
    told: dict[str, Told],
    progress: Progress,
) -> None:
    answerer = open_answerer(settings, policy)
    try:
        with kept_connections(), file.open("a", encoding="utf-8") as kept:  # as the service answers
            answerer.answer("What is this about?")  # opens files and models, which is no answer's latency
            for done, question in enumerate(questions, start=1):
                key = _key(base, question)
                told[key] = ask(answerer, question)
                kept.write("\n" + json.dumps({"key": key, **asdict(told[key])}))  # behind a line that was cut off, too
                kept.flush()
                progress(base.name, done, len(questions))
    finally:
        close_kept()


def ask(answerer: Answerer, question: str) -> Told:
    """The answer, and the one that would be given if silence were forbidden: asked only after silence."""
    first = answerer.answer(question)
    said = made = Reply.of(first)
    if said.silent:
        talkative = answerer.having(answerer.llm, replace(answerer.policy, sure=0.0), answerer.prompt)
        made = Reply.of(talkative.answer(question))
    return Told(said, made, first.retrieved, first.usage.latency_ms)


def _kept(file: Path) -> dict[str, Told]:
    """By key; what a line that was cut off told is asked again."""
    told: dict[str, Told] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        retrieved = tuple((str(document), int(page)) for document, page in one["retrieved"])
        replies = Reply.from_json(one["said"]), Reply.from_json(one["made"])
        told[one["key"]] = Told(*replies, retrieved, one["latency_ms"])
    return told


def _key(base: Base, question: str) -> str:
    return f"{base.name}: {question}"


def _fingerprint(settings: Settings, policy: Policy) -> str:
    model = asdict(llm_identity(settings))
    whole = [code_digest(ANSWERING), policy.to_json(), model, settings.llm_temperature, settings.llm_top_p]
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]
    return f"{policy.mode}-{digest}"
