"""dbt inside the warm process: what a fork of it becomes, and the rehearsal that shortens all later ones."""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path


def rehearse(parsed: dict[str, str]) -> bool:
    """Parse the project once more, here: dbt compiles its classes when they are first used, and each fork inherits
    them. Of a command's 2.4 s of processor time before it asks the database anything, 1.8 go.

    `parsed`: an environment in which the project was parsed before, so that nothing is written. False: it was not.
    """
    if not Path(parsed.get("DBT_TARGET_PATH", ""), "partial_parse.msgpack").is_file():
        return False
    from dbt.cli.main import dbtRunner

    before = dict(os.environ)
    try:
        _put_on(parsed)
        # The static parser starts threads, and a fork, which has none of them, would wait for them for ever.
        dbtRunner().invoke(["--quiet", "--no-write-json", "--log-level-file", "none", "--no-static-parser", "parse"])
    except Exception:  # commands only stay as slow as they are
        traceback.print_exc()
    finally:
        _put_on(before)
        gc.freeze()
    if len(os.listdir("/proc/self/task")) > 1:
        sys.exit("dbt has left threads in the process that it is forked off: commands start by themselves now.")
    return True


def become(request: bytes, streams: Sequence[int]) -> None:
    """In the forked process: run dbt with the client's arguments, folder, environment and streams, and end."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        arguments, folder, environment = json.loads(request)
        os.chdir(folder)
        _put_on(environment)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        sys.argv = ["dbt", *arguments]
        from dbt.cli.main import cli

        cli(arguments, prog_name="dbt")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # Not by sys.exit: it would unwind the server's own frames, and taking all modules apart takes its time.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _put_on(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
