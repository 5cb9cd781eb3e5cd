"""Telling people of incidents: through apprise, each address in a process of its own, with a limit on its time.

Two that tell at once share the messages by claims in Postgres. A sender that is killed, or cut off at its limit, after
the address has taken a message and before that is written down, tells it again: the number of the incident is in it.
"""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from textwrap import shorten

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.alert_messages import Message, claim, failed, targets, told
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.time_limit import killed_after

logger = logging.getLogger(__name__)

LIMIT_SECONDS = 15.0  # of one address
START_SECONDS = 60.0  # apprise looks through its hundred services first
MOST_TOLD_SINGLY = 5  # more that are due at once become one message
_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}
_background: list[threading.Thread] = []
_guard = threading.Lock()


def deliver(settings: Settings, now: datetime | None = None, limit: float = LIMIT_SECONDS) -> int:
    """Tells what is due; returns how many messages were taken. What was not is logged and tried again later."""
    now = now or datetime.now(timezone.utc)
    known = targets(settings)
    messages = claim(settings, known, now) if known else []
    by_target: dict[str, list[Message]] = {}
    for message in messages:
        by_target.setdefault(message.target, []).append(message)
    if not by_target:
        return 0
    names = named(known)

    def tell(target: str) -> int:
        ours, taken = by_target[target], 0
        notes = _notes(ours)
        reasons = send(known[target], [note for note, _ in notes], limit)
        for (_, part), reason in zip(notes, reasons, strict=True):
            for message in part:
                if not reason:
                    told(settings, message)
                    taken += 1
                    continue
                again = failed(settings, message, reason, now)
                logger.warning(
                    "incident %d could not be told to %s (%s): tried again at %s",
                    *(message.incident, names[target], reason, _utc(again)),
                )
        return taken

    with ThreadPoolExecutor(len(by_target)) as pool:
        return sum(pool.map(tell, by_target))


def deliver_in_background(settings: Settings) -> threading.Thread:
    """Tells what is due while the caller goes on; one such thread per process, and the next call does the rest."""
    with _guard:
        if _background and _background[0].is_alive():
            return _background[0]
        thread = threading.Thread(target=_deliver_logged, args=(settings,), name="aieco-alerts", daemon=True)
        _background[:] = [thread]
        thread.start()
        return thread


def try_out(settings: Settings) -> dict[str, str]:
    """Sends each address a test now; why it was not taken, "" where it was, by the name that is safe to show.

    Raises AiecoError when there is no address.
    """
    known = targets(settings)
    if not known:
        raise AiecoError(
            "AIECO_ALERTS has no address, so that incidents go to the log alone: set it to one or more apprise urls."
        )
    names = named(known)
    note = {"title": "aieco: test", "body": "Incidents will be told here.", "type": "info"}
    with ThreadPoolExecutor(len(known)) as pool:
        reasons = pool.map(lambda target: send(known[target], [note], LIMIT_SECONDS)[0], known)
        return {names[target]: reason for target, reason in zip(known, reasons, strict=True)}


def named(known: Mapping[str, str]) -> dict[str, str]:
    """Names of addresses for people: scheme and place in AIECO_ALERTS, for all else may be a secret."""
    return {
        target: f"{url.partition('://')[0].lower()} ({at} of {len(known)})"
        for at, (target, url) in enumerate(known.items(), start=1)
    }


def send(url: str, notes: Sequence[Mapping[str, str]], limit: float) -> list[str]:
    """For each note why it was not taken, "" where it was; what the time did not suffice for was not."""
    order = json.dumps({"url": url, "notes": notes})
    with subprocess.Popen(
        [sys.executable, "-m", "aieco_assets.core.monitoring.alert_sender"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback may hold the url
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        with killed_after(process, START_SECONDS), suppress(BrokenPipeError):
            process.stdin.write(order)
            process.stdin.close()
            process.stdout.readline()
        with killed_after(process, limit):
            reasons = [json.loads(line) for line in process.stdout if line.endswith("\n")]
    ended = f"it did not answer within {limit:.0f} s" if process.returncode == -signal.SIGKILL else "its process ended"
    missing = "the one before it was not taken" if reasons and reasons[-1] else ended
    return [*reasons, *[missing] * (len(notes) - len(reasons))]


def _deliver_logged(settings: Settings) -> None:
    try:
        deliver(settings)
    except Exception as error:
        logger.warning("alerts wait: %s", error if isinstance(error, AiecoError) else type(error).__name__)


def _notes(messages: Sequence[Message]) -> list[tuple[dict[str, str], list[Message]]]:
    """What is sent, and the messages that it stands for."""
    if len(messages) <= MOST_TOLD_SINGLY:
        return [({"title": _title(one), "body": _body(one), "type": _type(one)}, [one]) for one in messages]
    worst = max(messages, key=lambda one: (one.what == "opened", [*_TYPES].index(one.severity)))
    lines = [f"{_title(one)} (incident {one.incident})" for one in messages]
    note = {"title": f"aieco: {len(messages)} messages", "body": "\n".join(lines), "type": _type(worst)}
    return [(note, [*messages])]


def _type(message: Message) -> str:
    return _TYPES[message.severity] if message.what == "opened" else "success"


def _title(message: Message) -> str:
    state = message.severity if message.what == "opened" else "resolved"
    return f"[{state}] {message.kind.replace('_', ' ')}: {shorten(message.subject, 120)}"


def _body(message: Message) -> str:
    if not message.lasting:
        return message.summary
    seen = f"seen {message.count:,} times since {_utc(message.opened_at)}"
    if message.what == "resolved":
        return f"Last seen at {_utc(message.last_seen_at)}. Incident {message.incident}, {seen}."
    return f"{message.summary}\nIncident {message.incident}, {seen}. In hand: aieco alerts ack {message.incident}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"
