"""Fits the verification of free sentences to labelled ones and says what generalises.

Examples:
    python -m benchmarks.support labels.jsonl           cross-validated: fitted on the other documents, asked of each
    python -m benchmarks.support labels.jsonl --write   then a fit on all of them is written to
                                                        core/rag/verification/support.json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.evaluation.labels import cross_validated, fit, read_labels, shown_by, summary
from aieco_assets.core.rag.verification.support import FITTED
from aieco_assets.core.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, help="a file like data/llm/dev.jsonl")
    parser.add_argument("--write", action="store_true", help="write core/rag/verification/support.json")
    told = parser.parse_args()
    labels = read_labels(told.labels, load_embedder(Settings()))
    if held_out := cross_validated(labels):
        print("fitted on other documents", json.dumps(summary(labels, held_out)))
    support = fit(labels)
    print("fitted on all", json.dumps(summary(labels, shown_by(labels, support))))
    if told.write:
        FITTED.write_text(json.dumps(asdict(support), indent=1) + "\n", encoding="utf-8")
        print(f"written: {FITTED}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
