"""Sources that are declared beside those of the settings: each a folder with a name, in a `defs.yaml` of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.declarations import declaration_files, declaration_text
from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.declared.locations import checked_path, checked_url
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.urls import shown
from aieco_assets.core.yaml_file import read_yamls

if TYPE_CHECKING:
    import psycopg

DOCUMENTS, TRANSACTIONS = "DocumentSource", "TransactionSource"
LAYERS = {DOCUMENTS: "documents", TRANSACTIONS: "transactions"}  # before its name: its asset, its row of ops.sources
_SAID = {DOCUMENTS: "document", TRANSACTIONS: "transaction"}
SHARED = ("customers", "items")
# What its component takes (a test holds them together): core reads the file where no component is loaded.
_OF_ALL = ("folder", "owner", "description")
ATTRIBUTES = {DOCUMENTS: _OF_ALL, TRANSACTIONS: (*_OF_ALL, "mapping", "shared")}
# Where Dagster finds its component (a test holds them together).
SPELLINGS = {
    DOCUMENTS: ("aieco_assets.components.DocumentSource", "aieco_assets.components.document_source.DocumentSource"),
    TRANSACTIONS: (
        "aieco_assets.components.TransactionSource",
        "aieco_assets.components.transaction_source.TransactionSource",
    ),
}
# As Dagster reads it: a url with a password is written down in no file.
VARIABLE = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")
_SAID_ELSEWHERE = "\ue000"  # in place of a variable: no url holds it
_OWNER = re.compile(r"team:\S+|[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class DeclaredSource:
    """`name` stands in front of the paths of what it holds; `url`: a folder, s3:// or http(s)://; `kind`: the type of
    its component.

    Of transactions, `mapping`: the file that maps their columns, unless shop.yaml beside them does; `shared`: what has
    the ids of the other sources (SHARED).
    """

    kind: str
    name: str
    url: str
    mapping: str = ""
    shared: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        """What stands before its name: documents or transactions."""
        return LAYERS[self.kind]

    @property
    def said(self) -> str:
        """As a message names what is to be mended."""
        return f"`folder` of the {_SAID[self.kind]} source {self.name}"

    @property
    def storage(self) -> str:
        """The kind of place: file, s3 or http."""
        scheme = urlsplit(self.url).scheme
        return "http" if scheme in ("http", "https") else "s3" if scheme == "s3" else "file"

    @property
    def shown(self) -> str:
        return shown(self.url)


def declared_source(
    kind: str, name: str, folder: str, root: Path, mapping: str = "", shared: Sequence[str] = ()
) -> DeclaredSource:
    """A source of these attributes; a relative path is one of the project at `root`. Raises AiecoError."""
    checked_name(name)
    mapping = mapping and checked_path(mapping, root, f"`mapping` of the transaction source {name}")
    source = DeclaredSource(kind, name, folder, mapping, tuple(shared))
    if strange := next((one for one in shared if one not in SHARED), None):
        raise AiecoError(f"The transaction source {name} can't share {strange}: `shared` takes {' and '.join(SHARED)}.")
    if not folder:
        raise AiecoError(f"The {_SAID[kind]} source {name} needs its folder: a path, s3:// or http(s)://.")
    if "://" not in folder:
        return replace(source, url=checked_path(folder, root, source.said))
    parts = checked_url(folder, source.said)
    if parts.scheme in ("http", "https") and (parts.query or parts.fragment or not parts.hostname):
        raise AiecoError(f"{source.shown} has to be a host and a folder, nothing else: mend {source.said}.")
    if parts.scheme not in ("s3", "http", "https"):
        raise AiecoError(f"{source.shown} is not a folder, an s3:// or an http(s):// url: mend {source.said}.")
    return source


def checked_owner(owner: str) -> str:
    """`owner` where Dagster takes it. Raises AiecoError where not."""
    if owner and not _OWNER.fullmatch(owner):
        raise AiecoError(f"{owner!r} is no owner: write team:NAME or an e-mail address.")
    return owner


def no_login(folder: str, place: str = "") -> str:
    """`folder` as it may be written into a file. Raises AiecoError for a url that logs in with what stands there: a
    password, or a token in place of a user. What variables of the environment say is not there."""
    if "://" not in folder:
        return folder
    try:
        login, _, _ = urlsplit(VARIABLE.sub(_SAID_ELSEWHERE, folder)).netloc.rpartition("@")
    except ValueError:  # no url at all, which is said of what it is with its variables
        return folder
    user, _, password = login.partition(":")
    if (password or user).replace(_SAID_ELSEWHERE, ""):
        where = place and f"{place}: "
        raise AiecoError(
            f"{where}{shown(folder)} has a login, which belongs into no file: keep the url in a variable of the "
            "environment and write '{{ env.NAME }}'."
        )
    return folder


def read_sources(defs: Path, kind: str) -> tuple[DeclaredSource, ...]:
    """What the declarations below `defs` say of a kind, by name. Raises AiecoError for one that can't be read, and for
    two of one name."""
    found: dict[str, DeclaredSource] = {}
    for path in declaration_files(defs):
        place = str(path.relative_to(defs.parents[1]))
        for attributes in _attributes(path, place, kind):
            if path.parent.name in found:
                raise AiecoError(
                    f"{place} declares the {_SAID[kind]} source {path.parent.name}, which there is already: "
                    "rename its folder."
                )
            found[path.parent.name] = _declared(kind, path.parent.name, attributes, defs.parents[1], place)
    return tuple(found[name] for name in sorted(found))


def _declared(kind: str, name: str, attributes: Mapping[str, Any], root: Path, place: str) -> DeclaredSource:
    if strange := next((one for one in attributes if one not in ATTRIBUTES[kind]), None):
        raise AiecoError(f"{place}: there is no attribute {strange}; it has {', '.join(ATTRIBUTES[kind])}.")
    for one in ("folder", "mapping"):
        if not isinstance(attributes.get(one) or "", str):
            raise AiecoError(f"{place}: mend {one}, which is a text.")
    shared = attributes.get("shared") or ()
    if not isinstance(shared, list | tuple):
        raise AiecoError(f"{place}: mend shared, which is a list: [{', '.join(SHARED)}], or one of these.")
    no_login(attributes.get("folder") or "", place)
    folder, mapping = (_with_variables(attributes.get(one) or "", place) for one in ("folder", "mapping"))
    return declared_source(kind, name, folder, root, mapping, [str(one) for one in shared])


def record_sources(connection: psycopg.Connection[Any], kind: str, declared: Sequence[DeclaredSource]) -> None:
    """The declared sources of a kind that this home is filled from, in ops.sources beside those of the settings."""
    layer = f"{LAYERS[kind]}/"
    rows = [(layer + one.name, one.shown) for one in declared]
    connection.execute(
        "delete from ops.sources where starts_with(name, %s) and name <> all(%s)", (layer, [name for name, _ in rows])
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.sources (name, url) values (%s, %s) on conflict (name) do update set url = excluded.url",
            rows,
        )


def _attributes(path: Path, place: str, kind: str) -> Iterator[Mapping[str, Any]]:
    text = declaration_text(path, place)
    if kind not in text:  # a file of another type is none of ours to judge
        return
    for one in read_yamls(text, place, "remove its folder"):
        said = str(one.get("type")) if isinstance(one, dict) else ""
        if said in SPELLINGS[kind]:
            attributes = one.get("attributes") or {}
            if not isinstance(attributes, dict):
                raise AiecoError(
                    f"{place}: mend attributes, which are {', '.join(ATTRIBUTES[kind])}, each with a value."
                )
            yield attributes
        elif said.endswith(f".{kind}") and said.startswith((".", "aieco_assets.")):
            # Dagster may find the component there: its asset would stand in the graph, and nothing be landed for it.
            raise AiecoError(f"{place}: the type {said} is not known to landing: write {SPELLINGS[kind][0]}.")


def _with_variables(folder: str, place: str) -> str:
    def value(found: re.Match[str]) -> str:
        if not os.environ.get(found[1]):
            raise AiecoError(f"{place} names the variable {found[1]}, which is not set: set it, or mend the folder.")
        return os.environ[found[1]]

    told = VARIABLE.sub(value, folder)
    if "{{" in folder and "{{" in VARIABLE.sub("", folder):
        raise AiecoError(f"{place}: of templates only '{{{{ env.NAME }}}}' is read here: write {folder} so.")
    return told
