"""Which assets need to run, over which partitions, in which order of runs, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG

from aieco_assets.core.retail import pending_days
from aieco_assets.core.retail.covered_days import Days, known_days
from aieco_assets.core.retail.pseudonyms import secret_changed
from aieco_assets.defs.asset_status import failed_checks, latest_checks
from aieco_assets.defs.catalog import LATEST_TAG, TODAY
from aieco_assets.defs.lake.sources import transaction_sources
from aieco_assets.defs.partitions import daily, month_ends
from aieco_assets.defs.ranges import day_range, left_out, month_range
from aieco_assets.orchestrate.instance import Workplace
from aieco_assets.orchestrate.phases import Phase, Window, cut
from aieco_assets.orchestrate.source_changes import SourceChanges

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


def plan_changes(workplace: Workplace, news: SourceChanges) -> Plan:
    """What is missing, changed at its source, failed, or made by older code; and everything downstream of it."""
    documents, transactions = news.documents, news.transactions
    reasons = _stale_assets(workplace)
    if documents.changes:
        changed = "1 document was" if documents.changes == 1 else f"{documents.changes} documents were"
        reasons.setdefault(DOCUMENTS, f"{changed} added, changed, renamed or removed")
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
    days = Days(None, None)
    if partitioned:
        days = known_days(workplace.settings, pending_days(workplace.settings, transaction_sources()))
    return _phases(workplace, selected, {select: "selected"}, days, everything=True, asked=partition_range)


def _stale_assets(workplace: Workplace) -> dict[dg.AssetKey, str]:
    graph = workplace.graph
    records = {
        record.asset_entry.asset_key: record.asset_entry
        for record in workplace.instance.get_asset_records(list(graph.executable_asset_keys))
    }
    made_at = {key: _storage_id(entry) for key, entry in records.items()}
    failed = {key.asset_key: key.name for key in failed_checks(latest_checks(workplace.instance, graph))}
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
    ranges = {daily: day_range(days, everything), month_ends: month_range(days, everything)}
    if asked:
        ranges = dict.fromkeys(ranges, asked)
    # Who asks for days of these alone means each of them; beside others, such as all that is downstream, the last.
    each = asked and all(LATEST_TAG in graph.get(key).tags for key in wanted)

    def window(key: dg.AssetKey) -> Window:
        node = graph.get(key)
        if (partitions := node.partitions_def) is None:
            return None
        first, last = ranges[partitions] or ("", "")
        if node.tags.get(LATEST_TAG) == TODAY and not asked:
            last = datetime.now(timezone.utc).date().isoformat()
        return partitions, (last, last) if LATEST_TAG in node.tags and not each else (first, last)

    order = []
    for key in graph.toposorted_asset_keys:
        if key in wanted and not asked and (why := left_out(graph.get(key), days)):
            without[key.to_user_string()] = why
        elif key in wanted:
            order.append(key)

    def step(key: dg.AssetKey) -> str:
        return graph.assets_def_for_key(key).op.name

    return Plan(cut(order, {key: graph.get(key).parent_keys for key in order}, window, step), reasons, without)
