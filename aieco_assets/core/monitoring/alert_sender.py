"""A process of its own that tells one address: it can be ended when the address hangs, and takes apprise with it.

Reads {"url", "notes": [{"title", "body", "type"}]} from stdin, so that no list of processes shows the url, and writes
a line when it is ready, and then one of JSON per note: why it was not taken, "" when it was.
"""

from __future__ import annotations

import json
import logging
import re
import sys

_REFUSED = re.compile(r"error[= ]+(\d{3})\b")


class _Heard(logging.Handler):
    """What apprise says of a failure. Its words may hold the url, so that only the HTTP status is taken from them."""

    def __init__(self) -> None:
        super().__init__()
        self.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        if found := _REFUSED.search(record.getMessage()):
            self.status = found[1]


def main() -> None:
    """Tells the notes in their order, until one is not taken: the others would not be either."""
    import apprise

    order, heard = json.load(sys.stdin), _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    logger.propagate = False
    messenger = apprise.Apprise()
    known = messenger.add(order["url"])
    print("ready", flush=True)
    for note in order["notes"]:
        if not known:
            reason = "apprise knows no such address"
        elif messenger.notify(body=note["body"], title=note["title"], notify_type=apprise.NotifyType(note["type"])):
            reason = ""
        else:
            reason = f"it answered with status {heard.status}" if heard.status else "it did not take the message"
        print(json.dumps(reason), flush=True)
        if reason:
            return


if __name__ == "__main__":
    main()
