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
_SOCKET = "Socket Exception"  # how apprise's plugins begin the line that says why there is no answer
_NO_ANSWER = {
    "timed out": "it did not answer in time",
    "Connection refused": "nothing listens there",
    "Failed to resolve": "its host is not known",
    "Name or service not known": "its host is not known",
    "CERTIFICATE_VERIFY_FAILED": "its certificate can't be verified",
}


class _Heard(logging.Handler):
    """What apprise says of a failure. Its words may hold the url and our own text: only a status and these reasons are
    taken from them."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.levelno >= logging.WARNING and (found := _REFUSED.search(said)):
            self.reason = f"it answered with status {found[1]}"
        elif said.startswith(_SOCKET):
            self.reason = next((why for words, why in _NO_ANSWER.items() if words in said), self.reason)


def main() -> None:
    """Tells the notes in their order, until one is not taken: the others would not be either."""
    import apprise

    order, heard = json.load(sys.stdin), _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # why there is no answer is said there
    messenger = apprise.Apprise()
    known = messenger.add(order["url"])
    print("ready", flush=True)
    for note in order["notes"]:
        if not known:
            reason = "apprise knows no such address"
        elif messenger.notify(body=note["body"], title=note["title"], notify_type=apprise.NotifyType(note["type"])):
            reason = ""
        else:
            reason = heard.reason or "it did not take the message"
        print(json.dumps(reason), flush=True)
        if reason:
            return


if __name__ == "__main__":
    main()
