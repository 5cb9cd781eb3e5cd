"""Which rules are in force: those of `access.yaml` at the root of the document source, or as they were last read there.

Who sees the source's folder reads the file itself, whenever it may have changed; everybody else (a service of another
machine, a source in a bucket) follows `lake.access_rules`, where each run, the document sensor and `aieco access` write
them. A file that can't be read closes all documents to everybody but the operator, until it is mended.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.governance.access_file import NO_RULES, Text, of_folder, of_source, source_folder
from aieco_assets.core.governance.audit import append_change, keep_head
from aieco_assets.core.governance.rights import FILE, NOBODY, AccessRules, composed, parse_rules
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25  # between two looks at the rules
GONE_SECONDS = 2.0  # that a file has to be gone before everyone reads everything
_UNKNOWN_SECONDS = 5.0  # between two looks whether what a rule names is there now
_LAST = "select rules, problem from lake.access_rules order by access_id desc limit 1"
_LOCK = 7_214_021  # advisory lock of whoever writes down what changed


@dataclass(frozen=True)
class InForce:
    """`rules`: None where there are none and everyone reads everything. `digest` changes when they do. `problems`: one
    sentence each for what is wrong with them, and what is closed by that."""

    rules: AccessRules | None
    digest: str = ""
    problems: tuple[str, ...] = ()


class Access:
    """The rules in force, looked at again at most four times a second. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._looked = self._checked = float("-inf")
        self._gone = 0.0  # since when there is no file, which there was
        self._text: Text | None = None
        self._present: InForce | None = None

    def current(self) -> InForce:
        """Raises Unavailable while nobody can tell which rules there are, and none were known before."""
        with self._lock:
            now = time.monotonic()
            if self._present is None or now - self._looked >= LOOK_SECONDS:
                self._look(now)
            assert self._present is not None
            return self._present

    def _look(self, now: float) -> None:
        from psycopg import Error

        self._looked = now
        try:
            text = _seen(self._settings)
            if text == NO_RULES and self._still_there(now):
                return
            unsure = self._present is not None and self._present.problems and now - self._checked >= _UNKNOWN_SECONDS
            if self._present is None or text != self._text or unsure:
                self._take(text, now)
        except (Unavailable, Error) as error:
            if self._present is None:
                raise Unavailable("Nobody can tell who may read what while Postgres is away: try again.") from error

    def _still_there(self, now: float) -> bool:
        """Whether rules that are not seen now stay in force: many an editor removes a file before it writes it."""
        if self._present is None and (last := _noted(self._settings)) != NO_RULES:
            self._take(last, now)
        if self._present is None or self._present.rules is None:
            return False
        self._gone = self._gone or now
        if now - self._gone < GONE_SECONDS:
            return True
        self._gone = 0.0
        return False

    def _take(self, text: Text, now: float) -> None:
        present = in_force(self._settings, *text)
        if present != self._present:
            for problem in present.problems:
                logger.warning("%s", problem)
        self._text, self._present, self._checked, self._gone = text, present, now, 0.0


def note_rules(settings: Settings) -> InForce:
    """Reads access.yaml where it lies and writes it down when it has changed; the rules that are in force by it.

    Raises AiecoError when the source can't be reached: then what was known stays in force.
    """
    text, problem = of_source(settings)
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        last: Text = connection.execute(_LAST).fetchone() or NO_RULES
        if text is None and last != NO_RULES:
            time.sleep(GONE_SECONDS)
            text, problem = of_source(settings)
        if last != (text, problem):
            connection.execute("insert into lake.access_rules (rules, problem) values (%s, %s)", (text, problem))
        # A digest: rules name documents and people, and the log names neither.
        versions = {} if text is None else {FILE: hashlib.sha256(f"{problem}\n{text}".encode()).hexdigest()[:16]}
        head = append_change(connection, f"{FILE} of AIECO_DOCUMENTS", versions, "right")
    keep_head(settings, head)
    return in_force(settings, text, problem)


def _seen(settings: Settings) -> Text:
    """Of the folder where it can be seen from here, else as it was written down."""
    root = source_folder(settings)
    found = of_folder(root) if root else None
    return _noted(settings) if found is None else found


def _noted(settings: Settings) -> Text:
    with connect(settings.warehouse) as connection:
        return connection.execute(_LAST).fetchone() or NO_RULES


def in_force(settings: Settings, text: str | None, problem: str) -> InForce:
    """The rules by an access.yaml that reads `text` (None: there is none) or that could not be read (`problem`)."""
    if text is None:
        return InForce(None)
    try:
        if problem:
            raise AiecoError(f"{problem}.")
        rules = parse_rules(text)
    except AiecoError as error:
        told = f"{str(error).rstrip('.')}: until it is mended nobody but the operator reads any document."
        return InForce(NOBODY, hashlib.sha256(told.encode()).hexdigest(), (told,))
    unknown = _unknown(settings, rules)
    if unknown:
        rules = rules.closed()
    digest = hashlib.sha256(f"{bool(unknown)}\n{text}".encode()).hexdigest()
    return InForce(rules, digest, tuple(unknown))


def _unknown(settings: Settings, rules: AccessRules) -> list[str]:
    """A sentence for each rule that names what never was there: a misspelt folder must not lie open by the default."""
    if not (rules.folders or rules.documents or rules.tags):
        return []
    with connect(settings.warehouse) as connection:
        paths = {composed(path) for (path,) in connection.execute("select distinct path from lake.documents")}
        tags = {composed(tag) for (tag,) in connection.execute("select distinct unnest(tags) from lake.document_facts")}
    folders = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    found = {
        "folder": [name for name in rules.folders if name not in folders and not _is_folder(settings, name)],
        "document": [name for name in rules.documents if name not in paths and not _is_file(settings, name)],
        "tag": [name for name in rules.tags if name not in tags],
    }
    return [
        f"{FILE} has a rule for the {kind} {name}, which this home has never seen: mend its name, or read new "
        "documents with `aieco run`; until then nobody reads what no other rule names."
        for kind, names in found.items()
        for name in sorted(names)
    ]


def _is_folder(settings: Settings, name: str) -> bool:
    """Whether an empty folder of that name waits for documents."""
    found = _in_source(settings, name)
    return found is not None and found.is_dir()


def _is_file(settings: Settings, name: str) -> bool:
    """Whether a document of that name waits to be read."""
    found = _in_source(settings, name)
    return found is not None and found.is_file()


def _in_source(settings: Settings, name: str) -> Path | None:
    place = source_folder(settings)
    if place is None:
        return None
    for part in name.split("/"):
        # By its very name: some file systems take HR for hr, and a rule does not.
        there = os.listdir(place) if place.is_dir() else []
        found = next((one for one in there if composed(one) == part), None)
        if found is None:
            return None
        place = place / found
    return place
