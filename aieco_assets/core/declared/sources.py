"""Sources that are declared beside those of the settings: each a folder with a name, in a `defs.yaml` of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.urls import shown
from aieco_assets.core.yaml_file import read_yaml

if TYPE_CHECKING:
    import psycopg

DOCUMENTS, TRANSACTIONS = "DocumentSource", "TransactionSource"
LAYERS = {DOCUMENTS: "documents", TRANSACTIONS: "transactions"}  # before its name: its asset, its row of ops.sources
_SAID = {DOCUMENTS: "document", TRANSACTIONS: "transaction"}
SHARED = ("customers", "items")
# What its component takes (a test holds them together): core reads the file where no component is loaded.
_OF_ALL = ("folder", "owner", "description")
ATTRIBUTES = {DOCUMENTS: _OF_ALL, TRANSACTIONS: (*_OF_ALL, "mapping", "shared")}
_DOCUMENT = re.compile(r"^---[^\S\n]*$", re.MULTILINE)
# As Dagster reads it: a url with a password is written down in no file.
VARIABLE = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")
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
    mapping = mapping and str(root / Path(mapping).expanduser())
    source = DeclaredSource(kind, name, folder, mapping, tuple(shared))
    if strange := next((one for one in shared if one not in SHARED), None):
        raise AiecoError(f"The transaction source {name} can't share {strange}: `shared` takes {' and '.join(SHARED)}.")
    if not folder:
        raise AiecoError(f"The {_SAID[kind]} source {name} needs its folder: a path, s3:// or http(s)://.")
    parts = urlsplit(folder)
    if "://" not in folder:
        return replace(source, url=str(root / Path(folder).expanduser()))
    if parts.scheme not in ("s3", "http", "https"):
        raise AiecoError(f"{source.shown} is not a folder, an s3:// or an http(s):// url: mend {source.said}.")
    return source


def refuse_overlap(source: str, declared: Sequence[DeclaredSource]) -> None:
    """Raises AiecoError where one place lies in another, `source` among them: what it holds would be read twice, the
    second time under a name that no rule of the first knows."""
    places = [(source, _place(source)), *((one.url, _place(one.url)) for one in declared)]
    for (inner, at), (outer, around) in permutations(places, 2):
        if at.startswith(around):
            raise AiecoError(
                f"{shown(inner)} lies in {shown(outer)}, and both are read: declare a place outside of it, or none."
            )


def _place(url: str) -> str:
    return f"{url.rstrip('/') if '://' in url else Path(url).expanduser().resolve()}/"


def checked_owner(owner: str) -> str:
    """`owner` where Dagster takes it. Raises AiecoError where not."""
    if owner and not _OWNER.fullmatch(owner):
        raise AiecoError(f"{owner!r} is no owner: write team:NAME or an e-mail address.")
    return owner


def no_password(folder: str) -> str:
    """`folder` as it may be written into a file. Raises AiecoError for a url that holds a password."""
    if "://" in folder and urlsplit(folder).password:
        raise AiecoError(
            f"{shown(folder)} has a password, which belongs into no file: keep the url in a variable of the environment"
            " and write '{{ env.NAME }}'."
        )
    return folder


def read_sources(defs: Path, kind: str) -> tuple[DeclaredSource, ...]:
    """What the `defs.yaml` files below `defs` declare of a kind, by name. Raises AiecoError for one that can't be
    read, and for two of one name."""
    found: dict[str, DeclaredSource] = {}
    for path in sorted(defs.rglob("defs.yaml")):
        place = str(path.relative_to(defs.parents[1]))
        for attributes in _attributes(path, place, kind):
            if path.parent.name in found:
                raise AiecoError(
                    f"{place} declares the {_SAID[kind]} source {path.parent.name}, which there is already: "
                    "rename its folder."
                )
            if strange := next((one for one in attributes if one not in ATTRIBUTES[kind]), None):
                raise AiecoError(f"{place}: there is no attribute {strange}; it has {', '.join(ATTRIBUTES[kind])}.")
            folder, mapping = (_with_variables(str(attributes.get(one) or ""), place) for one in ("folder", "mapping"))
            shared = [str(one) for one in attributes.get("shared") or ()]
            made = declared_source(kind, path.parent.name, folder, defs.parents[1], mapping, shared)
            found[path.parent.name] = made
    return tuple(found[name] for name in sorted(found))


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
    text = path.read_text(encoding="utf-8")
    if f".{kind}" not in text:  # a file of another type is none of ours to judge
        return
    for one in _DOCUMENT.split(text):
        said = read_yaml(one, place, "remove its folder")
        if isinstance(said, dict) and str(said.get("type")) == f"aieco_assets.components.{kind}":
            attributes = said.get("attributes")
            yield attributes if isinstance(attributes, dict) else {}


def _with_variables(folder: str, place: str) -> str:
    def value(found: re.Match[str]) -> str:
        if not os.environ.get(found[1]):
            raise AiecoError(f"{place} names the variable {found[1]}, which is not set: set it, or mend the folder.")
        return os.environ[found[1]]

    return VARIABLE.sub(value, folder)
