"""Which assets need to run, over which partitions, in which order of runs, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG

from aieco_assets.core.retail import PendingTransactions, pending_days
from aieco_assets.core.retail.pseudonyms import secret_changed
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.catalog import LATEST_TAG, TODAY
from aieco_assets.defs.partitions import as_of, daily, month_ends, month_key
from aieco_assets.orchestrate.instance import Workplace
from aieco_assets.orchestrate.news import News
from aieco_assets.orchestrate.phases import Phase, Window, cut

DOCUMENTS, TRANSACTIONS = dg.AssetKey(["lake", "documents"]), dg.AssetKey(["lake", "transactions"])
RAW = dg.AssetKey(["raw", "transactions"])


@dataclass(frozen=True)
class Plan:
    """Phases, each behind those that it waits for; `reasons`: why, by root cause; `left_out`: what can't run yet."""

    phases: list[Phase]
    reasons: dict[str, str]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> set[dg.AssetKey]:
        return {key for phase in self.phases for key in phase.keys}


@dataclass(frozen=True)
class Days:
    """First and last day that the lake holds or will hold, the first and last that change (None: none does), and the
    last as-of date that features were made for: it may lie beyond the days, and reads the changed ones, too."""

    first: date | None
    last: date | None
    first_changed: date | None = None
    last_changed: date | None = None
    last_as_of: date | None = None


def plan_changes(workplace: Workplace, news: News) -> Plan:
    """What is missing, changed at its source, failed, or made by older code; and everything downstream of it."""
    documents, transactions = news.documents, news.transactions
    reasons = _stale_assets(workplace)
    if documents.changes:
        reasons.setdefault(DOCUMENTS, f"{documents.changes} documents were added, changed, renamed or removed")
    if transactions.rules_changed and transactions.days:
        reasons.setdefault(TRANSACTIONS, f"the mapping changed: {len(transactions.days)} days are made again")
    if transactions:
        reasons.setdefault(TRANSACTIONS, f"{len(transactions.days)} days are new, changed or gone")
    if secret_changed(workplace.settings):
        reasons.setdefault(RAW, "AIECO_PSEUDONYM_KEY is another: every customer gets a new pseudonym")
    days = known_days(workplace.settings, transactions)
    # An asset without a partition to make yet gives no reason to run: it would give it every time.
    reasons = {key: why for key, why in reasons.items() if left_out(workplace.graph.get(key), days) is None}
    selected = (dg.AssetSelection.assets(*reasons).downstream()).resolve(workplace.graph) if reasons else set()
    if transactions.unloadable:
        # What is made from transactions stays as it is; documents do not wait for them.
        made_from = dg.AssetSelection.assets(TRANSACTIONS).downstream().resolve(workplace.graph)
        reasons = {key: why for key, why in reasons.items() if key not in made_from}
        selected -= made_from
    if not reasons:
        return Plan([], {})
    code_changed = any(workplace.graph.get(key).partitions_def for key in reasons if key != TRANSACTIONS)
    return _phases(workplace, selected, {key.to_user_string(): why for key, why in reasons.items()}, days, code_changed)


def plan_selection(workplace: Workplace, select: str, partition_range: tuple[str, str] | None) -> Plan:
    """What a user asked for, whether it changed or not. Raises ValueError when the selection names nothing."""
    selected = dg.AssetSelection.from_string(select).resolve(workplace.graph)
    if not selected:
        raise ValueError(select)
    partitioned = any(workplace.graph.get(key).partitions_def for key in selected)
    days = known_days(workplace.settings, pending_days(workplace.settings)) if partitioned else Days(None, None)
    return _phases(workplace, selected, {select: "selected"}, days, everything=True, asked=partition_range)


def known_days(settings: Settings, pending: PendingTransactions | None = None) -> Days:
    """The span of the lake's days and of those that are to be landed, and how far the features go."""
    coming = pending.days if pending else ()
    with connect(settings.warehouse) as connection:
        landed = connection.execute("select min(invoice_date), max(invoice_date) from lake.transaction_days").fetchone()
        ((features,),) = connection.execute("select to_regclass('features.customer_rfm') is not null").fetchall()
        made = connection.execute("select max(as_of) from features.customer_rfm").fetchone() if features else None
    known = [*coming, *(day for day in landed or () if day is not None)]
    return Days(
        first=min(known, default=None),
        last=max(known, default=None),
        first_changed=min(coming, default=None),
        last_changed=max(coming, default=None),
        last_as_of=made[0] if made else None,
    )


