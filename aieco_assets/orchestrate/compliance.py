"""`aieco compliance`: the pack of the home's own records, for whoever has to document the system."""

from __future__ import annotations

from pathlib import Path

from aieco_assets.core.settings import Settings


def write_pack(settings: Settings, folder: Path | None) -> str:
    """Writes it and says what there is; default: reports/compliance of the home."""
    from aieco_assets.core.governance.compliance.pack import export
    from aieco_assets.core.stack.platform import open_platform

    place = folder or settings.reports / "compliance"
    with open_platform(settings) as opened:
        found = export(opened, place)
    sentences = sum(map(len, found.pages.values()))
    return f"{len(found.files)} files, {sentences} sentences, each with its source, in {place}"
