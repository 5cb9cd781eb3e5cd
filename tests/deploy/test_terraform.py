"""deploy/terraform as python-hcl2 reads it: names that are used are there. No provider and no cloud has seen it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import jsonschema
import pytest
import yaml

from tests.deploy.conftest import CHART, ROOT, values_of

AWS = ROOT / "deploy" / "terraform" / "aws"
MODULES = sorted(path.name for path in (AWS / "modules").iterdir())
FOLDERS = [AWS, *(AWS / "modules" / name for name in MODULES)]


def bare(value: Any) -> Any:
    """Without the quotes and marks of the parser."""
    if isinstance(value, dict):
        return {name.strip('"'): bare(one) for name, one in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [bare(one) for one in value]
    return value[1:-1] if isinstance(value, str) and value.startswith('"') else value


def blocks(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Of all files of a module, by kind: resource, variable, …"""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(folder.glob("*.tf")):
        for kind, ones in bare(hcl2.loads(file.read_text())).items():
            found.setdefault(kind, []).extend(ones)
    return found


def named(folder: Path, kind: str) -> dict[str, Any]:
    return {name: body for one in blocks(folder).get(kind, ()) for name, body in one.items()}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def said(folder: Path) -> str:
    """Every expression of a module."""
    return "\n".join(texts(blocks(folder)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_an_expression_names_is_declared_and_what_is_declared_is_used(folder: Path) -> None:
    variables = {*re.findall(r"\bvar\.(\w+)", said(folder))}
    assert variables == {*named(folder, "variable")}
    known = {
        f"{kind}.{name}" for block in blocks(folder).get("resource", ()) for kind, one in block.items() for name in one
    }
    for prefix in ("data", "ephemeral"):
        for block in blocks(folder).get(prefix, ()):
            known |= {f"{prefix}.{kind}.{name}" for kind, one in block.items() for name in one}
    pattern = r"(?<![\w.\"/])((?:data\.|ephemeral\.)?(?:aws|random)_\w+\.\w+)"
    assert {*re.findall(pattern, said(folder))} <= known
    assert {*re.findall(r"\blocal\.(\w+)", said(folder))} == {
        name for one in blocks(folder).get("locals", ()) for name in one
    }


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_given_what_it_wants_and_asked_for_what_it_gives(name: str) -> None:
    folder, call = AWS / "modules" / name, named(AWS, "module")[name]
    wanted = {one for one, body in named(folder, "variable").items() if "default" not in body}
    assert wanted <= call.keys() - {"source"} <= named(folder, "variable").keys()
    assert call["source"] == f"./modules/{name}"
    asked = {*re.findall(rf"\bmodule\.{name}\.(\w+)", said(AWS))}
    assert asked == {*named(folder, "output")}


def test_the_outputs_are_values_of_the_chart() -> None:
    given = named(AWS, "output")["chart_values"]["value"]
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    known = {
        "${module.s3.logs_bucket}": "aieco-logs-1",
        "${module.rds.port}": 5432,
        "${data.aws_vpc.this.cidr_block}": "10.0.0.0/16",
        "${module.eks.service_cidr}": "172.20.0.0/16",
        "s3://${module.s3.data_bucket}": "s3://aieco-data-1",
    }

    def applied(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: applied(one) for name, one in value.items()}
        if isinstance(value, list):
            return [applied(one) for one in value]
        for text, stands_for in known.items():
            if value == text:
                return stands_for
            value = value.replace(text, str(stands_for)) if isinstance(value, str) else value
        return value

    def over(below: Any, above: Any) -> Any:
        """As Helm lays one values file over another; a name that the chart lacks is an error."""
        if not (isinstance(below, dict) and isinstance(above, dict)):
            return above
        return {**below, **{name: over(below.get(name), one) for name, one in above.items()}}

    together = over(over(values, values_of("production")), applied(given))
    jsonschema.validate(together, schema)
    assert together["stores"]["lake"] == "s3://aieco-data-1/lake"
    assert together["network"]["postgres"] == {"cidrs": ["10.0.0.0/16"], "port": 5432}


def test_roles_are_for_accounts_of_the_chart() -> None:
    (roles,) = [one["roles"] for one in blocks(AWS / "modules" / "iam")["locals"] if "roles" in one]
    accounts = yaml.safe_load((CHART / "values.yaml").read_text())["serviceAccounts"]
    assert {*roles} == {*named(AWS, "output")["chart_values"]["value"]["serviceAccounts"]} <= {*accounts}
    assert {name: bool(one["writes"]) for name, one in roles.items()} == {
        "dagster": False,
        "graph": True,
        "mlflow": True,
        "service": False,
    }


def test_no_password_is_in_plan_or_state_and_what_holds_data_is_hard_to_lose() -> None:
    database = {name: one for block in blocks(AWS / "modules" / "rds")["resource"] for name, one in block.items()}
    instance = database["aws_db_instance"]["this"]
    assert "password" not in instance
    assert instance["password_wo"] == "${ephemeral.aws_secretsmanager_secret_version.this.secret_string}"
    assert "secret_string" not in database["aws_secretsmanager_secret_version"]["this"]
    protected = {name: instance[name] for name in ("storage_encrypted", "deletion_protection", "publicly_accessible")}
    assert protected == {"storage_encrypted": True, "deletion_protection": True, "publicly_accessible": False}
    assert named(AWS, "variable")["database"]["default"]["backup_days"] == 14
    assert not any("force_destroy" in text for text in said(AWS / "modules" / "s3").split())
