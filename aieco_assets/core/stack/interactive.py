"""The platform for a notebook or a Python prompt, which has no block to open it in."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache

from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.platform import open_platform


@cache
def opened_settings() -> Settings:
    """The settings of the environment (`eval "$(aieco env)"` or AIECO_HOME alone) with a Postgres behind them.

    An embedded server runs until this process ends. Raises AiecoError as `open_platform` does.
    """
    held = ExitStack()
    atexit.register(held.close)
    return held.enter_context(open_platform(get_settings()))
