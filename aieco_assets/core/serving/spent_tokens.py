"""What each API key has used of the language model, read from the inference log: a restart forgives nobody."""

from __future__ import annotations

from aieco_assets.core.monitoring.journal import ship
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_SPENT = """
    select key_id, extract(epoch from now() - asked_at)::float8, prompt_tokens + completion_tokens
    from service.inference_log
    where arm <> 'shadow' and asked_at > now() - make_interval(secs => %s) and prompt_tokens + completion_tokens > 0
    order by asked_at
"""


def spent_tokens(settings: Settings, seconds: float) -> list[tuple[str, float, int]]:
    """(name of the key, seconds ago, tokens read and written) of each answer of the last `seconds`, oldest first, of
    every service that writes to this log. What an earlier process has left on disk is stored first.

    Raises AiecoError when Postgres does not answer.
    """
    ship(settings)
    with connect(settings.warehouse) as connection:
        return connection.execute(_SPENT, (seconds,)).fetchall()
