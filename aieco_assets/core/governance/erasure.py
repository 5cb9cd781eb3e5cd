"""Erasing a customer or a document: from every place that held it, for good, with a certificate.

The tombstone comes first, so that no source brings back what a killed erasure had removed. Every step can be done
twice, and what tells a step what to look for goes last: an erasure that was killed is simply run again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance import certificate as certificates
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.governance.certificate import Certificate
from aieco_assets.core.governance.erasure_documents import (
    Found,
    erase_from_manifest,
    find_document,
    refuse_attachments,
    sentences_of,
)
from aieco_assets.core.governance.erasure_files import forget_parsed, redact_files
from aieco_assets.core.governance.erasure_lake import customer_lines, erase_from_lake, own_customers
from aieco_assets.core.governance.erasure_limits import fine_tuned_models, limits, trained_models
from aieco_assets.core.governance.erasure_lock import alone
from aieco_assets.core.governance.erasure_postgres import empty_log, refuse_observers, rewrite
from aieco_assets.core.governance.erasure_tables import APPEND_ONLY, customer_rows, erase_rows, mentions, redact
from aieco_assets.core.governance.erasure_vectors import erase_from_vectors, pages_of
from aieco_assets.core.governance.home_key import home_key
from aieco_assets.core.governance.redaction import ERASED, Traces
from aieco_assets.core.governance.tombstones import add_tombstones, read_tombstones
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

# Rows of these say what a document says, when they name it.
_QUOTING = ("evaluation.rag_questions", "evaluation.cases")
_DATABASES = ("", "dagster", "mlflow")
_SPOOL_SECONDS = 10.0
_KNOWN = "select from governance.audit where event_id = %s"


@dataclass(frozen=True)
class Erased:
    """`path` of the certificate, and what it says."""

    path: Path
    certificate: Certificate


def customer_holdings(settings: Settings, customer: str) -> dict[str, int]:
    """What an erasure of the customer would remove, by place; empty when nobody knows her here."""
    lines = customer_lines(settings, customer)
    return ({"lake": lines} if lines else {}) | customer_rows(settings.warehouse, customer)


def document_holdings(settings: Settings, path: str) -> Found:
    """The paths and contents that an erasure of the document would remove; none when nobody knows it here. Raises
    AiecoError for one that came with a mail."""
    found = find_document(settings, path)
    refuse_attachments(found)
    return found


def erase_customer(settings: Settings, customer: str, by: str, reason: str = "") -> Erased:
    """Erases a customer by her id. Raises AiecoError for one that is not known here, while a run or another erasure is
    at work, and where somebody keeps Postgres from forgetting: then nothing or a part is done, to be run again."""
    subject = home_key(settings).name("customer", customer)
    with alone(settings):
        before = customer_holdings(settings, customer)
        if not before and not certificates.is_open(settings, subject):
            raise _unknown(settings, subject, f"No customer {customer} is known in this home")
        traces = Traces.of([customer])
        key = home_key(settings)
        names = [subject, *(key.name("own customer", own) for own in own_customers(settings, customer))]
        with _certified(settings, subject, by, reason, names, before, traces) as certificate:
            certificate.add({"lake": erase_from_lake(settings, customer)})
            certificates.keep(settings, certificate)
            certificate.add(erase_rows(settings.warehouse, customer))
            certificate.add({"parsed files": forget_parsed(settings)})
            certificates.keep(settings, certificate)
            _redact(settings, certificate, traces, ())
            certificate.models = trained_models(settings)
            _forget_in_postgres(settings, certificate)
            certificate.after = customer_holdings(settings, customer)
        return _issued(settings, certificate, by)


def erase_document(settings: Settings, path: str, by: str, reason: str = "") -> Erased:
    """Erases a document by its path in the source, with all that it ever held and every copy. Raises AiecoError as
    `erase_customer` does."""
    key = home_key(settings)
    subject = key.name("path", path)
    with alone(settings):
        found = document_holdings(settings, path)
        if not found.paths and not certificates.is_open(settings, subject):
            raise _unknown(
                settings, subject, f"No document {path} is known in this home (`aieco documents` lists them)"
            )
        sentences = sentences_of(pages_of(settings, found.contents))
        traces = Traces.of([path, *found.paths, *found.contents], sentences, found.is_end_of_others)
        names = [subject, *(key.name("document", content) for content in found.contents)]
        before = {"paths": len(found.paths), "contents": len(found.contents)}
        with _certified(settings, subject, by, reason, names, before, traces) as certificate:
            _redact(settings, certificate, traces, _QUOTING)
            certificate.add(erase_from_vectors(settings, found.contents))
            certificates.keep(settings, certificate)
            certificate.add(erase_from_manifest(settings, found))
            certificate.models = fine_tuned_models(settings)
            certificates.keep(settings, certificate)
            _forget_in_postgres(settings, certificate)
            certificate.after = {"paths": len(find_document(settings, path).paths)}
        return _issued(settings, certificate, by)


def _unknown(settings: Settings, subject: str, sentence: str) -> AiecoError:
    with connect(settings.warehouse) as connection:
        erased = subject in read_tombstones(settings, connection).names
    return AiecoError(f"{sentence}: it was erased before." if erased else f"{sentence}: nothing was erased.")


@contextmanager
def _certified(
    settings: Settings,
    subject: str,
    by: str,
    reason: str,
    names: Sequence[str],
    before: dict[str, int],
    traces: Traces,
) -> Iterator[Certificate]:
    """The certificate to fill, and the tombstones before anything is removed."""
    for suffix in _existing(settings):
        refuse_observers(settings.database(suffix))
    with connect(settings.warehouse) as connection:
        read_tombstones(settings, connection)  # refuses another key than that of the others
        add_tombstones(connection, home_key(settings), names)
    certificate = certificates.begin(settings, subject, by, _without(reason, traces))
    certificate.tombstones = sorted({*certificate.tombstones, *names})
    certificate.before = certificate.before or before
    certificate.limits = limits(settings, traces, certificate.subject)
    certificates.keep(settings, certificate)
    yield certificate
    certificates.keep(settings, certificate)


def _without(reason: str, traces: Traces) -> str:
    """A certificate names nobody, in the words of whoever asked for it either."""
    for word in traces.too_short:
        reason = reason.replace(word, ERASED)
    return traces.redacted_text(reason)


def _redact(settings: Settings, certificate: Certificate, traces: Traces, quoting: tuple[str, ...]) -> None:
    """Texts of the three databases and of the home's files; what the service had not stored yet is stored first."""
    if not _shipped(settings):
        certificate.left.append("service/spool: records that a running service has not let go of")
    with connect(settings.warehouse) as connection:
        connection.execute("delete from evaluation.texts")  # may break off within a sentence, where no trace is told
    for suffix in _existing(settings):
        found = redact(settings.database(suffix), traces, quoting)
        certificate.add({f"{suffix}: {table}" if suffix else table: cells for table, cells in found.items()})
    done = redact_files(settings, traces)
    certificate.add({"files redacted": done.redacted, "files removed": done.removed})
    named = mentions(settings.warehouse, traces, APPEND_ONLY)
    certificate.left = sorted({*certificate.left, *done.left, *(f"{table}: append-only" for table in named)})
    certificates.keep(settings, certificate)


