"""Which act a request takes, by the part of the platform that it goes to, its method and its path.

Closed by default: what no line names takes `administer`. Paths are matched as the servers behind match them, decoded
once; a path that could be read in two ways is refused before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from aieco_assets.core.governance.login.roles import Act

Part = Literal["dagster", "mlflow", "dashboard", "docs", "service"]
_PREFIXES: tuple[tuple[str, Part], ...] = (
    ("/dagster", "dagster"),
    ("/mlflow", "mlflow"),
    ("/dashboard", "dashboard"),
    ("/dbt-docs", "docs"),
    # An MLflow that was started without a prefix of its own serves these.
    ("/api/2.0", "mlflow"),
    ("/api/3.0", "mlflow"),
)
_READING = ("GET", "HEAD")
_TWO_WAYS = re.compile(r"//|\\|%|(^|/)\.{1,2}(/|$)|[\x00-\x1f\x7f]")
_API = re.compile(r"(?:/mlflow/(?:ajax-)?api|/api)/[23]\.0/(.+)")
# What can come with a page of a stranger: it runs without our cookies (CSP sandbox).
FOREIGN = re.compile(
    r"/mlflow/(get-artifact|model-versions/get-artifact)|.*/mlflow-artifacts/artifacts/.*|.*/artifacts/files"
    r"|.*/get-trace-artifact|/dagster/(notebook|logs/.*|download_debug/.*)"
)
PROMOTIONS = re.compile(r"(?:/mlflow/(?:ajax-)?api|/api)/2\.0/mlflow/registered-models/alias")


_Lines = tuple[tuple[frozenset[str], re.Pattern[str], Act], ...]


def _lines(*lines: tuple[str, str, Act]) -> _Lines:
    return tuple((frozenset(methods.split()), re.compile(path), act) for methods, path, act in lines)


_MLFLOW_PAGES = _lines(
    ("GET HEAD", r"/mlflow/?|/mlflow/(health|version|static-files/.+|build/.+)", "inspect"),
    ("GET HEAD", r"/mlflow/(get-artifact|model-versions/get-artifact)", "inspect"),
)
_MLFLOW_API = _lines(
    (
        "GET HEAD",
        r"mlflow/(server-info|ui-telemetry|users/current|(experiments|runs)/(get|get-by-name|search)|artifacts/list|metrics/.+)"
        r"|mlflow/(model-versions|registered-models)/(get|search|alias|get-latest-versions|get-download-uri)"
        r"|mlflow/logged-models/[^/]+(/artifacts/(directories|files))?|mlflow-artifacts/artifacts(/.+)?",
        "inspect",
    ),
    (
        "POST",
        r"mlflow/(experiments|runs|logged-models)/search|mlflow/experiments/search-datasets|mlflow/ui-telemetry"
        r"|mlflow/registered-models/get-latest-versions",
        "inspect",
    ),
    # Traces hold what people asked and were answered, whoever may read the documents.
    ("GET HEAD", r"mlflow/(traces(/.+)?|get-trace-artifact|datasets/.+)", "operate"),
    (
        "POST",
        r"mlflow/traces/(search|metrics|batchGetInfos|calculate-filter-correlation)|mlflow/traces/[^/]+/assessments"
        r"|mlflow/datasets/search",
        "operate",
    ),
    (
        "POST",
        r"mlflow/experiments/(create|update|restore|set-experiment-tag|delete-experiment-tag)"
        r"|mlflow/runs/(create|update|restore|set-tag|delete-tag|outputs|log-[a-z]+)"
        r"|mlflow/logged-models(/[^/]+/params)?|mlflow/upload-artifact|mlflow-artifacts/mpu/.+"
        r"|mlflow/(registered-models|model-versions)/create",
        "operate",
    ),
    ("PATCH", r"mlflow/logged-models/[^/]+(/tags)?|mlflow/traces/[^/]+/(tags|assessments/[^/]+)", "operate"),
    ("PUT", r"mlflow-artifacts/artifacts/.+", "operate"),
    ("POST DELETE", r"mlflow/registered-models/alias", "promote"),
    (
        "POST PATCH DELETE",
        r"mlflow/(registered-models|model-versions)/(set-tag|delete-tag|update|transition-stage)",
        "promote",
    ),
)
_DAGSTER = _lines(
    ("GET HEAD", r"/dagster/download_debug/.+", "operate"),
    ("GET HEAD", r"/dagster(/.*)?", "inspect"),
    ("POST", r"/dagster/report_asset_(materialization|observation|check)/.*", "operate"),
)
_DASHBOARD = _lines(
    ("GET HEAD", r"/dashboard/metrics", "operate"),
    ("GET HEAD", r"/dashboard(/.*)?", "look"),
    ("POST", r"/dashboard/_dash-update-component", "look"),  # another period or country: it reads
)
_DOCS = _lines(("GET HEAD", r"/dbt-docs/?", "look"))
# The service holds its own scopes against the person's; here the door is shut to who has none of them.
_SERVICE = _lines(
    ("GET HEAD", r"/|/ui/.*|/favicon\.ico|/livez|/readyz|/healthz|/version|/openapi\.json", "look"),
    ("GET HEAD", r"/metrics", "operate"),
    ("GET HEAD POST", r"/review(/.*)?", "review"),
    ("GET HEAD POST", r"/(predict|customers)(/.*)?", "predict"),
    ("GET HEAD POST", r"/(answer|agent|search|feedback|examples|documents|v1)(/.*)?", "ask"),
)
_LINES = {"dagster": _DAGSTER, "dashboard": _DASHBOARD, "docs": _DOCS, "service": _SERVICE}


@dataclass(frozen=True)
class Demand:
    """What a request takes, and its name in the audit log. `writes`: what is written down when it is allowed."""

    act: Act
    name: str
    writes: bool


def part_of(path: str) -> Part:
    """Whose path it is."""
    for prefix, part in _PREFIXES:
        if path == prefix or path.startswith(prefix + "/"):
            return part
    return "service"


def is_graphql(path: str) -> bool:
    return path in ("/dagster/graphql", "/mlflow/graphql")


def has_two_readings(path: str) -> bool:
    """Whether two servers could read different paths in it: doubled or climbing slashes, what is encoded twice."""
    return bool(_TWO_WAYS.search(path))


def _act(lines: _Lines, method: str, subject: str) -> Act:
    for methods, way, act in lines:
        if method in methods and way.fullmatch(subject):
            return act
    return "administer"


def demand(method: str, path: str) -> Demand:
    """Of everything but GraphQL, whose bodies say what they want."""
    part = part_of(path)
    matched = _API.fullmatch(path) if part == "mlflow" else None
    if matched:
        lines, subject = _MLFLOW_API, matched[1]
    else:
        lines, subject = (_MLFLOW_PAGES if part == "mlflow" else _LINES[part]), path
    act = _act(lines, method, subject)
    writes = act in ("operate", "promote", "administer") and method not in _READING
    return Demand(act, f"{part} {method} {subject}"[:200], writes)
