"""The process that parses documents nobody vouches for: `python -m aieco_assets.core.knowledge.reader_worker`.

Request on stdin: a JSON line {"media_type", "bytes"} and that many bytes. Reply on stdout: a JSON line, either the
parsed document or {"unreadable": reason}. It ends with its parent's pipe. It has limits, no secrets in its
environment (the parent sees to that) and may write no file.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.text import language

MEMORY_BYTES = 1024**3
CPU_SECONDS = 60


def main() -> None:
    language.load()
    limit(resource.RLIMIT_AS, MEMORY_BYTES)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
    # Parsers recurse with the nesting of the document; beyond this they give up instead of running out of stack.
    sys.setrecursionlimit(2_000)
    requests, replies = sys.stdin.buffer, sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no reply
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["bytes"])
        # Processor time, so that a busy machine condemns nothing; the kernel ends us when it is used up.
        limit(resource.RLIMIT_CPU, int(time.process_time()) + CPU_SECONDS)
        json.dump(_reply(data, request["media_type"]), replies)
        replies.write("\n")
        replies.flush()


def _reply(data: bytes, media_type: str) -> dict:
    try:
        return parse(data, media_type).to_json()
    except UnreadableDocument as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"unreadable": f"reading it takes more than {MEMORY_BYTES // 1024**2} MB of memory"}
    except RecursionError:
        return {"unreadable": "it is nested too deeply"}
    except Exception as error:
        # The libraries raise anything at all on hostile bytes; the reason goes into the quarantine with the type.
        return {"unreadable": f"its reader failed ({type(error).__name__}: {str(error)[:200]})"}


def limit(kind: int, value: int) -> None:
    """Lower the soft limit; macOS refuses to limit address space, where the other limits still hold."""
    _, hard = resource.getrlimit(kind)
    try:
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    except (ValueError, OSError):
        if sys.platform != "darwin":
            raise


if __name__ == "__main__":
    main()
