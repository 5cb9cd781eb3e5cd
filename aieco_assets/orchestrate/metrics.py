"""`aieco metrics`: the governed metrics listed, taken to other tools and brought from them."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from aieco_assets.core.errors import AiecoError

app = typer.Typer(help="The numbers that `aieco ask` reads from the warehouse; their definition, taken and brought.")


class Form(str, Enum):
    osi = "osi"
    metricflow = "metricflow"


@app.callback(
    invoke_without_command=True,
    epilog='Example: [bold]aieco ask "How many sales have we made in the past year in the UK?"[/]',
)
def metrics(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """The numbers that `aieco ask` reads from the warehouse: names, definitions, an example question each."""
    if context.invoked_subcommand:
        return
    from aieco_assets.core.metrics.catalog import listed

    print(json.dumps(listed(), indent=2)) if as_json else _print(listed())


@app.command(epilog="Example: [bold]aieco metrics export metrics.json[/]")
def export(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    form: Annotated[
        Form, typer.Option("--format", help="osi: Open Semantic Interchange 0.1.1, JSON; metricflow: dbt's YAML.")
    ] = Form.osi,
) -> None:
    """Write the definition of all metrics into a file that other tools read."""
    from aieco_assets.core.metrics.osi import exported
    from aieco_assets.core.metrics.semantic_files import definition
    from aieco_assets.core.metrics.statements import LAYER

    text = definition() if form is Form.metricflow else json.dumps(exported(LAYER), ensure_ascii=False, indent=2) + "\n"
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise AiecoError(f"{file} is there already: name a file that is not.") from None
    except OSError as error:
        raise AiecoError(f"{file} cannot be written ({error.strerror}): name another file.") from None
    print(f"{len(LAYER.metrics)} metrics in {file}")


@app.command("import", epilog="Example: [bold]aieco metrics import metrics.json[/]")
def import_(
    file: Annotated[Path, typer.Argument(help="A document of Open Semantic Interchange, JSON or YAML.")],
) -> None:
    """Check a document and write its metrics into dbt_project/models/semantic, and the views that follow."""
    from aieco_assets.core.metrics.importing import import_file

    found = import_file(file)
    said = [f"{', '.join(names)} {how}" for names, how in ((found.added, "added"), (found.changed, "changed")) if names]
    print(f"{'; '.join([*said, f'{len(found.kept)} as they were'])}.")
    if said:
        print("`aieco run` makes their views.")


@app.command(epilog="Example: [bold]aieco metrics views[/]")
def views() -> None:
    """Write the dbt models of the views metrics.* anew, and remove those of metrics that are gone, after an edit."""
    from aieco_assets.core.metrics.catalog import METRICS
    from aieco_assets.core.metrics.statements import LAYER
    from aieco_assets.core.metrics.views import FOLDER, write_views

    changed = write_views(LAYER, METRICS)
    there = [name for name in changed if (FOLDER / name).exists()]
    gone = [name for name in changed if name not in there]
    said = [f"{how}: {', '.join(names)}." for how, names in (("Written", there), ("Removed", gone)) if names]
    print(" ".join(said) or "The views are those of the definition.")


def _print(metrics: list[dict[str, Any]]) -> None:
    from aieco_assets.orchestrate.display import console

    for metric in metrics:
        console.print(
            f"[bold]{metric['name']}[/] ({metric['unit']})\n    {metric['definition']}\n    “{metric['example']}”"
        )
    first = metrics[0]
    tables, groupings = ", ".join(first["tables"]), ", ".join(first["groupings"])
    console.print(f"\nFrom {tables}, limited by country, store, category, item and days,")
    console.print(f"grouped by {groupings}, or by two of them; what a shop calls them is understood, too.")
