"""What flows by itself: conditions under which an asset is made again because what it is made from has changed.

They answer what a person does by hand in the UI (a day landed, corrected or backfilled), and a late day that changes
months that were made long ago. Files are noticed by the sensors, time by the schedules.
"""

import warnings

import dagster as dg

_FAILED_GATE = dg.AutomationCondition.any_checks_match(dg.AutomationCondition.check_failed(), blocking_only=True)
# Not while anything above is being made, nor from data that failed a gate. (`all_deps_blocking_checks_passed` holds
# back what would be made in the same run as its gate.)
_SETTLED = (
    ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
    & ~dg.AutomationCondition.any_deps_match(_FAILED_GATE)
)


def _seen_twice(condition: dg.AutomationCondition) -> dg.AutomationCondition:
    """Also at the look before. A look takes seconds: it may see the news of a run's first asset, and a moment later the
    asset below it made and no longer in progress, and would have all of it made again."""
    return condition & ~condition.newly_true()


# `eager` would wait for every day between the first and today to be there, and shops close on some.
_HAS_NEWS = dg.AutomationCondition.any_deps_updated().since_last_handled()
# The two halves of `any_deps_updated`. What is asked for is at the same look, so that all of a column is one run.
_UPDATED = dg.AutomationCondition.any_deps_match(
    dg.AutomationCondition.newly_updated() & ~dg.AutomationCondition.executed_with_root_target()
)
_ASKED_FOR = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())
FOLLOWS_DAYS = (_seen_twice(_UPDATED.since_last_handled() & _SETTLED) | (_ASKED_FOR & _SETTLED)).with_label(
    "follows_days"
)

# Made anew with each day: they change a month only together with the facts, and are made before it.
_WITH_FACTS = dg.AssetSelection.assets(["marts", "dim_customers"], ["marts", "fct_returns"])
# A month that was never made is the schedule's to begin. A new champion scores months to come, not those that passed.
_OF_MONTHS = (
    ~dg.AutomationCondition.missing() & ~dg.AutomationCondition.any_deps_match(_HAS_NEWS).allow(_WITH_FACTS) & _SETTLED
)
_NO_NEWS = dg.AssetSelection.groups("models") | _WITH_FACTS
FOLLOWS_MADE_MONTHS = (
    _seen_twice(_UPDATED.ignore(_NO_NEWS).since_last_handled() & _OF_MONTHS)
    | (_ASKED_FOR.ignore(_NO_NEWS) & _OF_MONTHS)
).with_label("follows_made_months")

CONDITIONS = {
    "raw": FOLLOWS_DAYS,
    "staging": FOLLOWS_DAYS,
    "marts": FOLLOWS_DAYS,
    "features": FOLLOWS_MADE_MONTHS,
    "predictions": FOLLOWS_MADE_MONTHS,
}

# What is known as of a month's end is made from all days before it: a late day changes every later month.
_MONTHS = 50 * 12  # longer than any history; Dagster counts them off one by one
with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # used knowingly, the version being pinned
    EVERY_DAY_UP_TO = dg.TimeWindowPartitionMapping(start_offset=-_MONTHS, allow_nonexistent_upstream_partitions=True)

automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.groups(*CONDITIONS),
    minimum_interval_seconds=60,  # each look costs the daemon half a second, and what it makes takes longer anyway
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes again what lies downstream of a day that was landed or corrected, up to the months made before.",
)
