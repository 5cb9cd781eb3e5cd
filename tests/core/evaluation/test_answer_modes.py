"""Golden questions tell whether a model writes its answers or the documents' words are quoted."""

from __future__ import annotations

from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.evaluation.answer_modes import better_way, ways_told
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.rag.pipeline import Answerer
from tests.core.rag.scripted import PagesInMemory, ScriptedLlm, page

RETURNS = page("Goods ordered online can be returned within 30 days of delivery. The refund takes 5 working days.")
QUESTIONS = [
    Question("Within how many days can goods be returned?", citations=(("policy.pdf", 1),), must_contain=(("30",),)),
    Question("How many working days does the refund take?", citations=(("policy.pdf", 1),), must_contain=(("5",),)),
]


def way_of(llm: ScriptedLlm, embedder: Embedder) -> tuple[str, dict]:
    mode, found = better_way(Answerer(PagesInMemory(RETURNS), embedder, llm), QUESTIONS)
    return mode, ways_told(found)


def test_a_model_that_writes_what_the_documents_say_is_let_write(embedder: Embedder):
    says = "Goods ordered online can be returned within 30 days of delivery. [1] The refund takes 5 working days. [1]"
    mode, told = way_of(ScriptedLlm(says), embedder)
    assert mode == "write"
    assert told["write"]["answerable"] == {"n": 2, "correct": 2, "cited": 2}


def test_a_model_that_writes_what_no_document_says_is_asked_two_questions_and_the_quotes_answer(embedder: Embedder):
    llm = ScriptedLlm("Goods can never be returned, for the Queen of Sheba has forbidden it. [1]")
    mode, told = way_of(llm, embedder)
    assert (mode, set(told)) == ("quote", {"quote"})
    assert len(llm.asked) == 2 + 2 * 2  # quoted, then tried, each tried question once more


def test_a_model_that_is_known_not_to_write_is_not_asked_to(embedder: Embedder):
    llm = ScriptedLlm("Goods ordered online can be returned within 30 days of delivery. [1]")
    mode, _ = better_way(Answerer(PagesInMemory(RETURNS), embedder, llm), QUESTIONS, may_write=False)
    assert (mode, len(llm.asked)) == ("quote", len(QUESTIONS))
