"""What a gate found slice by slice, kept on the version's MLflow run: numbers over time, a table and a plot."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from aieco_assets.core.fairness.slices import Slice
from aieco_assets.core.markdown import cell
from aieco_assets.core.registry.tracking import mlflow_client, registry_errors
from aieco_assets.core.registry.versions import ModelVersion, to_json, versions
from aieco_assets.core.settings import Settings

FOLDER, TABLE_FILE, PLOT_FILE = "slices", "slices.json", "slices.svg"
_ROW, _LABEL, _WIDTH = 20, 330, 260
_RED, _BLUE, _GREY = "#c0392b", "#2e86c1", "#888"


def keep_slices(settings: Settings, name: str, version: int, slices: Sequence[Slice]) -> None:
    """Logs a metric per measure and slice (`slice/country/France/recall`), slices.json and slices.svg on the run of the
    version; again, it replaces the files."""
    found = next((one for one in versions(settings, name) if one.version == version), None)
    if found is None or not slices:
        return
    client = mlflow_client(settings)
    with registry_errors(settings), tempfile.TemporaryDirectory() as folder:
        for one in slices:
            if one.ours is not None:
                client.log_metric(found.run_id, _metric(one), one.ours)
        (Path(folder) / TABLE_FILE).write_bytes(to_json([one.to_json() for one in slices]))
        (Path(folder) / PLOT_FILE).write_text(plot(slices))
        client.log_artifacts(found.run_id, folder, FOLDER)


def kept_slices(settings: Settings, version: ModelVersion) -> list[Slice]:
    """What `keep_slices` wrote of a version; empty where its gate compared none."""
    client = mlflow_client(settings)
    with registry_errors(settings), tempfile.TemporaryDirectory() as folder:
        known = {file.path for file in client.list_artifacts(version.run_id, FOLDER)}
        if f"{FOLDER}/{TABLE_FILE}" not in known:
            return []
        path = client.download_artifacts(version.run_id, f"{FOLDER}/{TABLE_FILE}", folder)
        return [Slice(**row) for row in json.loads(Path(path).read_bytes())]


def table(slices: Sequence[Slice]) -> str:
    """As markdown: every measure of every slice, and what became of it."""
    rows = [
        f"| {cell(one.column)} | {cell(one.slice)} | {one.measure.replace('_', ' ')} | {one.rows} "
        f"| {_number(one.ours)} | {_number(one.champion)} | {one.state} |"
        for one in slices
    ]
    head = [
        "| by | slice | measure | rows | this version | champion | |",
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*head, *rows])


def plot(slices: Sequence[Slice]) -> str:
    """A line per measure and slice, as SVG: this version (filled, red where it is refused) and the champion (ring).
    Slices that are too small to say anything are left out."""
    shown = [one for one in slices if one.ours is not None and one.state != "inconclusive"]
    top = max([*(one.ours or 0.0 for one in shown), *(one.champion or 0.0 for one in shown), 1.0])
    lines = "".join(_line(at, one, top) for at, one in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LABEL + _WIDTH + 70}" height="{_ROW * len(shown) + 12}" '
        f'font-family="sans-serif" font-size="12">{lines}</svg>'
    )


def _line(at: int, one: Slice, top: float) -> str:
    y, ours = at * _ROW + 14, one.ours or 0.0
    colour = _RED if one.state in ("worse", "beyond limit") else _BLUE
    label = escape(f"{one.measure.replace('_', ' ')}: {one.column} {one.slice} ({one.rows})"[:56])
    ring = ""
    if one.champion is not None:
        ring = f'<circle cx="{_LABEL + _WIDTH * one.champion / top:.1f}" cy="{y}" r="5" fill="none" stroke="{_GREY}"/>'
    return (
        f'<text x="{_LABEL - 8}" y="{y + 4}" text-anchor="end">{label}</text>'
        f'<line x1="{_LABEL}" x2="{_LABEL + _WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>{ring}'
        f'<circle cx="{_LABEL + _WIDTH * ours / top:.1f}" cy="{y}" r="4" fill="{colour}"/>'
        f'<text x="{_LABEL + _WIDTH + 8}" y="{y + 4}">{ours:.3f}</text>'
    )


def _metric(one: Slice) -> str:
    """MLflow takes letters, digits and a few marks."""
    return "/".join(re.sub(r"[^\w.\- ]", "_", part) for part in ("slice", one.column, one.slice, one.measure))[:250]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
