"""`aieco ask`: one answer, from the running service or in this process, as JSON or for the eye."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import ALL_DOCUMENTS, Answer, DocumentFilter, KnowledgeVersion, Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.serving.keys import own_key
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.environment import service_address
from aieco_assets.orchestrate.access import answerer_as

SECONDS = 120


def ask_once(
    settings: Settings,
    question: str,
    as_of: str = "",
    wanted: DocumentFilter = ALL_DOCUMENTS,
    reader: Reader | None = None,
) -> dict[str, Any]:
    """The answer object of DESIGN section 4.

    A service is asked when AIECO_SERVICE_URL names one or the local stack is up; otherwise the models are loaded here.
    `as_of`: number, day or time of an older version of the documents, which alone then answer, in this process.
    `wanted`: the only documents that may answer. `reader`: whose documents answer, in this process, for a service knows
    its readers by their keys; None: all.
    """
    if as_of:
        return _ask_older(settings, question, as_of, wanted, reader)
    url = _service_of(settings)
    if url and reader is None:
        return _ask_service(url, question, settings, wanted)
    from aieco_assets.core.knowledge.document_facts import with_documents
    from aieco_assets.core.metrics.answer import either, reply
    from aieco_assets.core.rag.evidence.thresholds import champion_ways
    from aieco_assets.core.rag.payload import answer_payload
    from aieco_assets.core.rag.pipeline import open_answerer
    from aieco_assets.core.stack.platform import open_platform
    from aieco_assets.core.storage.access import SERVICE, as_role

    with open_platform(settings) as opened:
        opened = as_role(opened, SERVICE)
        number = reply(opened, question, lambda: live_knowledge(opened)) if wanted == ALL_DOCUMENTS else None

        def of_documents() -> Answer:
            answerer = answerer_as(opened, open_answerer(opened, *champion_ways(opened)), reader)
            return answerer.answer(question, wanted=wanted)

        answer = either(number, of_documents)
        note_asked(opened, answer)
        return answer_payload(with_documents(opened, answer))


def _ask_older(
    settings: Settings, question: str, as_of: str, wanted: DocumentFilter, reader: Reader | None
) -> dict[str, Any]:
    from aieco_assets.core.embeddings.as_of import open_as_of
    from aieco_assets.core.knowledge.document_facts import with_documents
    from aieco_assets.core.rag.evidence.thresholds import champion_ways
    from aieco_assets.core.rag.payload import answer_payload
    from aieco_assets.core.rag.pipeline import answerer_of
    from aieco_assets.core.stack.platform import open_platform
    from aieco_assets.core.storage.access import SERVICE, as_role

    if _service_named(settings):
        raise AiecoError("A service answers from the live version only: unset AIECO_SERVICE_URL to ask an older one.")
    with open_platform(settings) as opened:
        opened = as_role(opened, SERVICE)
        index = open_as_of(opened, as_of)
        answerer = answerer_as(opened, answerer_of(opened, index, *champion_ways(opened)), reader)
        answer = answerer.answer(question, wanted=wanted)
        note_asked(opened, answer)
        return answer_payload(with_documents(opened, answer))


def note_asked(settings: Settings, answer: Answer) -> None:
    """Who asked at this machine; the service writes down who asked it."""
    from aieco_assets.core.governance.audit import record
    from aieco_assets.core.governance.audit_events import asked
    from aieco_assets.core.registry.promotion import person

    record(settings, asked(answer, "abstained" if answer.abstained else "answered", person()))


def live_knowledge(settings: Settings) -> KnowledgeVersion:
    """What is published, version 0 while nothing is: a number of the warehouse needs no documents and no models."""
    from aieco_assets.core.embeddings.store import VectorStore

    index = VectorStore.open(settings).live()
    return index.knowledge_version() if index else KnowledgeVersion(0, None)


def _service_of(settings: Settings) -> str:
    """The service that answers; empty: none, the models are loaded here."""
    return _service_named(settings) or _local_service(settings)


def _service_named(settings: Settings) -> str:
    """That of AIECO_SERVICE_URL; none where `aieco env` named the home's own, and it is down."""
    if settings.service_url == service_address(settings):
        with socket.socket() as probe:
            probe.settimeout(2)
            if probe.connect_ex((settings.host, settings.service_port)):
                return ""
    return settings.service_url


