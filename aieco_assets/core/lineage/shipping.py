"""Ships what is new to AIECO_LINEAGE, after the fact: no run and no answer knows of it.

It follows the ends of runs in Dagster's event log, and the answers in the audit log, each from where it was, and writes
down how far it came after each part: the graph, a run, an answer. Whoever is killed between goes on behind the last
event that was written down; events that were taken and not noted yet go once more, and are the same.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.lineage.answers import answers_since
from aieco_assets.core.lineage.delivery import LIMIT_SECONDS, Delivery
from aieco_assets.core.lineage.destination import Destination, destination_of
from aieco_assets.core.lineage.progress import RETRY_MINUTES, Progress, read_progress, write_progress
from aieco_assets.core.lineage.records import AnswerRecord, AssetNode, History
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.advisory_locks import try_to_hold

logger = logging.getLogger(__name__)

_LOCK = 66
_LATE = 10_000  # numbers of the event log in which a lower one may still be committed
_AT_ONCE = 100  # ends of runs, or answers, that are looked up together
_NOTED_EVERY = 50  # events of a part
_background: list[threading.Thread] = []
_guard = threading.Lock()
Events = list[dict[str, object]]


@dataclass(frozen=True)
class Part:
    """What is noted as shipped together. `events` makes them; `note` writes into the progress that they are."""

    name: str
    events: Callable[[], Events]
    note: Callable[[Progress], None]


def destination(settings: Settings) -> Destination:
    """Raises AiecoError where none is set."""
    if not settings.lineage:
        raise AiecoError("AIECO_LINEAGE is not set: give file:///folder/events.jsonl or https://collector.")
    return destination_of(settings.lineage)


def ship(settings: Settings, history: History, patient: bool = True, limit: float = LIMIT_SECONDS) -> Progress:
    """Ships until nothing is due or an event is not taken; how far it came. Does nothing while another one
    ships, and, where it is `patient`, before the next try after a failure is due.

    Raises Unavailable when Postgres does not answer.
    """
    to = destination(settings)
    lock = try_to_hold(settings.warehouse, _LOCK)
    progress = read_progress(settings, to.digest)
    if lock is None:
        return progress
    try:
        if patient and progress.next_try and datetime.now(timezone.utc) < progress.next_try:
            return progress
        with Delivery(to, settings.lineage_key.get_secret_value(), limit) as delivery:
            try:
                for part in _parts(settings, history, progress):
                    if not _ship_part(settings, part, progress, delivery):
                        return progress
            except Exception as error:
                _ill(progress, str(error) if isinstance(error, AiecoError) else f"our own {type(error).__name__}")
                write_progress(settings, progress)
                raise
        if progress.failures:
            _well(progress)
            write_progress(settings, progress)
        return progress
    finally:
        lock.close()


def ship_in_background(settings: Settings, opened: Callable[[], AbstractContextManager[History]]) -> threading.Thread:
    """Ships while the caller goes on; one such thread per process, and the next call does the rest."""
    with _guard:
        if _background and _background[0].is_alive():
            return _background[0]
        thread = threading.Thread(target=_ship_logged, args=(settings, opened), name="aieco-lineage", daemon=True)
        _background[:] = [thread]
        thread.start()
        return thread


def everything(settings: Settings, history: History) -> Iterator[dict[str, object]]:
    """Every event of the graph, of the runs that Dagster has kept, and of the answers that were given."""
    for part in _parts(settings, history, (progress := Progress(""))):
        yield from part.events()
        part.note(progress)


def _ship_logged(settings: Settings, opened: Callable[[], AbstractContextManager[History]]) -> None:
    try:
        with opened() as history:
            ship(settings, history)
    except Exception as error:
        logger.warning("lineage waits: %s", error if isinstance(error, AiecoError) else type(error).__name__)


def _ship_part(settings: Settings, part: Part, progress: Progress, delivery: Delivery) -> bool:
    """Whether all of it was taken, or refused for good."""
    if progress.part != part.name:
        progress.part, progress.part_taken = part.name, 0
    for number, event in enumerate(part.events()[progress.part_taken :], 1):
        outcome = delivery.take(event)
        if outcome.failed:
            _ill(progress, outcome.failed)
            write_progress(settings, progress)
            return False
        if outcome.refused:
            progress.refused += 1
            progress.refused_reason = outcome.refused
            logger.warning("an event of %s was refused: %s", part.name, outcome.refused)
        else:
            progress.taken += 1
            progress.taken_at = datetime.now(timezone.utc)
        progress.part_taken += 1
        if number % _NOTED_EVERY == 0:
            write_progress(settings, progress)
    part.note(progress)
    progress.part, progress.part_taken = "", 0
    _well(progress)
    write_progress(settings, progress)
    return True


def _ill(progress: Progress, reason: str) -> None:
    now = datetime.now(timezone.utc)
    minutes = RETRY_MINUTES[min(progress.failures, len(RETRY_MINUTES) - 1)]
    progress.failures += 1
    progress.failing_since = progress.failing_since or now
    progress.reason, progress.next_try = reason, now + timedelta(minutes=minutes)
    logger.warning("lineage waits (%s): tried again in %d minutes", reason, minutes)


def _well(progress: Progress) -> None:
    progress.failures, progress.failing_since, progress.reason, progress.next_try = 0, None, "", None


def _parts(settings: Settings, history: History, progress: Progress) -> Iterator[Part]:
    """What is due; each part has to be noted in the progress before the next one is asked for."""
    nodes = history.nodes()
    digest = _digest(nodes, settings.lineage_namespace)
    if digest != progress.graph:
        yield _graph_part(settings, nodes, digest)
    by_key = {node.key: node for node in nodes}
    while ends := _ends(history, progress):
        for number, run_id in ends:
            yield _run_part(settings, history, by_key, number, run_id)
    while answers := answers_since(settings, progress.answers_until, _AT_ONCE):
        for answer in answers:
            yield _answer_part(settings, answer)


def _ends(history: History, progress: Progress) -> list[tuple[int, str]]:
    """The next ends of runs, those among them that came into the log late."""
    known, after, found = {*progress.runs_lately}, max(0, progress.runs_until - _LATE), []
    while not found and (page := history.ended(after, _AT_ONCE)):
        found = [end for end in page if end[0] not in known]
        after = page[-1][0]
    return found


def _graph_part(settings: Settings, nodes: list[AssetNode], digest: str) -> Part:
    def events() -> Events:
        from aieco_assets.core.lineage.events import graph_events

        return graph_events(nodes, settings.lineage_namespace, datetime.now(timezone.utc).timestamp())

    def note(progress: Progress) -> None:
        progress.graph = digest

    return Part(f"graph {digest}", events, note)


def _run_part(settings: Settings, history: History, nodes: dict[str, AssetNode], number: int, run_id: str) -> Part:
    def events() -> Events:
        from aieco_assets.core.lineage.events import run_events

        run = history.run(run_id)
        return run_events(run, nodes, settings.lineage_namespace) if run else []

    def note(progress: Progress) -> None:
        progress.runs_until = max(progress.runs_until, number)
        kept = [one for one in {*progress.runs_lately, number} if one > progress.runs_until - _LATE]
        progress.runs_lately = sorted(kept)

    return Part(f"run {run_id} {number}", events, note)


def _answer_part(settings: Settings, answer: AnswerRecord) -> Part:
    def events() -> Events:
        from aieco_assets.core.lineage.events import answer_events

        return answer_events(answer, settings.lineage_namespace)

    def note(progress: Progress) -> None:
        progress.answers_until = answer.sequence

    return Part(f"answer {answer.trace_id}", events, note)


def _digest(nodes: list[AssetNode], namespace: str) -> str:
    return sha256(json.dumps([namespace, *map(repr, nodes)]).encode()).hexdigest()
