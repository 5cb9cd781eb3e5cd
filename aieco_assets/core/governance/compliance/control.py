"""Facts of what is in force (rules, rights, policies) and of what watches over the system (log, drift, incidents)."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

from aieco_assets.core.governance.access import in_force
from aieco_assets.core.governance.audit import verify
from aieco_assets.core.governance.compliance.facts import Fact, counted, file, listed, row, setting
from aieco_assets.core.governance.compliance.reading import looking
from aieco_assets.core.governance.pii_rules import load_rules
from aieco_assets.core.governance.rights import NOBODY
from aieco_assets.core.policy.files import load_policies
from aieco_assets.core.settings import Settings

PERSONAL, RIGHTS, POLICIES = "Personal data", "Readers' rights", "Policies in force"
AUDIT, DRIFT, INCIDENTS, ANSWERS = "Audit log", "Drift and signals", "Incidents", "Answers"
_PII = "aieco_assets/core/governance/pii.yaml"


def of_rules(settings: Settings) -> list[Fact]:
    with looking(settings) as connection:
        return [*_personal(settings, connection), *_rights(settings, connection), *_policies(settings, connection)]


def of_monitoring(settings: Settings) -> list[Fact]:
    with looking(settings) as connection:
        return [*_audit(settings, connection), *_drift(connection), *_incidents(connection), *_answers(connection)]


def _personal(settings: Settings, connection: Any) -> list[Fact]:
    rules = load_rules(settings)
    place = (setting("pii") if settings.pii else file(_PII),)
    digest = sha256(rules.model_dump_json().encode()).hexdigest()
    told = f"The rules in force are {'a file of the operator' if settings.pii else 'those that are shipped'}"
    found = [Fact(PERSONAL, f"{told}; what they say has the sha256 {digest}.", place)]
    for kind, rule in sorted(rules.kinds.items()):
        told = f"{kind}: documents {rule.documents}, logs {rule.logs}, answers {rule.answers}."
        found.append(Fact(PERSONAL, told, place))
    marked = connection.execute("select counts from lake.document_personal_data").fetchall()
    holding = sum(any(counts.values()) for (counts,) in marked)
    told = f"Contents of documents that were looked through: {len(marked)}; of these {holding} hold personal data."
    found.append(Fact(PERSONAL, told, (row("lake.document_personal_data"),)))
    ((erased,),) = connection.execute("select count(*) from governance.audit where action = 'erased'").fetchall()
    ((names,),) = connection.execute("select count(*) from governance.tombstones").fetchall()
    told = f"Erasures until now: {erased}; names that may not come back from a source: {names}."
    return [*found, Fact(PERSONAL, told, (row("governance.audit"), row("governance.tombstones")))]


def _rights(settings: Settings, connection: Any) -> list[Fact]:
    latest = connection.execute(
        "select access_id, rules, problem from lake.access_rules order by access_id desc limit 1"
    ).fetchone()
    if latest is None or (latest[1] is None and not latest[2]):
        place = row("lake.access_rules", access_id=latest[0]) if latest else row("lake.access_rules")
        return [Fact(RIGHTS, "No access.yaml is in force: everyone who may ask reads every document.", (place,))]
    number, text, problem = latest
    place = (row("lake.access_rules", access_id=number),)
    present = in_force(settings, text, problem)
    rules = present.rules
    if rules is None or rules is NOBODY:
        return [Fact(RIGHTS, "access.yaml is not in order: nobody but the operator reads any document.", place)]
    default = "everyone reads" if rules.default else "nobody reads"
    parts = ((rules.folders, "folder"), (rules.documents, "document"), (rules.tags, "keyword"))
    told = listed([counted(len(found), what) for found, what in parts])
    found = [
        Fact(RIGHTS, f"access.yaml is in force; its sha256 is {sha256(text.encode()).hexdigest()}.", place),
        Fact(RIGHTS, f"It has rules for {told}; what none of them names, {default}.", place),
    ]
    if present.problems:  # without the sentences, which have names of documents
        told = f"{counted(len(present.problems), 'rule')} of it {'names' if len(present.problems) == 1 else 'name'}"
        found.append(Fact(RIGHTS, f"{told} what this home has never seen, which closes what no other names.", place))
    return found


def _policies(settings: Settings, connection: Any) -> list[Fact]:
    policies = load_policies(settings)
    if not policies:
        return [Fact(POLICIES, "No policy is in force.", (setting("policies"),))]
    rows = connection.execute(
        "select policy, outcome, max(day)::text from monitoring.decisions group by 1, 2"
    ).fetchall()
    found = []
    for one in policies:
        how = "only records what it would do" if one.dry_run else "acts"
        asks = " after a person has said yes" if one.guards.approval and not one.dry_run else ""
        decided = sorted((day, outcome) for policy, outcome, day in rows if policy == one.name)
        last = f"it decided last on {decided[-1][0]} ({decided[-1][1]})" if decided else "it has decided nothing"
        sources = (f"policy:{one.name}@{one.version}", row("monitoring.decisions"))
        found.append(Fact(POLICIES, f"{one.name} (version {one.version}) {how}{asks}; {last}.", sources))
    return found


def _audit(settings: Settings, connection: Any) -> list[Fact]:
    verdict = verify(settings)
    place = (f"audit:{verdict.head}",)
    if verdict.problem:
        return [Fact(AUDIT, f"The chain of the audit log is broken: {_nameless(settings, verdict.problem)}.", place)]
    if not verdict.rows:
        return [Fact(AUDIT, "The audit log has no row.", (row("governance.audit"),))]
    actions = connection.execute("select action, count(*) from governance.audit group by 1 order by 1").fetchall()
    told = ", ".join(f"{action} {count}" for action, count in actions)
    return [
        Fact(AUDIT, f"The audit log has {counted(verdict.rows, 'row')}, unbroken; its head is {verdict.head}.", place),
        Fact(AUDIT, f"By what was done: {told}.", (row("governance.audit"),)),
    ]


def _nameless(settings: Settings, text: str) -> str:
    return text.replace(str(settings.home), "AIECO_HOME")


def _drift(connection: Any) -> list[Fact]:
    drift, signals = row("monitoring.drift"), row("monitoring.signals")
    day, drifted, columns = connection.execute(
        "select day::text, count(*) filter (where drifted), count(*) from monitoring.drift"
        " where day = (select max(day) from monitoring.drift) group by day"
    ).fetchone() or (None, 0, 0)
    told = f"On {day}, {drifted} of {counted(columns, 'column')} had drifted." if day else "Drift was never measured."
    found = [Fact(DRIFT, told, (row("monitoring.drift", day=day) if day else drift,))]
    last = connection.execute(
        "select day::text, count(*) from monitoring.signals group by day order by day desc limit 1"
    ).fetchone()
    told = f"Signals were measured last of {last[0]}: {last[1]}." if last else "No signals were measured."
    return [*found, Fact(DRIFT, told, (row("monitoring.signals", day=last[0]) if last else signals,))]


def _incidents(connection: Any) -> list[Fact]:
    rows = connection.execute(
        "select id, severity, kind, opened_at::text from monitoring.incidents where resolved_at is null order by id"
    ).fetchall()
    ((ever,),) = connection.execute("select count(*) from monitoring.incidents").fetchall()
    table = (row("monitoring.incidents"),)
    by = Counter(severity for _, severity, _, _ in rows)
    told = f" ({', '.join(f'{name} {count}' for name, count in sorted(by.items()))})" if by else ""
    found = [Fact(INCIDENTS, f"Incidents until now: {ever}; open: {len(rows)}{told}.", table)]
    for number, severity, kind, opened in rows:
        place = (row("monitoring.incidents", id=number),)
        found.append(Fact(INCIDENTS, f"Incident {number}, {severity}, of kind {kind}, is open since {opened}.", place))
    return found


def _answers(connection: Any) -> list[Fact]:
    latest = connection.execute(
        "select fingerprint, kind, summary from evaluation.rag_runs order by evaluated_at desc, fingerprint limit 1"
    ).fetchone()
    if latest is None:
        return [Fact(ANSWERS, "Answers were never evaluated.", (row("evaluation.rag_runs"),))]
    fingerprint, kind, summary = latest
    right, none = summary["answerable"], summary["unanswerable"]
    told = f"The last evaluation ({kind}) asked {counted(summary['questions'], 'question')}: {right['correct']} of"
    told = f"{told} {right['n']} with an answer were answered rightly, {none['abstained']} of {none['n']} without one"
    told = f"{told} were not answered, and {summary['unsupported_numbers']} numbers were said that no quote holds."
    return [Fact(ANSWERS, told, (row("evaluation.rag_runs", fingerprint=fingerprint),))]
