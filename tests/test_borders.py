"""The house's borders (DESIGN section 2), held by ruff's banned-api and by this."""

import ast
import subprocess
import sys
from collections.abc import Set
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "aieco_assets/components": ("bento", "aieco_assets.orchestrate"),
    "aieco_assets/core": ("dagster", "bento", "bentoml", "aieco_assets.defs", "aieco_assets.orchestrate"),
    "bento": ("dagster", "aieco_assets.defs", "aieco_assets.orchestrate"),
    "aieco_assets/defs": ("bento", "aieco_assets.orchestrate"),
}
# core/serving builds the bento: the packaging library is its subject, the service's code is not.
ALLOWED = {("aieco_assets/core/serving", "bentoml")}
HEAVY = {
    "torch",
    "mlflow",
    "evidently",
    "lancedb",
    "pymc",
    "pymc_marketing",
    "sentence_transformers",
    "onnx",
    "onnxruntime",
    "llama_cpp",
    "lightgbm",
    "sklearn",
    "statsmodels",
    "bentoml",
    "fairlearn",
    "cyclonedx",
    "mcp",
    "accelerate",
    "datasets",
    "transformers",
}


def imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_room_imports_nothing_from_beyond_its_border(folder: str) -> None:
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(folder)
        for name in imports(ast.parse(path.read_text()))
        for banned in FORBIDDEN[folder]
        if (name == banned or name.startswith(banned + "."))
        and not any(str(path.relative_to(ROOT)).startswith(place) and banned == allowed for place, allowed in ALLOWED)
    ]
    assert broken == []


@pytest.mark.parametrize(
    "folder", ["aieco_assets/core", "aieco_assets/defs", "aieco_assets/components", "aieco_assets/orchestrate"]
)
def test_heavy_libraries_are_imported_only_inside_functions(folder: str) -> None:
    broken = []
    for path in files(folder):
        tree = ast.parse(path.read_text())
        # `if TYPE_CHECKING:` blocks are ast.If, so top-level statements alone are what runs at import.
        top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        names = {name.split(".")[0] for node in top for name in imports(ast.Module([node], []))}
        broken += [f"{path.relative_to(ROOT)} imports {name}" for name in names & HEAVY]
    assert broken == []


def test_only_one_module_under_defs_holds_a_definitions_function() -> None:
    """Dagster silently drops everything else in a module that has one."""
    holders = [path.name for path in files("aieco_assets/defs") if "@dg.definitions\n" in path.read_text()]
    assert holders == ["resources.py"]


def test_neither_a_refusal_nor_a_stop_waits_for_the_import_of_dagster() -> None:
    code = "import sys, aieco_assets.orchestrate.{0}; print('dagster' in sys.modules)"
    for module in ("commands", "up"):
        told = subprocess.run([sys.executable, "-c", code.format(module)], cwd=ROOT, capture_output=True, text=True)
        assert told.stdout.strip() == "False", told


def test_no_modules_import_each_other_in_a_circle_not_even_inside_functions() -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in ("aieco_assets", "bento")
        for path in files(folder)
    }
    needed = {name: module_imports(path, paths.keys()) - {name} for name, path in paths.items()}
    TopologicalSorter(needed).prepare()  # raises CycleError, which names the circle


def module_imports(path: Path, modules: Set[str]) -> set[str]:
    """Which of our modules a file imports, wherever it does but for the types alone."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            found |= inside or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        waiting += ast.iter_child_nodes(node)
    return found & modules
