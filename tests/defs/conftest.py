from collections.abc import Iterator

import dagster as dg
import pytest

from aieco_assets.core.settings import Settings, get_settings


@pytest.fixture(scope="module")
def definitions(platform: Settings) -> Iterator[dg.Definitions]:
    """The code location as the server loads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIECO_HOME", str(platform.home))
        get_settings.cache_clear()
        from aieco_assets.definitions import defs

        yield defs()
    get_settings.cache_clear()
