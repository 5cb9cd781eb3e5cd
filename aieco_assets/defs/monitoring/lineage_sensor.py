"""Tells a collector of lineage what runs made and what was answered, when they are over."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from aieco_assets.core.lineage.health import lineage_troubles
from aieco_assets.core.lineage.shipping import ship_in_background
from aieco_assets.core.monitoring.incidents import settle
from aieco_assets.core.settings import Settings
from aieco_assets.defs.monitoring.lineage_readings import DagsterHistory


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends OpenLineage events of what is over (runs, answers) to AIECO_LINEAGE; nothing waits for that.",
)
def lineage_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    settle(settings, "lineage_waits", lineage_troubles(settings))
    if not settings.lineage:
        return dg.SkipReason("AIECO_LINEAGE is not set.")
    assert context.repository_def is not None
    graph, ref = context.repository_def.asset_graph, context.instance.get_ref()

    @contextmanager
    def opened() -> Iterator[DagsterHistory]:
        """With an instance of its own: that of the sensor is closed when the sensor has returned."""
        with dg.DagsterInstance.from_ref(ref) as instance:
            yield DagsterHistory(instance, graph)

    ship_in_background(settings, opened)
    return dg.SkipReason("What is new is on its way.")
