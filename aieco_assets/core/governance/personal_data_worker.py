"""The process that looks for personal data: `python -m aieco_assets.core.governance.personal_data_worker`.

Request on stdin: a JSON line {"texts": [...], "kinds": [...]}. Reply on stdout: a JSON line with [kind, start, end] of
each value, by text. It ends with its parent's pipe. A process of its own because the libraries take 200 MB, and because
answers and pages are not held up by it.
"""

from __future__ import annotations

import json
import resource
import sys

MEMORY_BYTES = 3 * 1024**3
# Both libraries import these where they are installed, for models that are not used here: that takes 300 MB more.
UNUSED = ("torch", "transformers", "cupy", "gliner", "stanza")


def main() -> None:
    from aieco_assets.core.knowledge.reader_worker import limit

    limit(resource.RLIMIT_AS, MEMORY_BYTES)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
    requests, replies = sys.stdin.buffer, sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no reply
    for library in UNUSED:
        sys.modules[library] = None  # type: ignore[assignment] - as if it were not installed
    from aieco_assets.core.governance.personal_data_recognisers import Finder

    finder = Finder()
    while line := requests.readline():
        request = json.loads(line)
        found = finder.find(request["texts"], request["kinds"])
        json.dump([[[one.kind, one.start, one.end] for one in values] for values in found], replies)
        replies.write("\n")
        replies.flush()


if __name__ == "__main__":
    main()
