"""From a range of partition keys to what core and dbt are told. Pure."""

from datetime import date

import dagster as dg

from aieco_assets.defs.partitions import as_of

# Every variable that narrows a dbt run, so that one left over in a shell never narrows another.
NO_WINDOW: dict[str, str] = dict.fromkeys(
    ("AIECO_START_DAY", "AIECO_END_DAY", "AIECO_AS_OF_START", "AIECO_AS_OF_END"), ""
)


def day_range(keys: dg.PartitionKeyRange) -> tuple[date, date]:
    """First and last day of a range of daily keys."""
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def day_window(keys: dg.PartitionKeyRange) -> dict[str, str]:
    """The environment of a dbt run over a range of daily keys."""
    start, end = day_range(keys)
    return {**NO_WINDOW, "AIECO_START_DAY": start.isoformat(), "AIECO_END_DAY": end.isoformat()}


def as_of_window(keys: dg.PartitionKeyRange) -> dict[str, str]:
    """The environment of a dbt run over a range of month keys: the as-of dates are the months' last days."""
    start, end = as_of(keys.start), as_of(keys.end)
    return {**NO_WINDOW, "AIECO_AS_OF_START": start.isoformat(), "AIECO_AS_OF_END": end.isoformat()}
