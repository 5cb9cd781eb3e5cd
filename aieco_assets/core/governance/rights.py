"""Who may read which documents: the rules of `access.yaml`. Pure; `access` says which rules are in force."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aieco_assets.core.contracts import EVERYONE, USER
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.mail_paths import INSIDE
from aieco_assets.core.yaml_file import read_yaml

FILE = "access.yaml"
CLOSED = "closed"
GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SEE = "docs/governance.md has an example"
Groups = frozenset[str]  # names of groups, `user:NAME`, or EVERYONE


@dataclass(frozen=True)
class AccessRules:
    """Rules by path and by keyword; `default` holds for what none of them names.

    A document is governed by the most specific rule: of itself (an attachment also by its mail's), else of its
    keywords, else of the nearest folder. Of several keywords with a rule, each must admit the reader. Names are in
    NFC: what looks the same is the same name, whichever way a disk or a keyboard writes its accents.
    """

    default: Groups = frozenset()
    folders: Mapping[str, Groups] = field(default_factory=dict)
    documents: Mapping[str, Groups] = field(default_factory=dict)
    tags: Mapping[str, Groups] = field(default_factory=dict)

    def admits(self, path: str, tags: tuple[str, ...], principals: Groups) -> bool:
        """Whether a reader of these principals may read the document."""
        return all(principals & groups for groups in self._governing(path, tags))

    @cached_property
    def named(self) -> Groups:
        """Whoever any rule names: nothing else of a reader matters."""
        kinds = (self.folders, self.documents, self.tags)
        return self.default.union(*(groups for rules in kinds for groups in rules.values()))

    def closed(self) -> AccessRules:
        """The same rules, and what none of them names is read by nobody."""
        return replace(self, default=frozenset())

    def _governing(self, path: str, tags: tuple[str, ...]) -> list[Groups]:
        path = composed(path)
        for name in _itself_and_mail(path):
            if name in self.documents:
                return [self.documents[name]]
        if named := [self.tags[tag] for tag in map(_keyword, tags) if tag in self.tags]:
            return named
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in self.folders:
                return [self.folders[folder]]
        return [self.default]


NOBODY = AccessRules()


def parse_rules(text: str) -> AccessRules:
    """The rules of an access.yaml. Raises AiecoError, one sentence, for whatever is wrong with it."""
    data = read_yaml(text, FILE, _SEE) or {}
    if not isinstance(data, dict):
        raise AiecoError(f"{FILE} holds no rules: begin with `default:` or `folders:`; {_SEE}.")
    if odd := [str(key) for key in data if key not in ("default", "folders", "documents", "tags")]:
        raise AiecoError(f"{FILE} has the unknown key {odd[0]}: there are default, folders, documents and tags.")
    default = data.get("default", CLOSED)
    if default not in (EVERYONE, CLOSED):
        raise AiecoError(f"{FILE}: default is {EVERYONE} or {CLOSED}, not {_shown(default)}.")
    return AccessRules(
        frozenset({EVERYONE}) if default == EVERYONE else frozenset(),
        _rules(data, "folders"),
        _rules(data, "documents"),
        _rules(data, "tags"),
    )


def composed(name: str) -> str:
    """The name in NFC."""
    return unicodedata.normalize("NFC", name)


def governing_tags(path: str, own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The keywords that a document's rights go by: its own, and of an attachment also those of the mails that brought
    it, for who closes a mail by a keyword means what is in it, too. `own`: path -> its own keywords."""
    return tuple(tag for name in (path, *mails_of(path)) for tag in own.get(name, ()))


def mails_of(path: str) -> list[str]:
    """The mail that brought an attachment, and those that brought that mail; none of any other document."""
    return _itself_and_mail(path)[1:]


def checked_groups(names: Sequence[Any], where: str) -> frozenset[str]:
    """Names of groups. Raises AiecoError for one that can't be a name."""
    for name in names:
        if not isinstance(name, str) or not GROUP.fullmatch(name) or name == EVERYONE:
            raise AiecoError(
                f"{where} names the group {_shown(name)}, which can't be one: a name has letters, digits, dots, "
                "hyphens, underscores and @, no commas or spaces, and is not everyone."
            )
    return frozenset(names)


def _rules(data: Mapping[str, Any], kind: str) -> dict[str, Groups]:
    given = data.get(kind)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise AiecoError(f"{FILE}: {kind} is a mapping of names to lists of groups; {_SEE}.")
    found: dict[str, Groups] = {}
    for key, groups in given.items():
        name = _name(key, kind)
        if name in found:
            raise AiecoError(f"{FILE} has two rules for {name} under {kind}: leave one out.")
        found[name] = _groups(groups, f"{FILE}: {kind}: {name}")
    return found


def _name(key: Any, kind: str) -> str:
    if not isinstance(key, str) or not key.strip():
        raise AiecoError(f"{FILE}: {kind} has the entry {_shown(key)}, which is no name: write it in quotes.")
    if kind == "tags":
        return _keyword(key)
    # Blanks at its ends are part of a name: YAML takes them off where they are not in quotes.
    name = composed(key.removesuffix("/") if kind == "folders" else key)
    if {"", ".", ".."} & set(name.split("/")) or "*" in name:
        raise AiecoError(f"{FILE}: {kind}: {key} is no path below the source: write it as `aieco documents` does.")
    return name


def _groups(given: Any, where: str) -> Groups:
    if given == EVERYONE:
        return frozenset({EVERYONE})
    if not isinstance(given, list):
        raise AiecoError(f"{where} is a list of groups, such as [hr, board], or {EVERYONE}: not {_shown(given)}.")
    users = [name for name in given if isinstance(name, str) and name.startswith(USER)]
    checked_groups([name.removeprefix(USER) for name in users], where)
    return checked_groups([name for name in given if name not in users], where) | frozenset(users)


def _keyword(tag: str) -> str:
    return composed(tag.strip().casefold())


def _itself_and_mail(path: str) -> list[str]:
    """The path, and where it is an attachment the mail that brought it."""
    parts = path.split(INSIDE)
    found = [INSIDE.join(parts[:end]) for end in range(len(parts), 0, -1)]
    return [path, *(mail for mail in found[1:] if mail.lower().endswith(".eml"))]


def _shown(value: Any) -> str:
    # Lists in lists can be endless (YAML's anchors): they are named, not written out.
    return f"a {type(value).__name__}" if isinstance(value, list | dict) else repr(value)[:60]
