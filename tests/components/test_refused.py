"""What scaffolds refuse before they write, and what a declaration written by hand is told when it is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from dagster.components.component_scaffolding import scaffold_object

from tests.components.project import Project

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


def scaffold(project: Project, component: str, place: str, **options: object) -> None:
    """As `dg scaffold defs` does."""
    root = project.path
    kind = f"aieco_assets.components.{component}"
    scaffold_object(root / "aieco_assets" / "defs" / place, kind, json.dumps(options), "yaml", root)


def written(project: Project) -> dict[Path, bytes]:
    files = project.path.glob("*/**/*.*")
    return {path: path.read_bytes() for path in files if path.suffix in (".sql", ".yml", ".yaml")}


HOSTILE = "'{{ run_query(1) }}'"


@pytest.mark.parametrize(
    ("component", "options"),
    [
        ("Feature", {"unit": "pieces", "expression": f"max(case when stock_code = {HOSTILE} then 1 end)"}),
        ("Feature", {"unit": HOSTILE, "expression": "avg(quantity)"}),
        ("Feature", {"unit": "pieces", "expression": "avg(quantity)", "description": HOSTILE}),
        ("Metric", {"measure": "amount", "unit": "currency", "example": HOSTILE}),
        ("Metric", {"measure": "amount", "unit": "currency", "example": "x", "noun": [HOSTILE]}),
        ("Mart", {"grain": [HOSTILE]}),
        ("DocumentSource", {"folder": "shared/x", "description": HOSTILE}),
        ("TransactionSource", {"folder": HOSTILE}),
    ],
)
def test_no_scaffold_writes_what_dbt_or_dagster_would_run(
    project: Project, component: str, options: dict[str, str]
) -> None:
    before = written(project)
    with pytest.raises(click.ClickException, match="which begins what dbt would run as a template: leave it out"):
        scaffold(project, component, "other/agg_evil", **options)
    assert written(project) == before


@pytest.mark.parametrize(
    ("component", "place", "options", "told"),
    [
        (
            *("Mart", "warehouse/purchases", {"grain": ["country"]}),
            "dbt_project/models/features/purchases.sql has the name",
        ),
        (
            *("Feature", "features/agg_item_pairs", {"unit": "pieces", "expression": "avg(quantity)"}),
            "dbt_project/models/marts/agg_item_pairs.sql has the name agg_item_pairs already",
        ),
    ],
)
def test_a_mart_and_a_feature_whose_name_the_dbt_project_has_are_refused_by_the_file_that_has_it(
    project: Project, component: str, place: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(click.ClickException) as refused:
        scaffold(project, component, place, **options)
    assert str(refused.value).startswith(told)
    assert not (project.path / "aieco_assets" / "defs" / place).exists()
