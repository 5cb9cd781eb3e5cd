"""What `aieco read` and `aieco documents` print for the eye."""

from __future__ import annotations

from collections.abc import Iterable

from aieco_assets.core.knowledge.reading import Read
from aieco_assets.orchestrate.display import console


def print_read(found: Iterable[Read]) -> None:
    """Each document with its title, warnings and pages."""
    for one in found:
        told = one.to_json()
        console.rule(one.path, align="left")
        if one.document is None:
            console.print(f"[yellow]not read: {one.quarantined}[/]", soft_wrap=True)
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
