"""The body of `aieco maintain`."""

from __future__ import annotations

from rich.table import Table

from aieco_assets.core.maintenance.maintain import maintain
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.orchestrate.display import console


def maintain_home(settings: Settings, dry_run: bool) -> None:
    """Do it and print what went, or what would go."""
    with open_platform(settings) as opened:
        found = list(maintain(opened, dry_run))
    table = Table("would go" if dry_run else "gone", box=None, header_style="bold")
    table.add_column("number", justify="right")
    table.add_column("kB", justify="right")
    for freed in found:
        table.add_row(freed.what, f"{freed.items:,}", f"{freed.bytes // 1024:,}" if freed.bytes else "")
    console.print(table)