def _stale_assets(workplace: Workplace) -> dict[dg.AssetKey, str]:
    graph = workplace.graph
    records = {
        record.asset_entry.asset_key: record.asset_entry
        for record in workplace.instance.get_asset_records(list(graph.executable_asset_keys))
    }
    made_at = {key: _storage_id(entry) for key, entry in records.items()}
    failed = failed_checks(workplace)
    reasons: dict[dg.AssetKey, str] = {}
    for key in graph.executable_asset_keys:
        made = made_at.get(key)
        node = graph.get(key)
        if made is None:
            reasons[key] = "never materialised"
        elif key in failed:
            reasons[key] = f"check failed: {failed[key]}"
        elif node.code_version and _code_version(records[key]) not in (None, node.code_version):
            reasons[key] = "its code changed"
        elif any((made_at.get(parent) or 0) > made for parent in node.parent_keys):
            reasons[key] = "what it is made from is newer"
    return reasons


def failed_checks(workplace: Workplace) -> dict[dg.AssetKey, str]:
    """Asset -> name of a check whose last evaluation failed with severity ERROR."""
    failing: dict[dg.AssetKey, str] = {}
    for key, record in latest_checks(workplace).items():
        event = record.event.dagster_event if record.event else None
        evaluation: Any = event.event_specific_data if event else None
        # A planned check that never ran has an event of another kind, without `passed`.
        if getattr(evaluation, "passed", True) is False and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            failing[key.asset_key] = key.name
    return failing


def latest_checks(workplace: Workplace) -> dict[dg.AssetCheckKey, Any]:
    keys = list(workplace.graph.asset_check_keys)
    return dict(workplace.instance.event_log_storage.get_latest_asset_check_execution_by_key(keys))


def _storage_id(entry: Any) -> int | None:
    return entry.last_materialization_record.storage_id if entry.last_materialization_record else None


def _code_version(entry: Any) -> str | None:
    materialization = entry.last_materialization.asset_materialization
    return (materialization.tags or {}).get(CODE_VERSION_TAG)


def _phases(
    workplace: Workplace,
    selected: Iterable[dg.AssetKey],
    reasons: dict[str, str],
    days: Days,
    everything: bool,
    asked: tuple[str, str] | None = None,
) -> Plan:
    graph = workplace.graph
    wanted, without = set(selected) & graph.executable_asset_keys, {}
    ranges = {daily: _day_range(days, everything), month_ends: _month_range(days, everything)}
    if asked:
        ranges = dict.fromkeys(ranges, asked)

    def window(key: dg.AssetKey) -> Window:
        node = graph.get(key)
        if (partitions := node.partitions_def) is None:
            return None
        first, last = ranges[partitions] or ("", "")
        if node.tags.get(LATEST_TAG) == TODAY and not asked:
            last = datetime.now(timezone.utc).date().isoformat()
        return partitions, (last, last) if LATEST_TAG in node.tags else (first, last)

    order = []
    for key in graph.toposorted_asset_keys:
        if key in wanted and not asked and (why := left_out(graph.get(key), days)):
            without[key.to_user_string()] = why
        elif key in wanted:
            order.append(key)

    def step(key: dg.AssetKey) -> str:
        return graph.assets_def_for_key(key).op.name

    return Plan(cut(order, {key: graph.get(key).parent_keys for key in order}, window, step), reasons, without)


def left_out(node: Any, days: Days) -> str | None:
    """Why an asset has no partition to make yet; None when it has, or has no partitions."""
    if node.partitions_def == month_ends and _month_range(days, everything=True) is None:
        first = f" (sales from {days.first} to {days.last})" if days.first else ""
        return f"no month is complete yet{first}"
    return "no day yet" if node.partitions_def == daily and days.first is None else None


def _day_range(days: Days, everything: bool) -> tuple[str, str] | None:
    first = days.first if everything or days.first_changed is None else days.first_changed
    last = days.last if everything or days.last_changed is None else days.last_changed
    return (first.isoformat(), last.isoformat()) if first and last else None


def _month_range(days: Days, everything: bool) -> tuple[str, str] | None:
    """Complete months from the first changed day on, and those that features were made for: they may read that day.

    A month that has ended only now is among them, though no day of it changed.
    """
    if days.first is None or days.last is None:
        return None
    first = days.first
    if not everything and days.first_changed and days.last_as_of:
        first = min(days.first_changed, max(days.first, days.last_as_of + timedelta(days=1)))
    start, end = first.strftime("%Y-%m"), month_key(max(days.last, days.last_as_of or days.last))
    if start > end:
        start = end
    return (start, end) if as_of(end) >= days.first else None
