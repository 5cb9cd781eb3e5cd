"""How often Python looks for cycles of objects that nobody has: seldom, in a process that imports a lot."""

from __future__ import annotations

import atexit
import gc


def collect_rarely() -> None:
    """For what starts a process. Importing Dagster, MLflow or dbt makes hundreds of thousands of objects that stay:
    looking through them again and again was a quarter of the processor time of `aieco plan` and of a service's start,
    and once more at exit 3.5 s.
    """
    gc.set_threshold(200_000, 30, 30)
    atexit.register(gc.freeze)
