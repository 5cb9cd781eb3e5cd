"""Every `dg` command of the guides and skills, run in a copy of the project, and the graph that it then has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aieco_assets.core.declared.sources import ATTRIBUTES
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.components.project import ROOT, Project
from tests.docs.pages import snippets

pytestmark = pytest.mark.timeout(1800)
GUIDE = ROOT / "docs" / "how-to" / "scaffolds.md"
OTHERS = ("docs/metrics.md", "docs/recipes/add-a-model.md", "skills/add-a-model/SKILL.md")
# Asset keys and what the graph says of them, as JSON.
SHOWN = """
import json, sys
from aieco_assets.definitions import defs
graph = defs().resolve_asset_graph()
said = {}
for key in graph.get_all_asset_keys():
    node = graph.get(key)
    parents = sorted(one.to_user_string() for one in node.parent_keys)
    checks = sorted(one.name for one in node.check_keys)
    said[key.to_user_string()] = [parents, checks, sorted(node.kinds), sorted(node.owners), node.group_name]
print(json.dumps(said))
"""

LANDED = """
import dagster as dg
from aieco_assets.core.settings import get_settings
from aieco_assets.defs.lake.documents import documents
from aieco_assets.defs.lake.transactions import transactions
given = {"settings": get_settings(), "s3": dg.ResourceDefinition.none_resource()}
dg.materialize([documents], resources=given)
dg.materialize([transactions], resources=given, partition_key="2011-01-04")
"""


def dg_commands(page: Path) -> list[str]:
    """Shell code of a page that calls dg."""
    return [one.code for one in snippets(page) if one.kind == "sh" and "dg " in one.code]


def test_the_guide_names_every_option_which_dg_leaves_out_of_its_help() -> None:
    from dagster.components.scaffold.scaffold import get_scaffolder

    from aieco_assets import components

    for name in components.__all__:
        (row,) = [line for line in GUIDE.read_text().splitlines() if line.startswith(f"| `{name}` |")]
        fields = get_scaffolder(getattr(components, name)).get_scaffold_params().model_fields  # type: ignore[union-attr]
        assert sorted(re.findall(r"--([a-z-]+)", row)) == sorted(one.replace("_", "-") for one in fields)
        assert sorted(ATTRIBUTES.get(name, fields)) == sorted(fields)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after all of the guide."""
    made = Project(tmp_path_factory.mktemp("guide"))
    codes = dg_commands(GUIDE)
    assert len(codes) == 7
    made.dg(*codes)
    return made


def test_what_the_guide_scaffolds_is_in_the_graph_with_lineage_checks_kinds_and_owner(project: Project) -> None:
    done = project.run("python", "-c", SHOWN)
    assert done.returncode == 0, done.stderr
    assert "BetaWarning" not in done.stderr  # each command would print it
    said = json.loads(done.stdout.splitlines()[-1])
    ours, dbt = ["team:data-platform"], ["dbt", "postgres"]
    mart, feature = "agg_country_days", "basket_lines"
    assert said[f"marts/{mart}"] == [
        ["marts/fct_sales_lines"],
        [f"{mart}_has_rows", f"unique_combination_{mart}_invoice_date__country"],
        dbt, ours, "marts",
    ]  # fmt: skip
    assert said[f"features/{feature}"] == [
        ["features/customer_rfm", "features/purchases"],
        [f"{feature}_leaves_nobody_out", f"unique_combination_{feature}_as_of__customer_id"],
        dbt, ours, "features",
    ]  # fmt: skip
    assert said["metrics/book_adjustments"] == [
        ["metrics/sales_lines"], ["book_adjustments_is_asked_for"], dbt, ours, "metrics"
    ]  # fmt: skip
    assert said["models/buys_again"] == [
        ["features/basket_lines", "features/customer_rfm", "features/purchases", "marts/fct_orders"],
        ["buys_again_champion_can_be_read", "buys_again_is_no_worse_for_a_slice"],
        ["lightgbm", "mlflow"], ours, "models",
    ]  # fmt: skip
    assert said["documents/handbook"] == said["transactions/web"] == [[], [], ["file"], ours, "sources"]
    assert said["lake/documents"][0] == ["documents/handbook"]
    assert said["lake/transactions"][0] == ["transactions/web"]


