"""What of the platform's doings goes into the audit log, and under which names.

An ask is its trace and the name of the key, never the question; a page that was read is named by a keyed hash of its
document, so that a document can be erased while the log stays as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, Answer
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.governance.home_key import home_key
from aieco_assets.core.settings import Settings

READ = "read"  # kind of the spool's records that are for this log alone


def read_record(settings: Settings, sha256: str, page: int, who: str) -> dict[str, Any]:
    """That a page was opened, as a record of the service's spool."""
    return {
        "kind": READ,
        "event_id": uuid.uuid4().hex,
        "at": datetime.now(timezone.utc).isoformat(),
        "key_id": who,
        "document": home_key(settings).name("document", sha256),
        "page": page,
    }


def asked(answer: Answer, outcome: str, who: str) -> Entry:
    """An answer that was given without the service."""
    return _asked(answer.trace_id, who, "answer", outcome, len(answer.citations), answer.knowledge_base.version)


def of_records(records: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Of records of the spool: who asked, who had customers predicted, who read; one entry each, however often it is
    sent. Answers that nobody saw are none."""
    return [entry for one in records if (entry := _of_record(one))]


def of_move(
    model: str, alias: str, from_version: int | None, to_version: int | None, actor: str, reason: str
) -> Entry | None:
    """A move of the registry that somebody decided; None for an alias that only follows from another."""
    back = alias == CHAMPION and None not in (from_version, to_version) and (to_version or 0) < (from_version or 0)
    action = {CHAMPION: "rolled_back" if back else "promoted", CHALLENGER: "challenged"}.get(alias)
    if action is None:
        return None
    return Entry(actor, action, f"model:{model}", {"from": from_version, "to": to_version, "reason": reason})


def _of_record(one: Mapping[str, Any]) -> Entry | None:
    kind, who = one.get("kind"), str(one.get("key_id", ""))
    if kind == "answer" and one.get("arm") != "shadow":
        version = one.get("knowledge_version")
        return _asked(str(one["trace_id"]), who, kind, one.get("outcome"), one.get("citations"), version)
    if kind == "prediction":
        trace, customers = str(one["trace_id"]), one.get("customers")
        return Entry(who, "asked", f"trace:{trace}", {"kind": kind, "customers": customers}, f"asked:{trace}")
    if kind == READ:
        detail = {"page": one.get("page"), "opened_at": one.get("at")}
        return Entry(who, READ, str(one.get("document")), detail, f"read:{one['event_id']}")
    return None


def _asked(trace: str, who: str, kind: str, outcome: Any, citations: Any, version: Any) -> Entry:
    detail = {"kind": kind, "outcome": outcome, "citations": citations, "knowledge_version": version}
    return Entry(who, "asked", f"trace:{trace}", detail, f"asked:{trace}")
