"""Every PartitionsDefinition of the graph."""

from datetime import date, timedelta

import dagster as dg

from aieco_assets.core.settings import get_settings

_FIRST_DAY = get_settings().first_day

# A day of invoices; today is included because its files may already be there.
daily = dg.DailyPartitionsDefinition(start_date=_FIRST_DAY.isoformat(), end_offset=1)

# A month, meaning "as of its last day": the features and predictions that may read up to and including that day.
month_ends = dg.TimeWindowPartitionsDefinition(
    start=_FIRST_DAY.replace(day=1).strftime("%Y-%m"), cron_schedule="0 0 1 * *", fmt="%Y-%m"
)


def as_of(month_key: str) -> date:
    """Last day of a month key such as `2011-09`."""
    year, month = map(int, month_key.split("-"))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def month_key(day: date) -> str:
    """Key of the month whose last day is the last month end on or before `day`."""
    following = day + timedelta(days=1)
    last_month_end = following.replace(day=1) - timedelta(days=1)
    return last_month_end.strftime("%Y-%m")
