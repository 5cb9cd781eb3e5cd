"""Runs in .venv-deploy, whose Helm and schemas the tests' own environment lacks: `python helm_tool.py < JSON > JSON`.

In: {"chart": folder, "values": {name: values}}. Out, by name: what `helm lint --strict` and Kubernetes' schemas have
against it, the objects that `helm template` makes, and the error of values that are refused.
"""

import json
import sys
from typing import Any

import helm_python  # type: ignore[import-not-found]
import kubernetes_validate  # type: ignore[import-not-found]
import yaml

KUBERNETES = "1.33"
WARNING = 2


def looked_at(chart: Any, folder: str, values: dict[str, Any]) -> dict[str, Any]:
    try:
        rendered = chart.render(values, name="aieco", namespace="data")
    except helm_python.HelmError as error:
        return {"refused": str(error), "objects": [], "wrong": []}
    lint = helm_python.lint(folder, values, strict=True, kube_version=f"v{KUBERNETES}.0")
    wrong = [one["error"] for one in lint["messages"] if one["severity"] >= WARNING]
    objects = []
    for name, text in rendered.items():
        if not name.endswith("NOTES.txt"):
            objects += filter(None, yaml.safe_load_all(text))
    return {"refused": "", "objects": objects, "wrong": [*wrong, *filter(None, map(against, objects))]}


def against(thing: dict[str, Any]) -> str:
    """What Kubernetes' schema has against an object; nothing for kinds that others bring (PodMonitor)."""
    try:
        kubernetes_validate.validate(thing, KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return "" if thing["apiVersion"].startswith("monitoring.coreos.com/") else f"no schema for {thing['kind']}"
    except kubernetes_validate.ValidationError as error:
        return f"{thing['kind']} {thing['metadata']['name']}: {error}"
    return ""


if __name__ == "__main__":
    order = json.load(sys.stdin)
    if "manifests" in order:
        print(json.dumps([*filter(None, map(against, order["manifests"]))]))
    else:
        with helm_python.Chart.load(order["chart"]) as chart:
            print(json.dumps({name: looked_at(chart, order["chart"], one) for name, one in order["values"].items()}))
