"""Facts as pages: markdown in which each sentence is linked to its sources, and one JSON with all of it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from aieco_assets.core.governance.compliance.facts import Fact
from aieco_assets.core.markdown import plain

SOURCES_FILE, JSON_FILE = "sources.md", "pack.json"
NOTE = (
    "It records what this installation holds; it is no assessment, and claims no conformity with any law. "
    "The same state gives the same bytes."
)
# How an address of each kind is looked up.
KINDS = {
    "table": "a row of the warehouse by its key, or a table that was counted: "
    "`psql` with what `aieco env` prints, `select * from TABLE where COLUMN = 'VALUE'`",
    "mlflow": "a version or a run of the model registry: `aieco up`, page MLflow",
    "file": "a file of the project, with its digest: `sha256sum FILE`",
    "test": "a test of the project: `.venv/bin/python -m pytest TEST`",
    "setting": "a setting, by its name in aieco_assets/core/settings.py",
    "policy": "a policy in force, with its digest: `aieco policy list`",
    "package": "an installed package: `.venv/bin/python -m pip show NAME`",
    "audit": "the last row of the audit log: `aieco audit verify --head SEQUENCE:HASH`",
    "home": "what people keep in governance/ of the home: `ls governance/`",
}


def page(title: str, facts: Sequence[Fact]) -> bytes:
    """One page: a section for each heading, in the order of the facts."""
    lines, heading = [f"# {title}", ""], None
    for one in facts:
        if one.heading != heading:
            heading = one.heading
            shown = heading not in ("", title)  # a page of one section needs no second heading
            lines += [*([""] if lines[-1] else []), *([f"## {plain(heading)}", ""] if shown else [])]
        links = " ".join(f"[{_shown(address)}]({SOURCES_FILE}#{anchor(address)})" for address in one.sources)
        lines.append(f"- {plain(one.text)} ({links})")
    return ("\n".join(lines) + "\n").encode()


def index(titles: Mapping[str, str]) -> bytes:
    """The first page: `titles` by file."""
    lines = ["# Compliance pack", "", NOTE, "", *[f"- [{title}]({name})" for name, title in titles.items()]]
    return ("\n".join(lines) + "\n").encode()


def sources_page(pages: Mapping[str, Sequence[Fact]]) -> bytes:
    """Every address that a sentence is linked to, and how each kind is looked up."""
    addresses = sorted({address for facts in pages.values() for one in facts for address in one.sources})
    lines = ["# Sources", ""]
    for kind, how in KINDS.items():
        of_kind = [address for address in addresses if address.startswith(f"{kind}:")]
        if of_kind:
            lines += [f"## {kind}", "", f"{how[0].upper()}{how[1:]}.", ""]
            lines += [f'- <a id="{anchor(address)}"></a>{_code(address)}' for address in of_kind] + [""]
    return "\n".join(lines).encode()


def as_json(pages: Mapping[str, Sequence[Fact]], digests: Mapping[str, str]) -> bytes:
    """{"note", "pages": {page: [{"heading", "text", "sources"}]}, "files": {name: sha256}}."""
    told = {
        "note": NOTE,
        "pages": {
            name: [{"heading": one.heading, "text": one.text, "sources": list(one.sources)} for one in facts]
            for name, facts in pages.items()
        },
        "files": dict(digests),
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def anchor(address: str) -> str:
    return f"s-{sha256(address.encode()).hexdigest()[:12]}"


def _shown(address: str) -> str:
    name = address.partition("#sha256=")[0]
    return plain(name.replace("[", "(").replace("]", ")").replace("|", "/")[:90])


def _code(address: str) -> str:
    """As it is, between more backticks than it holds: a model may be called anything."""
    line = " ".join(address.split())
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if len(fence) > 1 else f"{fence}{line}{fence}"
