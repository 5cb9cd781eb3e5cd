"""What people wrote goes into the log with the kind of personal data in place of the value."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from aieco_assets.core.governance.personal_data import PersonalDataFinder, Unsearchable, the_finder
from aieco_assets.core.governance.personal_data_forms import find_forms
from aieco_assets.core.governance.personal_data_kinds import masked
from aieco_assets.core.governance.pii_rules import PiiRules, load_rules
from aieco_assets.core.settings import Settings

logger = logging.getLogger(__name__)
_TEXTS = ("question", "reason")  # of a record: all that holds a person's own words
WITHHELD = "<WITHHELD>"  # a text that could not be looked through


class Masking:
    """In two steps: by form before a record is on disk, which takes microseconds, and by presidio before it is in
    Postgres, when nobody waits."""

    def __init__(self, rules: PiiRules, finder: PersonalDataFinder | None = None) -> None:
        self._kinds, self._finder = rules.masked, finder

    @classmethod
    def of(cls, settings: Settings) -> Masking:
        """By the rules of the settings. Raises AiecoError for a pii.yaml that is not valid."""
        return cls(load_rules(settings))

    def by_form(self, record: dict[str, Any]) -> dict[str, Any]:
        texts = {name: text for name in _TEXTS if (text := record.get(name))}
        return {**record, **{name: masked(text, find_forms(text, self._kinds)) for name, text in texts.items()}}

    def whole(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises AiecoError where the finder can't be started: then nothing may be stored."""
        places = [(place, name) for place, one in enumerate(records) for name in _TEXTS if one.get(name)]
        told = self._texts([str(records[place][name]) for place, name in places])
        done = [dict(one) for one in records]
        for (place, name), text in zip(places, told, strict=True):
            done[place][name] = text
        return done

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Any texts, each as it may be shown. Raises AiecoError where the finder can't be started."""
        return self._texts(list(texts))

    def _texts(self, texts: list[str]) -> list[str]:
        if not texts or not self._kinds:
            return texts
        try:
            found = (self._finder or the_finder()).find(texts, self._kinds)
            return [masked(text, values) for text, values in zip(texts, found, strict=True)]
        except Unsearchable:
            if len(texts) > 1:
                return [told for text in texts for told in self._texts([text])]
            logger.warning("a text could not be looked through for personal data, and the log has it withheld")
            return [WITHHELD]
