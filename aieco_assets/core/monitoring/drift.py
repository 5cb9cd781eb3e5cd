"""Have customers changed since the model was trained? Evidently compares the latest month end with the training's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CLV
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.features.reader import complete_months, features_digest, read_rfm
from aieco_assets.core.monitoring.drift_features import CATEGORICAL, CUSTOMER_RFM, NUMERIC, drift_features
from aieco_assets.core.monitoring.report import ColumnDrift, compare
from aieco_assets.core.registry.models import champion
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

if TYPE_CHECKING:
    import psycopg

# Effect sizes, not p-values: those call every large sample drifted. Normed Wasserstein is in standard deviations
# of the reference.
THRESHOLD = 0.1
_COLUMNS = (
    "day",
    "model",
    "column_name",
    "method",
    "score",
    "threshold",
    "drifted",
    "reference_as_of",
    "current_as_of",
    "share_drifted",
    "features_digest",
    "report",
    "rows",
)


@dataclass(frozen=True)
class DriftResult:
    """The report of one day. `computed` is False when an earlier day had compared the same features."""

    day: date
    reference_as_of: date
    current_as_of: date
    columns: tuple[ColumnDrift, ...]
    report: Path
    features_digest: str
    computed: bool

    @property
    def share_drifted(self) -> float:
        return sum(column.drifted for column in self.columns) / len(self.columns)


def drift_report(settings: Settings, day: date) -> DriftResult:
    """Compares the latest month end up to `day` with the one that the clv champion was trained on.

    Writes reports/drift/<day>.html and the rows of monitoring.drift for that day, replacing what was there.
    Raises NotTrainableError when there are not two month ends to compare.
    """
    reference_as_of, current_as_of = month_ends(settings, CLV, day, complete_months(settings))
    reference, current = (drift_features(read_rfm(settings, as_of)) for as_of in (reference_as_of, current_as_of))
    digest = features_digest(reference, current)
    report = settings.reports / "drift" / f"{day}.html"
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(60, %s)", (day.toordinal(),))
        known = earlier(connection, CUSTOMER_RFM, digest, THRESHOLD, (*NUMERIC, *CATEGORICAL))
        computed = known is None or not known[1].is_file()
        if known and not computed:
            columns = known[0]
            if known[1] != report:
                _put(report, known[1])
        else:
            columns, html = compare(reference, current, NUMERIC, CATEGORICAL, THRESHOLD)
            _put(report, html())
        result = DriftResult(day, reference_as_of, current_as_of, columns, report, digest, computed)
        write_rows(connection, day, CUSTOMER_RFM, result, digest, len(current), str(report))
    return result


def month_ends(settings: Settings, model: str, day: date, months: Sequence[date]) -> tuple[date, date]:
    """(the month end that the model's champion was trained on last, or without one the last but one; the latest), of
    `months` up to the day. Raises NotTrainableError where there are not two."""
    available = [as_of for as_of in months if as_of <= day]
    if len(available) < 2:
        raise NotTrainableError(
            f"Drift on {day} needs two month ends to compare, and has "
            f"{f'one ({available[0]})' if available else 'none: no month is complete yet'}."
        )
    trained = champion(settings, model)
    trained_as_of = trained.tags.get("partition_range", "").rpartition("...")[2] if trained else ""
    before = available[:-1]
    known = [as_of for as_of in before if as_of.isoformat() == trained_as_of]
    return (known or before)[-1], available[-1]


def earlier(
    connection: psycopg.Connection[Any], model: str, digest: str, threshold: float, names: Sequence[str]
) -> tuple[tuple[ColumnDrift, ...], Path] | None:
    """What the last day that compared the same features says of these columns, and its report; None to compare anew."""
    rows = connection.execute(
        "select distinct on (column_name) column_name, method, score, threshold, report from monitoring.drift"
        " where model = %s and features_digest = %s and threshold = %s order by column_name, day desc",
        (model, digest, threshold),
    ).fetchall()
    by_name = {row[0]: ColumnDrift(*row[:4]) for row in rows}
    return (tuple(by_name[name] for name in names), Path(rows[0][4])) if by_name.keys() == {*names} else None


def write_rows(
    connection: psycopg.Connection[Any], day: date, model: str, found: Any, digest: str, rows: int, report: str = ""
) -> None:
    """Replaces the day's rows of what was compared: a DriftResult or a ModelDrift. `rows`: of the latest data."""
    connection.execute("delete from monitoring.drift where day = %s and model = %s", (day, model))
    common = (found.reference_as_of, found.current_as_of, found.share_drifted, digest, report, rows)
    values = [(day, model, c.column, c.method, c.score, c.threshold, c.drifted, *common) for c in found.columns]
    copy_rows(connection, "monitoring.drift", _COLUMNS, values)


def _put(path: Path, content: str | Path) -> None:
    """The file appears whole or not at all. An existing report (3.8 MB) is linked, not copied."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    if isinstance(content, Path):
        temporary.unlink(missing_ok=True)
        os.link(content, temporary)
    else:
        temporary.write_text(content, encoding="utf-8")
    os.replace(temporary, path)