def _local_service(settings: Settings) -> str:
    from aieco_assets.core.stack.processes import owner_alive, read_record

    record = read_record(settings.home)
    if not record or not record["ready"] or not owner_alive(record) or "login" in record["processes"]:
        return ""  # behind the login it takes no port: whoever works on this machine asks in a process of their own
    return service_address(settings)


def _ask_service(url: str, question: str, settings: Settings, wanted: DocumentFilter) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    if key := own_key(settings):
        headers["Authorization"] = f"Bearer {key}"
    asked = {"question": question, **{name: value for name, value in asdict(wanted).items() if value}}
    request = urllib.request.Request(  # noqa: S310 - the url is the operator's own setting
        url.rstrip("/") + "/answer", data=json.dumps(asked, default=str).encode(), headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        reason = _error_text(error.read())
        raise AiecoError(f"The service at {url} refused ({error.code}): {reason}") from None
    except OSError as error:
        raise AiecoError(
            f"No service answers at {url} ({error}): start it with `aieco up`, or unset AIECO_SERVICE_URL."
        ) from None


def _error_text(body: bytes) -> str:
    try:
        return str(json.loads(body).get("error", "no reason given"))
    except (ValueError, AttributeError):
        return "no reason given"


def first_question(settings: Settings) -> str:
    """The first golden question that has an answer, of the documents' own `questions.jsonl` or of the sample."""
    for file in (Path(settings.documents_source) / "questions.jsonl", settings.home / "sample" / "questions.jsonl"):
        if file.is_file():
            for line in file.read_text().splitlines():
                entry = json.loads(line)
                if not entry.get("unanswerable"):
                    return str(entry["question"])
    raise AiecoError('No question was given: aieco ask "…" asks one.')


def _told(document: dict[str, Any]) -> str:
    """Title and days of a cited document, as far as it names them: Leave policy, dated 2026-03-02, in force from …"""
    days = (("dated", document["dated"]), *((f"in force {word}", day) for word, day in document["in_force"].items()))
    return ", ".join([*filter(None, [document["title"]]), *(f"{name} {day}" for name, day in days if day)])


def render(answer: dict[str, Any], question: str = "") -> str:
    """The answer for a terminal: the text, then each citation, with its quote where the text is not the quote."""
    from aieco_assets.core.rag.seal import repeated, seal

    sealed = seal(answer["answer"], [citation["quote"] for citation in answer["citations"]])
    state = "abstained" if answer["abstained"] else sealed if answer["verified"] else "not verified"
    lines = [*([f"Q: {question}"] if question else []), answer["answer"], ""]
    told = {one["path"]: _told(one) for one in answer.get("documents", ())}
    for number, citation in enumerate(answer["citations"], 1):
        quote = " ".join(citation["quote"].split())
        of_itself = f" ({facts})" if (facts := told.get(citation["document"])) else ""
        shown = "" if repeated(citation["quote"], answer["answer"]) else f": “{quote}”"
        lines.append(f"[{number}] {citation['document']}, page {citation['page']}{of_itself}{shown}")
    if nearest := answer.get("suggestions"):
        lines.append("These pages speak of it:" if answer["abstained"] else "These places say different things:")
        lines += [f"    {c['document']}, page {c['page']}: “{' '.join(c['quote'].split())}”" for c in nearest]
    seconds = f"{answer['usage']['latency_ms'] / 1000:.1f} s"
    if metric := answer.get("metric"):
        from aieco_assets.core.metrics.wording import number

        lines += [f"    {row['label']:<44} {number(row['value'], metric['unit']):>16}" for row in metric["rows"]]
        lines.append(f"    metric {metric['name']}: {metric['definition']}")
        loaded = f", loaded {metric['loaded_at'][:16].replace('T', ' ')}" if metric["loaded_at"] else ""
        lines.append(f"    {', '.join(metric['tables'])} · data up to {metric['as_of']}{loaded} · {seconds}")
    else:
        # How likely it answers the question: said of an answer, never of silence.
        sure = "" if answer["abstained"] or not answer.get("confidence") else f" · {answer['confidence']:.0%} sure"
        lines.append(f"    {state}{sure} · knowledge base version {answer['knowledge_base']['version']} · {seconds}")
    return "\n".join(lines)
