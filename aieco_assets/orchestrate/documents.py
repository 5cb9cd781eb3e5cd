"""What `aieco read`, `aieco documents` and `aieco pii` print for the eye."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.governance.pii_rules import PiiRules
from aieco_assets.core.knowledge.document_facts import listed
from aieco_assets.core.knowledge.reading import Read
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.orchestrate.display import console


def print_read(found: Iterable[Read]) -> None:
    """Each document with its title, warnings and pages."""
    for one in found:
        told = one.to_json()
        console.rule(escape(one.path), align="left")
        if one.document is None:
            console.print(f"[yellow]not read: {escape(one.quarantined or '')}[/]", soft_wrap=True)
            continue
        facts = {"title": told["title"], "language": told["language"], **told["dates"], "version": told["version"]}
        console.print(
            ", ".join(f"{name}: {value}" for name, value in facts.items() if value), markup=False, soft_wrap=True
        )
        for warning in told["warnings"]:
            console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
        for page in told["pages"]:
            console.print(f"[dim]page {page['page']}[/]")
            console.print(page["text"], markup=False, soft_wrap=True)


def home_documents(settings: Settings) -> list[dict[str, Any]]:
    """What `listed` says of this home, whose Postgres is started for it if need be."""
    with open_platform(settings) as opened:
        return listed(opened)


def print_documents(found: Sequence[dict[str, Any]]) -> None:
    """A line per document, with what was not read of it below."""
    if not found:
        console.print(
            "No document: `aieco run` reads those of AIECO_DOCUMENTS; of a reader, `aieco access` counts them."
        )
        return
    table = Table(box=None, pad_edge=False)
    for name in ("document", "title", "pages", "words", "tables", "dated", "in force", "language"):
        table.add_column(name, justify="right" if name in ("pages", "words", "tables") else "left")
    for one in found:
        if "pages" not in one:
            table.add_row(escape(one["path"]), f"[yellow]not taken: {escape(one['quarantined'])}[/]")
            continue
        days = one["dates"]
        in_force = " – ".join(day or "" for day in (days["in_force_from"], days["in_force_until"])).strip()
        counts = (f"{one[name]:,}" for name in ("pages", "words", "tables"))
        named, dated = (escape(one["path"]), escape(one["title"])), days["dated"] or ""
        table.add_row(*named, *counts, dated, in_force.strip(" –"), one["language"])
        for remark in [*one["warnings"], *([f"not read: {one['quarantined']}"] if "quarantined" in one else [])]:
            table.add_row("", f"[yellow]{escape(remark)}[/]")
        if held := one.get("personal_data"):
            told = ", ".join(f"{kind.replace('_', ' ')} {times}" for kind, times in held.items())
            table.add_row("", f"[dim]personal data: {told}[/]")
    console.print(table)


def print_rules(rules: PiiRules) -> None:
    """A line per kind of personal data."""
    table = Table("kind", "documents", "logs", "answers", box=None, pad_edge=False)
    for kind, rule in rules.kinds.items():
        table.add_row(kind, rule.documents, rule.logs, rule.answers)
    console.print(table)
