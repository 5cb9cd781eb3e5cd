"""What several commands of `aieco` take, and what each begins with."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from aieco_assets.core.settings import Settings, get_settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
AsGroups = Annotated[
    str | None, typer.Option(help="hr,board or user:anna,hr: from the documents that such readers may read.")
]


def settings_of_home() -> Settings:
    """The settings; what a killed `aieco up` of this home has left running is stopped first."""
    from aieco_assets.core.stack.processes import clean_up_after_crash

    settings = get_settings()
    if orphans := clean_up_after_crash(settings.home):
        sys.stderr.write(f"aieco: stopped what a killed `aieco up` had left: {', '.join(orphans)}\n")
    return settings