def _shipped(settings: Settings) -> bool:
    """Whether the spool is empty: a living service lets go of its file within a second."""
    end = time.monotonic() + _SPOOL_SECONDS
    while True:
        ship(settings)
        if spool_of(settings).is_empty():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.2)


def _forget_in_postgres(settings: Settings, certificate: Certificate) -> None:
    for suffix in _existing(settings):
        rewrite(settings.database(suffix))
    if limit := empty_log(settings):
        certificate.limits.append(limit)


def _issued(settings: Settings, certificate: Certificate, by: str) -> Erased:
    with connect(settings.warehouse) as connection:
        # Of an attempt that was killed when the log knew its certificate: that one stays as it was issued.
        while connection.execute(_KNOWN, (f"erased:{certificate.name}",)).fetchone() is not None:
            certificate.number += 1
    path, digest = certificates.issue(settings, certificate)
    detail = {"certificate": path.name, "sha256": digest, "rows": sum(certificate.removed.values())}
    entry = Entry(by, "erased", certificate.subject, detail, f"erased:{path.name}")
    with connect(settings.warehouse) as connection:
        head = append(connection, [entry])
    keep_head(settings, head)
    certificates.close(settings, certificate)
    return Erased(path, replace(certificate))


def _existing(settings: Settings) -> list[str]:
    """Suffixes of the databases that are there."""
    names = {suffix: settings.database(suffix).rpartition("/")[2].partition("?")[0] for suffix in _DATABASES}
    with connect(settings.warehouse) as connection:
        there = {name for (name,) in connection.execute("select datname from pg_database")}
    return [suffix for suffix, name in names.items() if name in there]
