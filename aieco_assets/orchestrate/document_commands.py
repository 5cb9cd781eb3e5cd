"""`aieco read`, `documents`, `access` and `pii`: what is read of documents, and who reads what of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from aieco_assets.core.settings import get_settings
from aieco_assets.orchestrate.options import AsGroups, Json, settings_of_home

app = typer.Typer()


@app.command(epilog="Example: [bold]aieco pii --schema > docs/pii.schema.json[/]")
def pii(
    schema: Annotated[bool, typer.Option("--schema", help="The JSON schema of pii.yaml, for editors.")] = False,
) -> None:
    """What happens to personal data, by kind: checks pii.yaml (AIECO_PII) and prints what holds."""
    from aieco_assets.core.governance.pii_rules import json_schema, load_rules
    from aieco_assets.orchestrate.documents import print_rules

    print(json.dumps(json_schema(), indent=2)) if schema else print_rules(load_rules(get_settings()))


@app.command(epilog="Example: [bold]aieco read handbook.docx prices.xlsx --json[/]")
def read(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of documents.")],
    as_json: Json = False,
) -> None:
    """What is read of documents, page by page: the text that answers are quoted from. Stores nothing."""
    from aieco_assets.core.knowledge.reading import read_paths
    from aieco_assets.orchestrate.documents import print_read

    found = read_paths(paths)
    if as_json:
        print(json.dumps({"documents": [one.to_json() for one in found]}, ensure_ascii=False, indent=2))
    else:
        print_read(found)


@app.command(epilog="Example: [bold]aieco documents --json | jq '.documents[] | select(.warnings != [])'[/]")
def documents(as_groups: AsGroups = None, as_json: Json = False) -> None:
    """The documents of this home: pages, words, tables, title, days, language, and what was not read of them."""
    from aieco_assets.orchestrate.access import readable_documents, reader_as
    from aieco_assets.orchestrate.documents import home_documents, print_documents

    reader = reader_as(as_groups)
    found = readable_documents(settings_of_home(), reader) if reader else home_documents(settings_of_home())
    print(json.dumps({"documents": found}, ensure_ascii=False, indent=2)) if as_json else print_documents(found)


@app.command(epilog="Example: [bold]aieco access && aieco ask --as-groups hr,board[/]")
def access(as_json: Json = False) -> None:
    """Put access.yaml into force, and say how many documents each group reads by it."""
    from aieco_assets.orchestrate.access import access_report, print_access

    report = access_report(settings_of_home())
    if as_json:
        print(json.dumps(report, indent=2))
        raise typer.Exit(bool(report["problems"]))
    print_access(report)
