"""Opens new versions, and lets them answer only when they have answered the golden questions."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError, ModelUnavailable, Unavailable
from aieco_assets.core.serving.golden import failure, golden_checks
from aieco_assets.core.serving.registry_aliases import told
from aieco_assets.core.serving.release import Dress, NotYet, Release, open_release, same_parts
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import ModelVersion

logger = logging.getLogger("aieco.service")


def admitted(settings: Settings, new: Mapping[str, ModelVersion], known: Sequence[Release], dress: Dress) -> Release:
    """The new versions in place of those of the first of `known`; what is known was asked before and is not again.

    Raises AiecoError when they can't be opened or fail, NotYet while a model's server is away, Unavailable when nobody
    can tell now.
    """
    import psycopg

    named = told({name: version.version for name, version in new.items()})
    serving = known[0].answerer
    try:
        release = open_release(settings, new, known, dress)
        if any(same_parts(release, one) for one in known):
            return release
        checks = golden_checks(settings, release.answerer.index.version, serving)
        reason = failure(release.answerer, checks)
    except psycopg.OperationalError as error:
        raise Unavailable(f"The warehouse does not answer ({type(error).__name__}).") from None
    except ModelUnavailable as error:
        if error.is_away:
            raise NotYet(f"{named} waits for its server: {error}") from None
        raise
    except AiecoError:
        raise
    except Exception as error:
        logger.exception("%s could not be tried", named)
        raise AiecoError(f"{named} could not be tried ({type(error).__name__}): the log says more.") from error
    if reason:
        raise AiecoError(f"{named} can't be served: {reason}.")
    return release
