"""Zipped packages of office formats (OPC): parts, relations between them, and core properties."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.facts import facts_from
from aieco_assets.core.knowledge.limits import MAX_UNPACKED
from aieco_assets.core.knowledge.parsed import Facts, UnreadableDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def open_package(data: bytes, kind: str) -> Package:
    """Raises UnreadableDocument when it is no package or unpacks to too much."""
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableDocument(f"it is encrypted, or of an older Office than {kind}: open it and save it as {kind}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError) as error:
        raise UnreadableDocument(f"it is not a readable {kind} ({error})") from None
    if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
        raise UnreadableDocument(f"it unpacks to more than {MAX_UNPACKED // 1024**2} MB")
    return Package(archive, kind)


class Package:
    """Parts by name ("word/document.xml"); what is not there is None, what is broken raises UnreadableDocument."""

    def __init__(self, archive: zipfile.ZipFile, kind: str) -> None:
        self._archive, self._kind = archive, kind
        self._names = {name.lower(): name for name in archive.namelist()}
        self._relations: dict[str, list[tuple[str, str, str]]] = {}
        self._properties: dict[str, str] | None = None

    def broken(self, why: str) -> UnreadableDocument:
        return UnreadableDocument(f"it is not a readable {self._kind} ({why})")

    def main(self) -> str:
        """The part that is the document."""
        part = self.related_kind("", "officeDocument")
        if not part:
            raise self.broken("it has no document inside")
        return part

    def read(self, name: str) -> bytes | None:
        known = self._names.get(name.lower())
        if known is None:
            return None
        try:
            # "Strict Open XML" has the same elements under other names.
            return _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", self._archive.read(known))
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise self.broken(str(error) or type(error).__name__) from None

    def xml(self, name: str) -> _Element | None:
        from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

        data = self.read(name) if name else None
        if data is None:
            return None
        try:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=True)
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            if "depth" in str(error):
                raise UnreadableDocument("it is nested too deeply") from None
            raise self.broken(str(error)) from None

    def related(self, name: str, relation: str) -> str:
        """The part behind a relation's id; empty for none, and for what lies outside."""
        return next((target for one, _, target in self._relations_of(name) if one == relation), "")

    def related_kind(self, name: str, kind: str) -> str:
        """The first part of a kind ("styles"), by the last word of the relation's type."""
        return next((target for _, one, target in self._relations_of(name) if one == kind), "")

    def all_related(self, name: str, kind: str) -> list[str]:
        return [target for _, one, target in self._relations_of(name) if one == kind]

    def property(self, name: str) -> str:
        """A core property ("title", "language", "modified"); empty where it is not told."""
        if self._properties is None:
            root = self.xml(self.related_kind("", "core-properties"))
            elements = [] if root is None else [element for element in root if isinstance(element.tag, str)]
            self._properties = {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in elements}
        return self._properties.get(name, "")

    def facts(self) -> Facts:
        """What the core properties say."""
        names = ("language", "modified", "created", "version", "keywords", "category")
        return facts_from({name: self.property(name) for name in names if self.property("creator") != "python-docx"})

    def _relations_of(self, name: str) -> list[tuple[str, str, str]]:
        if name not in self._relations:
            folder, file = posixpath.split(name)
            root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
            found = []
            for relation in root.iter(_RELATION) if root is not None else ():
                if relation.get("TargetMode") == "External":
                    continue
                target = relation.get("Target", "")
                target = (
                    target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                )
                found.append((relation.get("Id", ""), relation.get("Type", "").rpartition("/")[2], target))
            self._relations[name] = found
        return self._relations[name]
