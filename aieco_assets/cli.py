"""The `aieco` command. Thin: settings in, core or Dagster called, a table or JSON out."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from aieco_assets.core.errors import AiecoError, named
from aieco_assets.core.garbage_collection import collect_rarely
from aieco_assets.orchestrate.alerts import app as alerts_app
from aieco_assets.orchestrate.audit import app as audit_app
from aieco_assets.orchestrate.document_commands import app as documents_app
from aieco_assets.orchestrate.finetune import app as finetune_app
from aieco_assets.orchestrate.lineage import app as lineage_app
from aieco_assets.orchestrate.metrics import app as metrics_app
from aieco_assets.orchestrate.options import AsGroups, Json, settings_of_home
from aieco_assets.orchestrate.policy import app as policy_app
from aieco_assets.orchestrate.registry_commands import app as registry_app
from aieco_assets.orchestrate.review import app as review_app
from aieco_assets.orchestrate.users import app as user_app

# The names of colours and the bar are rich's; a traceback is for bugs only.
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A company's data and model platform: documents and transactions to cited answers and predictions.",
    epilog='First time: [bold]aieco run[/], then [bold]aieco ask "How many days do I have to return an item?"[/]',
)
app.add_typer(documents_app)
app.add_typer(registry_app)
app.add_typer(metrics_app, name="metrics")
app.add_typer(policy_app, name="policy")
app.add_typer(review_app, name="review")
app.add_typer(finetune_app, name="finetune")
app.add_typer(alerts_app, name="alerts")
app.add_typer(audit_app, name="audit")
app.add_typer(user_app, name="user")
app.add_typer(lineage_app, name="lineage")


def main() -> None:
    """Entry point: an AiecoError becomes one sentence on stderr and exit code 1."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    collect_rarely()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, when a library that uses it is loaded
    try:
        app()
    except AiecoError as error:
        sys.stderr.write(f"aieco: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("aieco: stopped\n")
        sys.exit(130)
    except Exception as error:
        if (told := named(error)) is error:
            raise
        sys.stderr.write(f"aieco: {told}\n")
        sys.exit(1)


@app.command(
    epilog="Example: [bold]aieco run --select 'key:\"lake/transactions\"+' --partition-range 2011-01-04...2011-01-31[/]"
)
def run(
    select: Annotated[
        str | None, typer.Option(help="Asset selection; default: all that is missing or changed.")
    ] = None,
    partition_range: Annotated[
        str | None, typer.Option(help="First...last partition, e.g. 2011-01-04...2011-01-31.")
    ] = None,
    switch_source: Annotated[
        bool, typer.Option(help="Replace what this home was filled from by the sources set now.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Materialise what is missing or changed, with progress. Needs nothing started before.

    AIECO_DOCUMENTS: a folder, s3://bucket/prefix or an http(s):// listing. AIECO_TRANSACTIONS: one of these,
    postgresql://…?table=schema.name (or another SQL database), or mongodb://…?collection=name. Unset: the sample.
    """
    from aieco_assets.orchestrate.commands import run_graph

    sys.exit(run_graph(settings_of_home(), select, partition_range, switch_source, as_json))


@app.command(
    epilog="Examples: [bold]aieco plan --json | jq .minutes[/]\n\n"
    "[bold]aieco plan --policy policies/drift.yaml --days 90[/]"
)
def plan(
    policy: Annotated[
        Path | None, typer.Option(help="A changed policy file: what it would have decided, and would do now.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days that a policy file is tried on.")] = 30,
    as_json: Json = False,
) -> None:
    """What the next run will do, why, and how many minutes it takes by what this home measured. Runs nothing."""
    if policy:
        from aieco_assets.core.stack.platform import open_platform
        from aieco_assets.orchestrate.policy_plan import planned_policy, print_policy_plan

        with open_platform(settings_of_home()) as opened:
            report, show = planned_policy(opened, policy, days), print_policy_plan
    else:
        from aieco_assets.orchestrate.plan_report import planned, print_plan

        report, show = planned(settings_of_home()), print_plan
    print(json.dumps(report, indent=2)) if as_json else show(report)


@app.command(epilog="Example: [bold]aieco init exports/2026 --yes[/]")
def init(
    source: Annotated[str, typer.Argument(help="Folder, file, s3:// or http(s):// url, SQL or MongoDB url.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Write shop.yaml without asking; what is open is refused.")
    ] = False,
) -> None:
    """Look at transactions of any shape and write shop.yaml: which column is what, with reasons and ten rows."""
    from aieco_assets.orchestrate.initialise import initialise

    initialise(settings_of_home(), source, yes)


@app.command(epilog='Example: [bold]aieco ask "How many days do I have to return an item?" --document policies/[/]')
def ask(
    question: Annotated[str | None, typer.Argument(help="In plain words; default: the first golden question.")] = None,
    as_of: Annotated[
        str, typer.Option(help="Version, day (its end) or time (UTC): answer from the documents of then.")
    ] = "",
    document: Annotated[
        list[str] | None, typer.Option(help="Answer from this path, folder or path with * only; may be repeated.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="… from documents with this keyword; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="… in this language (de, en, …); may be repeated.")] = None,
    dated_from: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="… of this day or later.")] = None,
    dated_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="… of this day or earlier.")
    ] = None,
    as_groups: AsGroups = None,
    as_json: Json = False,
) -> None:
    """One answer from the documents, cited, or from the warehouse, in process or from the running service."""
    from aieco_assets.core.contracts import DocumentFilter
    from aieco_assets.orchestrate.access import reader_as
    from aieco_assets.orchestrate.ask import ask_once, first_question, render

    settings, reader = settings_of_home(), reader_as(as_groups)
    asked = question if question is not None else first_question(settings)
    days = (day.date() if day else None for day in (dated_from, dated_until))
    wanted = DocumentFilter(tuple(document or ()), tuple(tag or ()), tuple(language or ()), *days)
    answer = ask_once(settings, asked, as_of, wanted, reader)
    print(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else render(answer, "" if question else asked))


@app.command(epilog="Example: [bold]aieco status --json | jq '.assets[] | select(.status != \"materialized\")'[/]")
def status(as_json: Json = False) -> None:
    """Per asset: last run, freshness, checks, rows; the served version against the champion."""
    from aieco_assets.orchestrate.commands import platform_status, print_status

    report = platform_status(settings_of_home())
    print(json.dumps(report, indent=2)) if as_json else print_status(report)


@app.command(epilog="Example: [bold]aieco mcp --as-groups hr,board[/], as a client of MCP starts it")
def mcp(as_groups: AsGroups = None) -> None:
    """Serve the tools for assistants over stdin and stdout (MCP): ask, search, metrics, lineage, models, plan."""
    from aieco_assets.orchestrate.access import reader_as
    from aieco_assets.orchestrate.mcp import serve

    serve(settings_of_home(), reader_as(as_groups))


@app.command(
    name="eval",
    epilog="Examples: [bold]aieco eval --questions questions.jsonl --documents docs/ --json[/]\n\n"
    "[bold]aieco eval --labels labelled.jsonl[/]",
)
def evaluate(
    questions: Annotated[
        Path | None, typer.Option(help="JSON lines: question, must_contain, citations or unanswerable.")
    ] = None,
    documents: Annotated[Path | None, typer.Option(help="Folder of documents to answer from.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="JSON lines: question, passages, sentences labelled as supported or not."),
    ] = None,
    mode: Annotated[str, typer.Option(help="quote or write: how questions are answered.")] = "",
    as_json: Json = False,
) -> None:
    """Score answers on a question file, with a knowledge base of its own; or the verification on labelled sentences."""
    from aieco_assets.orchestrate.evaluation import evaluated, print_evaluated

    report = evaluated(settings_of_home(), questions, documents, labels, mode)
    print(json.dumps(report, ensure_ascii=False, indent=2)) if as_json else print_evaluated(report)


@app.command()
def up(
    detach: Annotated[bool, typer.Option(help="Return when everything is ready; `aieco down` stops it.")] = False,
    login: Annotated[
        bool, typer.Option("--login", help="One login in front of everything; no other port answers (`aieco user`).")
    ] = False,
) -> None:
    """The local stack: Postgres, Dagster, MLflow, the service and the sales dashboard. Ctrl-C stops all of it."""
    from aieco_assets.orchestrate.up import up_and_wait, up_detached

    (up_detached if detach else up_and_wait)(settings_of_home(), login)


@app.command()
def down() -> None:
    """Stop the local stack, and the Postgres that `aieco env` may have left running."""
    from aieco_assets.orchestrate.up import stop_everything

    print(stop_everything(settings_of_home()))


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is wrong, and the command that mends it: ports, disk, models, GPU offload, index coverage."""
    from aieco_assets.orchestrate.doctor import diagnose, print_findings

    findings = diagnose(settings_of_home())
    print(json.dumps(findings, indent=2)) if as_json else print_findings(findings)
    sys.exit(0 if all(finding["ok"] for finding in findings) else 1)


@app.command(epilog="Example: [bold]aieco maintain --dry-run[/]")
def maintain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say what would go.")] = False,
) -> None:
    """Remove what nothing needs any more, as the stack does each night: old versions, runs, reports, orphans."""
    from aieco_assets.orchestrate.maintenance import maintain_home

    maintain_home(settings_of_home(), dry_run)


@app.command(epilog='Example: [bold]aieco erase --customer 17850 --reason "asked by mail, ticket 4711"[/]')
def erase(
    customer: Annotated[str, typer.Option(help="Id of a customer, as the warehouse has it.")] = "",
    document: Annotated[str, typer.Option(help="Path of a document, as `aieco documents` shows it.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it stays in the certificate.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a customer or a document from everything here, for good; the source can't bring it back."""
    from aieco_assets.orchestrate.erasure import erase as erased
    from aieco_assets.orchestrate.erasure import print_erased, report

    done = erased(settings_of_home(), customer, document, reason, yes)
    print(json.dumps(report(done), indent=2)) if as_json else print_erased(done)


@app.command(epilog="Example: [bold]aieco compliance --to pack-2026-12[/]")
def compliance(
    to: Annotated[Path | None, typer.Option(help="Folder; default: reports/compliance of the home.")] = None,
) -> None:
    """Write the compliance pack: system card, model cards, risks, approvals, data, rules, SBOM, all with sources."""
    from aieco_assets.orchestrate.compliance import write_pack

    print(write_pack(settings_of_home(), to))


@app.command(epilog="Example: [bold]aieco key dashboard --scopes ask+predict[/]")
def key(
    name: Annotated[str, typer.Argument(help="Who will use it; it stands for the key in logs.")],
    scopes: Annotated[str, typer.Option(help="ask, predict, review, admin, joined by +.")] = "ask+predict",
    groups: Annotated[str, typer.Option(help="hr+board: whose documents it reads where access.yaml says so.")] = "",
) -> None:
    """A new API key for the service: the key, which is shown only now, and its entry for AIECO_API_KEYS."""
    from aieco_assets.core.serving.keys import make_key

    secret, entry = make_key(name, scopes.split("+"), groups.split("+") if groups else ())
    print(f"key, for whoever calls:      {secret}\nentry of AIECO_API_KEYS:     {entry}")


@app.command(epilog='Example: [bold]eval "$(aieco env)" && psql "$AIECO_POSTGRES_URL"[/]')
def env() -> None:
    """`export` lines for dagster, dbt, psql, mlflow and bentoml by hand; leaves Postgres running (`aieco down`)."""
    from aieco_assets.orchestrate.up import environment_lines

    for line in environment_lines(settings_of_home()):
        print(line)


if __name__ == "__main__":
    main()
