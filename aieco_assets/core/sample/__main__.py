"""`python -m aieco_assets.core.sample HOME`: write the sample by hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.sample import write_sample


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m aieco_assets.core.sample",
        description="Write the sample (documents, transactions, questions.jsonl) to HOME/sample, if it is not there.",
        epilog="example: python -m aieco_assets.core.sample .aieco --days 90",
    )
    parser.add_argument("home", type=Path, metavar="HOME", help="the folder that AIECO_HOME names")
    parser.add_argument("--days", type=_positive, help="only the first so many days of transactions (default: all)")
    options = parser.parse_args()
    try:
        info = write_sample(options.home, options.days)
    except AiecoError as error:
        print(error, file=sys.stderr)
        return 1
    done = "Wrote" if info.written else "Already there:"
    print(
        f"{done} {info.documents} documents, {info.questions} questions, {info.days} daily files "
        f"with {info.lines:,} lines in {options.home / 'sample'}"
    )
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
