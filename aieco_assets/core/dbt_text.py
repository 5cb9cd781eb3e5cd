"""What people say of a thing, before it stands in a file of the dbt project: text, and nothing that dbt would run."""

from __future__ import annotations

import re

from aieco_assets.core.errors import AiecoError

# dbt renders SQL, and descriptions of YAML, by Jinja: `{{ run_query("…") }}` between quotes would be run as any other.
_TEMPLATE = re.compile(r"\{[{%#]")


def fault_of(text: str) -> str:
    """What of `text` may be written nowhere, and the mend, as the rest of a sentence; empty where all may."""
    if found := _TEMPLATE.search(text):
        return f"holds {found[0]}, which begins what dbt would run as a template: leave it out"
    if not text.replace("\n", " ").isprintable():
        return "holds a character that is not printed: type it anew"
    return ""


def checked_text(text: str, what: str) -> str:
    """`text`, where it may be written; AiecoError that begins with `what` it is where not."""
    if fault := fault_of(text):
        raise AiecoError(f"{what} {fault}.")
    return text
