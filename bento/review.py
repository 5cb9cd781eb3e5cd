"""The review page: what people asked becomes golden questions, or does not; the same as `aieco review`."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request
from pydantic import Field

from bento import inputs, schemas
from bento.request_queues import TheQueues, reader_of

CaseId = Annotated[int, Path(ge=1, le=2**62)]
Status = Literal["open", "accepted", "rejected"]
# Of a decision: pages named, and what the answer must say.
_PLACES, _ENTRIES, _ENTRY_CHARACTERS = 20, 20, 1_000


class Place(inputs.Request):
    document: inputs.Path = Field(examples=["returns-policy.pdf"])
    page: int = Field(ge=0, le=100_000, description="0: any page of the document.")


class Decision(inputs.Request):
    """What becomes of a case. To accept it takes the page and what the answer must say, or that nothing answers it."""

    decision: Literal["accept", "reject"]
    question: inputs.Question | None = Field(None, description="The question in better words.")
    pages: list[Place] = Field([], max_length=_PLACES, description="All are needed.")
    must_contain: list[Annotated[inputs.Text, Field(max_length=_ENTRY_CHARACTERS)]] = Field(
        [], max_length=_ENTRIES, description="What the answer must say; alternatives between bars: 30 days|a month."
    )
    unanswerable: bool = Field(False, description="No document answers it: silence is right.")

    @property
    def golden(self) -> dict[str, object]:
        """A line of questions.jsonl, without what is empty."""
        line = {
            "unanswerable": self.unanswerable,
            "question": self.question,
            "must_contain": self.must_contain,
            "citations": [[one.document, one.page] for one in self.pages],
        }
        return {name: value for name, value in line.items() if value}


def add(app: FastAPI) -> None:
    @app.get("/review/cases", summary="Answers to look at: disliked, silent, sampled", tags=["review"])
    async def cases(
        request: Request, queues: TheQueues, status: Annotated[Status, Query()] = "open"
    ) -> schemas.CasesResponse:
        found = await queues.look_up(request, partial(queues.backend.cases, status, reader_of(request)))
        return schemas.CasesResponse.model_validate(found)

    @app.get("/review/cases/{case_id}", summary="A case, how it was answered, and the answer now", tags=["review"])
    async def case(case_id: CaseId, request: Request, queues: TheQueues) -> schemas.CaseResponse:
        found, answered = await queues.look_up(request, partial(queues.backend.case, case_id, reader_of(request)))
        answer = await queues.answer_again(request, found.question)
        return schemas.CaseResponse.model_validate({"case": found, "answered": answered, "answer": answer})

    @app.post("/review/cases/{case_id}", summary="Accept a case as a golden question, or reject it", tags=["review"])
    async def decide(case_id: CaseId, given: Decision, request: Request, queues: TheQueues) -> schemas.GoldenResponse:
        golden = given.golden if given.decision == "accept" else None
        work = partial(queues.backend.decide, case_id, golden, queues.who(request), reader_of(request))
        return schemas.GoldenResponse.model_validate(await queues.look_up(request, work))
