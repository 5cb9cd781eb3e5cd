"""`make bench`: measures what the issues promise, prints a table, records JSON under benchmarks/results.

Examples:
    python -m benchmarks                 every benchmark that can run here
    python -m benchmarks lineage-sample  one of them
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import (
    answering,
    connections,
    engine,
    features,
    gateway,
    generating,
    gpu,
    knowledge,
    lineage,
    login,
    models,
    partitions,
    personal_data,
    rights,
    scale,
    service,
    verifying,
    warehouse,
)
from benchmarks.record import Result, save, show

BENCHMARKS = {
    "code-location": lineage.code_location,
    "lineage-sample": lineage.sample,
    "lineage-real": lineage.real,
    "erasure": lineage.erasure,
    "customers": models.customers,
    "new-month": features.new_month,
    "warehouse": warehouse.warehouse,
    "warehouse-supermarket": warehouse.supermarket,
    "warehouse-new-day": warehouse.new_day,
    "warehouse-ten-times": warehouse.ten_times,
    "embedding": knowledge.embedding,
    "one-document-of-1000": knowledge.one_document_of_1000,
    "personal-data": personal_data.personal_data,
    "search-100k": answering.search_100k,
    "search-with-rights": rights.search_with_rights,
    "around-the-llm": answering.around_the_llm,
    "verification": verifying.verification,
    "service": service.service,
    "model-server": gateway.model_server,
    "service-tokens": generating.tokens,
    "llm-gpu": gpu.gpu,
    "embedder-gpu": gpu.embedder,
    "engine": engine.engine,
    "connections": connections.connections,
    "login": login.login,
    "partitions": partitions.partitions,
}
# Asked for by name, or all of them by `scale`: up to ten minutes each.
LONG = {
    "scale-lines": scale.lines,
    "scale-documents": scale.documents,
    "scale-chunks": scale.chunks,
    "scale-customers": scale.customers,
    "scale-requests": scale.requests,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS, "scale", *LONG], help="default: all but scale")
    names = parser.parse_args().names or list(BENCHMARKS)
    names = [one for name in names for one in (LONG if name == "scale" else [name])]
    for name in names:
        print(f"{name} ...", flush=True)
        rows: list[Result] | None = (BENCHMARKS | LONG)[name]()
        if rows is None:
            print("  left out: what it needs is not here (AIECO_TEST_DATA, a GPU)")
            continue
        save(name, rows)
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
