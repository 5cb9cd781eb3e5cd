"""The answer of an agent: an answer as all are, with the steps that led to it and the numbers that it says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from aieco_assets.core.agent.loop import Step, Worked
from aieco_assets.core.agent.prompt import LABEL
from aieco_assets.core.agent.verifying import Stands, standing
from aieco_assets.core.contracts import Answer, Usage
from aieco_assets.core.governance.personal_data_answers import withheld
from aieco_assets.core.llm.tool_calls import NoTools
from aieco_assets.core.rag.no_answer import silence
from aieco_assets.core.rag.payload import answer_payload
from aieco_assets.core.rag.pipeline import Answerer

MODE = "agent"
NO_AGENT = (
    "Working a question out in steps needs a larger model, one that calls tools: set AIECO_LLM to an OpenAI-compatible "
    "server that has one (http://host:port/v1#model) and restart the service."
)
_ENDED = "The {part} were used up before it was worked out: allow more, or ask for less at once."


@dataclass(frozen=True)
class AgentAnswer:
    """`numbers`: `MetricResult`s as plain JSON types."""

    answer: Answer
    steps: tuple[Step, ...] = ()
    numbers: tuple[dict[str, Any], ...] = ()

    def payload(self) -> dict[str, Any]:
        told = answer_payload(self.answer)
        if self.numbers and not self.answer.citations:
            told["metric"] = self.numbers[0]  # as an answer from the warehouse has it
        return told | {"steps": [asdict(one) for one in self.steps], "numbers": list(self.numbers)}


def refuse_without_tools(answerer: Answerer) -> None:
    """Raises NoTools where the model can't call any. One that refused them is asked again: its server may be another
    by now."""
    if not hasattr(answerer.llm, "calls_tools"):
        raise NoTools(NO_AGENT)


def answer_of(question: str, worked: Worked, answerer: Answerer, trace: str, seconds: float) -> AgentAnswer:
    """What stands of the text, or silence in a sentence that says which part of the budget was used up."""
    stands = standing(question, worked.text, worked.finish, worked.materials, answerer)
    draft = stands.draft
    refused = answerer.screen([draft.text, *(one.quote for one in draft.citations)]) if draft else ()
    if refused:
        draft, stands = None, Stands(None)
    said = draft.text if draft else withheld(refused) if refused else _silence(question, worked, answerer)
    read, wrote, price = worked.prompt_tokens, worked.completion_tokens, answerer.llm.price
    steps = tuple(_screened(one, answerer) for one in worked.steps)
    pages = tuple(dict.fromkeys((hit.chunk.document, hit.chunk.page) for hit in worked.materials.hits))
    answer = Answer(
        answer=said,
        abstained=draft is None,
        verified=draft is not None,
        citations=draft.citations if draft else (),
        knowledge_base=answerer.index.knowledge_version(),
        models=answerer.models | {"prompt": LABEL},
        usage=Usage(read, wrote, round(seconds * 1000, 1), price.of(read, wrote) if price else None),
        trace_id=trace,
        retrieved=pages,
        mode=MODE,
        confidence=round(draft.confidence, 4) if draft else 0.0,
    )
    return AgentAnswer(answer, steps, tuple(one.result for one in stands.numbers))


def _screened(step: Step, answerer: Answerer) -> Step:
    """The model may have written into a call what no answer may say."""
    return replace(step, arguments={}) if answerer.screen([json.dumps(step.arguments, ensure_ascii=False)]) else step


def _silence(question: str, worked: Worked, answerer: Answerer) -> str:
    told = silence(question, answerer.index.documents, None)
    return f"{told} {_ENDED.format(part=worked.ended)}" if worked.ended else told