def test_what_declared_sources_hold_is_landed_with_the_rest(project: Project, settings: Settings) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    line = "1,A,CUP,2,2011-01-04 10:00:00,1.50,13000,France"
    texts = {
        "own/a.md": "# A",
        "shared/handbook/a.md": "# B",
        "sales/1.csv": f"{header}\n{line}\n",
        "shared/web/1.csv": f"{header}\n{line}\n2,A,CUP,1,2011-01-04 11:00:00,1.50,13000,France\n",
    }
    for name, text in texts.items():
        (project.path / name).parent.mkdir(parents=True, exist_ok=True)
        (project.path / name).write_text(text)
    environment = {
        "AIECO_DOCUMENTS": project.path / "own",
        "AIECO_TRANSACTIONS": project.path / "sales",
        "AIECO_POSTGRES_URL": settings.postgres_url.get_secret_value(),
    }
    said = [f"{name}={value}" for name, value in environment.items()]
    done = project.run("env", *said, "python", "-W", "ignore", "-c", LANDED)
    assert done.returncode == 0, done.stderr
    with connect(settings.warehouse) as connection:
        paths = connection.execute("select path from lake.documents order by path").fetchall()
        days = connection.execute("select invoice_date::text, read, loaded from lake.transaction_days").fetchall()
        sources = connection.execute("select name from ops.sources order by name").fetchall()
    assert paths == [("a.md",), ("handbook/a.md",)]
    assert days == [("2011-01-04", 3, 3)]
    assert sources == [("documents/handbook",), ("transactions/web",)]


WRONG = {
    "grain: [country]": "agg_country_days/defs.yaml says one row per country, which nothing tests",
    "grian: [country]": "agg_country_days/defs.yaml, line 3: there is no attribute grian; grain is needed.",
    "grain: [": "agg_country_days/defs.yaml, line 4 is no YAML",
}
READ = """
import pathlib, sys
from aieco_assets.definitions import defs
file, *texts = sys.argv[1:]
for text in texts:
    pathlib.Path(file).write_text(f"type: aieco_assets.components.Mart\\nattributes:\\n  {text}\\n")
    try:
        defs()
    except Exception as error:
        print(repr(error))
"""


def test_a_wrong_declaration_ends_in_one_sentence_that_names_its_file(project: Project) -> None:
    file = project.path / "aieco_assets" / "defs" / "warehouse" / "agg_country_days" / "defs.yaml"
    before = file.read_text()
    try:
        said = project.run("python", "-W", "ignore", "-c", READ, str(file), *WRONG).stdout.splitlines()
    finally:
        file.write_text(before)
    assert len(said) == len(WRONG)
    for line, told in zip(said, WRONG.values(), strict=True):
        assert line.startswith("AiecoError(") and told in line


def test_a_scaffold_that_is_refused_says_why_in_a_sentence_and_leaves_nothing(project: Project) -> None:
    before = sorted(project.path.glob("aieco_assets/defs/**/*.yaml")), sorted(project.path.glob("dbt_project/**/*.*"))
    command = ("dg", "scaffold", "defs", "aieco_assets.components.Mart", "warehouse/agg_shops", "--grain", "shop")
    done = project.run(*command)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: No mart can be by shop: --grain takes invoice_date")
    assert not (project.path / "aieco_assets" / "defs" / "warehouse" / "agg_shops").exists()
    after = sorted(project.path.glob("aieco_assets/defs/**/*.yaml")), sorted(project.path.glob("dbt_project/**/*.*"))
    assert before == after


def test_the_other_pages_scaffolds_do_as_they_say(tmp_path: Path) -> None:
    pages = [dg_commands(ROOT / page) for page in OTHERS]
    assert all(pages)
    Project(tmp_path / "project").dg(*(code for codes in pages for code in codes))
