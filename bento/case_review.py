"""The cases of the review page, over the knowledge that the service owns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import Reader
from bento.startup import Startup

if TYPE_CHECKING:
    from aieco_assets.core.evaluation.golden import GoldenState
    from aieco_assets.core.evaluation.review import Answered, Case


class CaseReview(Startup):
    """What reviewers see and decide, each of the documents that they may read."""

    def cases(self, status: str, reader: Reader | None = None) -> dict[str, Any]:
        """The cases of the review page, the latest among them, and which golden questions there are."""
        from aieco_assets.core.evaluation.review import cases, collect_cases, readable_cases

        settings = self._platform()
        collect_cases(settings)
        found = cases(settings, status)
        paths = self._paths(reader)
        if paths is not None:
            found = readable_cases(settings, found, paths)
        return {"cases": found, "golden": self._golden(reader)}

    def case(self, case_id: int, reader: Reader | None = None) -> tuple[Case, Answered | None]:
        """A case and how it was answered. Raises AiecoError for one that is not there, or not for this reader."""
        from aieco_assets.core.evaluation.review import as_answered, case, no_case, readable_cases

        found = case(self._platform(), case_id)
        paths, answered = self._paths(reader), as_answered(self._platform(), found)
        if paths is None:
            return found, answered
        readable = readable_cases(self._platform(), [found], paths)
        if not readable:
            raise no_case(case_id)
        # Without the number of the publication, which tells when other documents came.
        return readable[0], answered and replace(answered, knowledge_version=None)

    def decide(self, case_id: int, golden: dict[str, Any] | None, by: str, reader: Reader | None = None) -> GoldenState:
        """Accepts a case as this golden question, or with None rejects it; what the golden questions then are. Raises
        AiecoError for a case that is not there or not open any more, and a question that can't be judged."""
        from aieco_assets.core.evaluation.review import accept, no_document, reject

        settings, paths = self._platform(), self._paths(reader)
        if paths is not None:
            self.case(case_id, reader)
            for document, _ in (golden or {}).get("citations", ()):
                if document not in paths:
                    raise no_document(document)
        if golden is None:
            reject(settings, case_id, by, still_open=True)
        else:
            accept(settings, case_id, golden, by, still_open=True)
        return self._golden(reader)

    def _golden(self, reader: Reader | None) -> GoldenState:
        """Nothing for a reader of some documents: the questions are of all."""
        from aieco_assets.core.evaluation.golden import GoldenState, golden_state

        return GoldenState("", 0, "", None) if self.limits(reader) else golden_state(self._platform())

    def _paths(self, reader: Reader | None) -> frozenset[str] | None:
        """Of the documents that the reader may read; None where that is not limited."""
        return frozenset(one.path for one in self._of(reader).index.documents) if self.limits(reader) else None
