"""A looked-up question measured: the number, its groups, a share, an average, or two sides held against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aieco_assets.core.contracts import MetricFilters, MetricResult, MetricRow
from aieco_assets.core.metrics import sentences, wording
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.covered_dates import Span, Told
from aieco_assets.core.metrics.filters import Limits
from aieco_assets.core.metrics.lookup import Sought
from aieco_assets.core.metrics.metric import MONEY, SHARE
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.shop import UNKNOWN, Shop
from aieco_assets.core.metrics.statements import CANCELLED, GROUPINGS, TABLE, is_net
from aieco_assets.core.metrics.warehouse import Entities, Freshness, Reader

RANKED_ROWS = 20  # of thousands of items or customers, when the question does not say how many


class Measuring:
    """One question over one snapshot."""

    def __init__(self, reader: Reader, shop: Shop, asked: Asked, sought: Sought, fresh: Freshness) -> None:
        self._reader, self._shop, self._asked, self._sought, self._fresh = reader, shop, asked, sought, fresh
        self._metric = METRICS[asked.metric]
        having = asked.having
        self._having: Entities = (METRICS[having.measure], sought.entity) if having else None
        self._unit = (shop.currency or MONEY) if self._metric.unit == MONEY else self._metric.unit

    def tell(self, spans: list[Span]) -> Told:
        """`spans`: one, or the two periods of a comparison, the earlier first."""
        if self._asked.versus:
            return self._periods(spans)
        if self._sought.sides:
            return self._places(spans[0])
        return self._one(spans[0])

    def _one(self, span: Span) -> Told:
        asked, groups, reader = self._asked, self._sought.groups, self._reader
        values, found, count, order = self._values(self._sought.only, span), [], 0, asked.order
        if groups:
            ranked = any(GROUPINGS[group].ranks for group in groups)
            ordered = len(groups) > 1 or all(GROUPINGS[group].in_order for group in groups)
            order = "most" if order == "key" and (ranked or not ordered) else order
            top = asked.top or (RANKED_ROWS if ranked else 0)
            found, count = reader.groups(self._metric, values, groups, order, top, self._having)
        codes = {*self._sought.only.items, *self._sought.without.items}
        codes |= {keys[groups.index("item")] for keys, _ in found if "item" in groups}
        names = reader.descriptions(sorted(codes)) if codes else {}
        value = reader.value(self._metric, values, groups, self._having)
        rows = tuple(wording.labelled(keys, one, groups, names) for keys, one in found)
        result = self._result(span, value, groups, rows, count, names)
        notes = wording.period_notes(
            result.filters.period, asked.period is not None and asked.period.relative, span.clipped, self._fresh.as_of
        )
        if asked.how == "share":
            return Told(*self._share(result, span, notes, names))
        if asked.how == "average":
            rows = tuple(row for row in rows if row.key != UNKNOWN)  # those without a store are none
            mean = sum(row.value or 0 for row in rows) / len(rows) if rows else None
            result = replace(result, rows=rows, groups=len(rows), value=None if mean is None else round(mean, 2))
            return Told(sentences.average(result, notes, names, self._shop), result)
        return Told(wording.sentence(result, order, notes, names, self._shop), result)

    def _share(
        self, result: MetricResult, span: Span, notes: str, names: dict[str, str]
    ) -> tuple[str, MetricResult | None]:
        """Of all lines of the same days; of groups each one's part."""
        whole = self._reader.value(self._metric, self._values(Limits(), span, everything=True))
        if not whole:
            return f"{self._metric.subject} was 0 on these days: there is nothing to have a share of.", None
        parts = replace(
            result,
            unit=SHARE,
            whole=whole,
            value=None if result.group_by else round((result.value or 0) / whole, 4),
            rows=tuple(replace(row, value=round((row.value or 0) / whole, 4)) for row in result.rows),
        )
        return sentences.share(parts, result, notes, names, self._shop), parts

    def _periods(self, spans: list[Span]) -> Told:
        """The change is the later period's over the earlier, and told only where the data has all days of both."""
        earlier, later = spans
        whole = not (earlier.clipped or later.clipped)
        if not whole and self._asked.versus and not self._asked.versus.said:  # growth alone was asked for
            return Told(sentences.no_growth(self._metric.subject, self._fresh), None, self._asked.firm)
        values = [self._measure(self._sought.only, span) for span in spans]
        unit = earlier.unit if earlier.unit == later.unit else ""
        rows = tuple(self._span_row(span, unit, value) for span, value in zip(spans, values, strict=True))
        over = Span(earlier.first, later.last)
        names = self._names()
        result = self._result(over, None, (unit or "period",), rows, 2, names)
        result = replace(
            result, change=_change(values[1], values[0]) if whole and self._asked.how == "change" else None
        )
        return Told(sentences.periods(result, whole, self._asked.how, names, self._shop), result)

    def _places(self, span: Span) -> Told:
        """The change is the first place's over the second."""
        values = [self._measure(side, span) for side in self._sought.sides]
        names = self._names()
        (group,) = self._sought.groups
        rows = tuple(
            wording.labelled(("|".join(side.names()),), value, (group,), names)
            for side, value in zip(self._sought.sides, values, strict=True)
        )
        result = self._result(span, None, self._sought.groups, rows, 2, names)
        result = replace(result, change=_change(*values))
        notes = wording.period_notes(
            result.filters.period,
            self._asked.period is not None and self._asked.period.relative,
            span.clipped,
            self._fresh.as_of,
        )
        return Told(sentences.places(result, notes, names, self._shop), result)

    def _measure(self, only: Limits, span: Span) -> int | float | None:
        return self._reader.value(self._metric, self._values(only, span), (), self._having)

    def _names(self) -> dict[str, str]:
        codes = {*self._sought.only.items, *self._sought.without.items}
        return self._reader.descriptions(sorted(codes)) if codes else {}

    def _span_row(self, span: Span, unit: str, value: int | float | None) -> MetricRow:
        if not unit:
            return MetricRow(
                f"{span.first}/{span.last}", f"{wording.spelt(span.first)} to {wording.spelt(span.last)}", value
            )
        quarter = f"{span.first:%Y}-Q{(span.first.month + 2) // 3}"
        keys = {"day": f"{span.first}", "month": f"{span.first:%Y-%m}", "quarter": quarter, "year": f"{span.first:%Y}"}
        return wording.labelled((keys[unit],), value, (unit,), {})

    def _values(self, only: Limits, span: Span, everything: bool = False) -> dict[str, Any]:
        """Parameters of a statement; `everything`: of the days alone."""
        days = {"first_day": span.first, "last_day": span.last}
        if everything:
            return days
        without, asked = self._sought.without, self._asked
        limits = {name: list(getattr(only, name)) or None for name in ("countries", "stores", "categories", "items")}
        left_out = {
            f"without_{name}": list(getattr(without, name)) or None for name in ("stores", "categories", "items")
        }
        bounds = dict(asked.having.bounds) if asked.having else {}
        return {**days, **limits, **left_out, "weekdays": list(asked.weekdays) or None, **bounds}

    def _result(
        self,
        span: Span,
        value: int | float | None,
        groups: tuple[str, ...],
        rows: tuple[MetricRow, ...],
        count: int,
        names: dict[str, str],
    ) -> MetricResult:
        only, asked = self._sought.only, self._asked
        said = wording.plain_period(asked.period.said) if asked.period and not asked.versus else ""
        filters = MetricFilters(only.countries, only.items, span.first, span.last, said, only.categories, only.stores)
        compared = asked.versus or self._sought.sides  # two totals: nothing is grouped
        kept = () if compared else groups
        return MetricResult(
            name=self._metric.name,
            definition=self._metric.definition,
            unit=self._unit,
            tables=(TABLE, CANCELLED) if is_net(self._metric, kept) else (TABLE,),
            filters=filters,
            value=value,
            group_by=", ".join(groups) or None,
            rows=rows,
            groups=count,
            as_of=self._fresh.as_of,
            loaded_at=self._fresh.loaded_at,
            limits=sentences.limits(asked, self._sought.left_out, names, self._shop),
        )


def _change(value: int | float | None, base: int | float | None) -> float | None:
    return round((value - base) / base, 4) if base and value is not None else None
