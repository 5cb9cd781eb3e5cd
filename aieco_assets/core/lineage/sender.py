"""A process of its own that hands events over: it can be ended when the collector hangs, and nothing waits for it.

Reads a line {"url", "path", "key"} from stdin, so that no list of processes shows the key, writes a line when it is
ready, and then for each line, an event, one of JSON: "" when it was taken, {"refused": why} when it never will be, and
{"failed": why} when it may be later. After that it ends.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10.0  # of silence
_LATER = {401, 403, 404, 407, 408, 421, 425, 429}  # of 4xx: what a person or time mends
Verdict = Any  # "" or a dict


def main() -> None:
    order = json.loads(sys.stdin.readline())
    take = _into_file(Path(order["path"])) if order["path"] else _to_collector(order["url"], order["key"])
    print("ready", flush=True)
    for line in sys.stdin:
        verdict = take(line)
        print(json.dumps(verdict), flush=True)
        if verdict and "failed" in verdict:
            return


def _into_file(path: Path) -> Callable[[str], Verdict]:
    """Each event is a line that is on disk, or not there."""

    def take(line: str) -> Verdict:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                end = _end_of_last_line(file)
                try:
                    file.write(line.encode())
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    os.ftruncate(file.fileno(), end)
                    raise
        except OSError as error:
            return {"failed": f"it can't be written ({error.strerror})"}
        return ""

    return take


def _end_of_last_line(file: Any) -> int:
    """Where the next event begins: half a line of one that was killed goes."""
    at = size = file.seek(0, os.SEEK_END)
    while at:
        begin = max(0, at - 65_536)
        file.seek(begin)
        found = file.read(at - begin).rfind(b"\n")
        if found >= 0:
            at = begin + found + 1
            break
        at = begin
    if at < size:
        file.truncate(at)
    file.seek(at)
    return at


def _to_collector(url: str, key: str) -> Callable[[str], Verdict]:
    """By the library's own transport: no redirect is followed, nothing is tried again in here."""
    import requests
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

    class Unread(requests.Session):
        """Asks for an answer's status, and reads no more of it; .netrc is none of ours."""

        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return super().send(request, **{**options, "stream": True})

    session = Unread()
    session.max_redirects = 0
    session.auth = lambda request: request
    never = {"total": 0, "connect": 0, "read": 0, "redirect": 0, "status": 0}
    place = urlsplit(url)
    transport = HttpTransport(
        HttpConfig(
            url=f"{place.scheme}://{place.netloc}",
            endpoint=place.path,
            timeout=SECONDS,
            auth=ApiKeyTokenProvider({"apiKey": key}) if key else TokenProvider({}),
            session=session,
            retry=never,
        )
    )

    def take(line: str) -> Verdict:
        try:
            transport.emit(json.loads(line))
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            final = 400 <= status < 500 and status not in _LATER
            return {"refused" if final else "failed": f"it answered with status {status}"}
        except requests.TooManyRedirects:
            return {"failed": "it sends on to another address, which is not followed"}
        except requests.exceptions.SSLError:
            return {"failed": "its certificate can't be verified"}
        except requests.Timeout:
            return {"failed": "it did not answer in time"}
        except requests.ConnectionError:
            return {"failed": "nothing answers there"}
        except requests.RequestException as error:
            return {"failed": type(error).__name__}
        return ""

    return take


if __name__ == "__main__":
    main()
