"""Facts of the data: where they come from, how much there is, how fresh they are, what was set aside."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.governance.compliance.facts import Fact, counted, row, setting
from aieco_assets.core.governance.compliance.reading import looking
from aieco_assets.core.settings import Settings

SOURCES, DOCUMENTS, TRANSACTIONS = "Sources", "Documents", "Transactions and customers"


def of_data(settings: Settings) -> list[Fact]:
    """No path, address or name of a document or customer is in them: those may name people."""
    with looking(settings) as connection:
        return [*_sources(settings, connection), *_documents(connection), *_transactions(connection)]


def _sources(settings: Settings, connection: Any) -> list[Fact]:
    found = []
    for name, place in (("documents", settings.documents), ("transactions", settings.transactions)):
        kind = place.partition("://")[0] if "://" in place else "a folder" if place else "the sample that is shipped"
        found.append(Fact(SOURCES, f"The source of {name} is {kind}.", (setting(name),)))
    claimed = connection.execute("select name from ops.sources order by name").fetchall()
    for (name,) in claimed:
        found.append(
            Fact(SOURCES, f"This home was filled from one source of {name}.", (row("ops.sources", name=name),))
        )
    if not claimed:
        found.append(Fact(SOURCES, "This home was filled from no source.", (row("ops.sources"),)))
    return found


def _documents(connection: Any) -> list[Fact]:
    table = row("lake.documents")
    ((now, ever, latest),) = connection.execute(
        "select count(*) filter (where removed_at is null), count(*), max(first_seen)::text from lake.documents"
    ).fetchall()
    told = f"The knowledge base has {counted(now, 'document')}, of {counted(ever, 'version')} that it ever had"
    found = [Fact(DOCUMENTS, f"{told}{f'; the latest came on {latest}' if latest else ''}.", (table,))]
    version = connection.execute(
        "select version, as_of::text, published_at::text, chunks, documents from lake.knowledge_versions"
        " order by version desc limit 1"
    ).fetchone()
    if version:
        number, as_of, published, chunks, documents = version
        told = f"Version {number} of the knowledge base, of {documents} documents and {chunks} chunks as of {as_of},"
        place = row("lake.knowledge_versions", version=number)
        found.append(Fact(DOCUMENTS, f"{told} was published on {published}.", (place,)))
    else:
        found.append(Fact(DOCUMENTS, "No knowledge base is published.", (row("lake.knowledge_versions"),)))
    ((aside,),) = connection.execute("select count(*) from lake.document_quarantine").fetchall()
    told = f"Places in documents that were set aside with a reason: {aside}."
    return [*found, Fact(DOCUMENTS, told, (row("lake.document_quarantine"),))]


def _transactions(connection: Any) -> list[Fact]:
    days = row("lake.transaction_days")
    first, last, read, loaded, rejected, erased, landed = connection.execute(
        "select min(invoice_date)::text, max(invoice_date)::text, coalesce(sum(read), 0), coalesce(sum(loaded), 0),"
        " coalesce(sum(rejected), 0), coalesce(sum(erased), 0), max(landed_at)::text from lake.transaction_days"
    ).fetchone()
    if first is None:
        found = [Fact(TRANSACTIONS, "The lake holds no transactions.", (days,))]
    else:
        told = f"The lake holds transactions of {first} to {last}, landed last on {landed}: {read:,} lines were read,"
        told = f"{told} {loaded:,} loaded, {rejected:,} rejected with a reason and {erased:,} left out as erased."
        found = [Fact(TRANSACTIONS, told, (days,))]
    ((aside,),) = connection.execute(
        "select count(*) from lake.transaction_files where quarantined is not null"
    ).fetchall()
    told = f"Files of transactions that were set aside with a reason: {aside}."
    found.append(Fact(TRANSACTIONS, told, (row("lake.transaction_files"),)))
    told_of = connection.execute(
        "select attribute, count(*) from lake.customer_attributes group by attribute order by attribute"
    ).fetchall()
    place = (row("lake.customer_attributes"),)
    for attribute, customers in told_of:
        told = f"The shop says {attribute} of {counted(customers, 'customer')}, by which models are compared."
        found.append(Fact(TRANSACTIONS, told, place))
    if not told_of:
        found.append(Fact(TRANSACTIONS, "The shop says nothing of its customers but their country.", place))
    return found
