"""What scaffolds refuse before they write, and what a declaration written by hand is told when it is loaded."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.components.project import FORKED, Project

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("refused"))


MODEL = (
    "type: aieco_assets.components.Model\nattributes: {target: buys, days: 60, features: [t_days], trainer: linear}\n"
)
FEATURE = "type: aieco_assets.components.Feature\nattributes: {grain: [as_of, customer_id]}\n"
FOLDER = "type: aieco_assets.components.DocumentSource\nattributes: {folder: shared/other}\n"
TEMPLATE = "holds a template that can't be read"
# What folders of defs/ declare, and what the sentence that ends the loading of the graph says of the first one.
DECLARED = [
    ({"models/ours": MODEL, "other/ours": MODEL}, " the model ours, which "),
    ({"features/ours": FEATURE, "other/ours": FEATURE}, " the feature ours, which "),
    ({"lake/ours": FOLDER, "other/ours": FOLDER}, " the document source ours, which "),
    ({"other/ours": f"{MODEL}---\n{MODEL}"}, "declares the model ours more than once"),
    ({"other/frequency": FEATURE}, "no feature can be called frequency"),
    ({"other/ours": FEATURE.replace("as_of", "'{{ 1/0 }}'")}, f"{TEMPLATE} (division by zero)"),
    ({"other/ours": FEATURE.replace("as_of", "'{{ nope() }}'")}, f"{TEMPLATE} ('nope' is undefined)"),
    ({"other/ours": FEATURE.replace("as_of", "'{{ env.NOT_SET }}'")}, "mend grain: input should be a valid string"),
]
READ = """
import gc, json, pathlib, shutil, sys
gc.disable()
from aieco_assets.definitions import defs
for declared, _ in json.loads(sys.argv[1]):
    folders = [pathlib.Path("aieco_assets/defs") / folder for folder in declared]
    for folder, text in zip(folders, declared.values()):
        folder.mkdir(parents=True)
        (folder / "defs.yaml").write_text(text)
    try:
        defs()
    except Exception as error:
        print(repr(error))
    for folder in folders:
        shutil.rmtree(folder)
"""


def test_names_of_another_declaration_or_column_and_templates_end_in_one_sentence(project: Project) -> None:
    done = project.run("python", "-W", "ignore", "-c", READ, json.dumps(DECLARED))
    said = done.stdout.splitlines()
    assert len(said) == len(DECLARED), done.stderr
    for line, (declared, told) in zip(said, DECLARED, strict=True):
        assert line.startswith("AiecoError(") and told in line
        assert all(f"aieco_assets/defs/{folder}/defs.yaml" in line for folder in declared)  # of twins both are named


def test_no_scaffold_writes_what_dbt_or_dagster_would_run(project: Project) -> None:
    before = {
        path: path.read_bytes() for path in project.path.glob("*/**/*.*") if path.suffix in (".sql", ".yml", ".yaml")
    }
    hostile = "'{{ run_query(1) }}'"
    commands = [
        f'Feature features/evil --unit pieces --expression "max(case when stock_code = {hostile} then 1 end)"',
        f"Feature features/evil --unit {hostile} --expression 'avg(quantity)'",
        f"Feature features/evil --unit pieces --description {hostile} --expression 'avg(quantity)'",
        f"Metric metrics/evil --measure amount --unit currency --example {hostile}",
        f"Metric metrics/evil --measure amount --unit currency --example x --noun {hostile}",
        f"Mart warehouse/agg_evil --grain {hostile}",
        f"DocumentSource lake/evil --folder shared/x --description {hostile}",
        f"TransactionSource lake/evil --folder {hostile}",
    ]
    command = json.dumps([shlex.split(f"dg scaffold defs aieco_assets.components.{one}") for one in commands])
    said = project.run("python", "-c", f"{FORKED.replace('sys.exit(ended)', 'pass')}", command)
    assert said.stderr.count("which begins what dbt would run as a template: leave it out.") == len(commands), said
    assert "Traceback" not in said.stderr
    after = {
        path: path.read_bytes() for path in project.path.glob("*/**/*.*") if path.suffix in (".sql", ".yml", ".yaml")
    }
    assert after == before


def test_a_mart_and_a_feature_whose_name_the_dbt_project_has_are_refused_by_the_file_that_has_it(
    project: Project,
) -> None:
    for said, told in (
        (
            ("Mart", "warehouse/purchases", "--grain", "country"),
            "dbt_project/models/features/purchases.sql has the name",
        ),
        (
            ("Feature", "features/agg_item_pairs", "--unit", "pieces", "--expression", "avg(quantity)"),
            "dbt_project/models/marts/agg_item_pairs.sql has the name agg_item_pairs already",
        ),
    ):
        kind, *rest = said
        done = project.run("dg", "scaffold", "defs", f"aieco_assets.components.{kind}", *rest)
        assert done.returncode == 1 and done.stderr.startswith(f"Error: {told}"), done.stderr
        assert not (project.path / "aieco_assets" / "defs" / rest[0]).exists()
