"""Doubles for determinism: an LLM that says what it is told to, and pages held in memory."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from aieco_assets.core.contracts import Chunk, Document, Hit, KnowledgeVersion, Page, Within
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.llm.interface import Generation, Piece, collect
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.text.words import content


class ScriptedLlm:
    """Answers every conversation with the same text, word by word. `asked` keeps the conversations."""

    name, version, slots, price = "scripted", "0" * 64, 1, None
    config = ModelConfig()

    def __init__(self, text: str) -> None:
        self._text = text
        self.asked: list[list] = []

    def generate(self, messages: Sequence, max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return collect(self.stream(messages, max_tokens, stop))

    def stream(
        self,
        messages: Sequence,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        self.asked.append(list(messages))
        count = 0
        for word in self._text.split(" "):
            if cancelled is not None and cancelled.is_set():
                break
            count += 1
            yield Piece(word if count == 1 else f" {word}")
        yield Piece("", "stop", 10, count)


class WordEmbedder:
    """Bags of stems, hashed: the same words are near, nothing else is. Fast, and the same everywhere."""

    name, version, dimension = "words", "1" * 64, 256

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in content(text):
                vectors[row, sum(ord(c) * 31**i for i, c in enumerate(word)) % self.dimension] += 1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(norms == 0, 1, norms)

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self.encode(texts)

    def encode_document(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        return self.encode(texts)

    def query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self.tokens(texts)

    def document_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self.tokens(texts)

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = []
        for text, whole in zip(texts, self.encode(texts), strict=True):
            spans = [match.span() for match in re.finditer(r"\w+", text)]
            alone = self.encode([text[start:end] for start, end in spans])
            found.append(TokenVectors(whole, alone, tuple(spans)))
        return found


class PagesInMemory:
    """An index whose chunks are whole pages, ranked by shared words."""

    version = 7

    def __init__(self, *pages: Page, documents: Sequence[Document] = ()) -> None:
        self._pages = {(page.sha256, page.page): page for page in pages}
        self.documents = documents or [Document(page.document, page.sha256, page.title) for page in pages]

    def vocabulary(self) -> Mapping[str, int]:
        return Counter(word for page in self._pages.values() for word in re.findall(r"[^\W\d_]{3,}", page.text.lower()))

    def search(self, question: str, question_vector: np.ndarray, k: int, within: Within | None = None) -> list[Hit]:
        asked = set(content(question))
        there = [page for page in self._pages.values() if within is None or within.admits(page.document)]
        ranked = sorted(there, key=lambda page: -len(asked & set(content(page.text))))
        return [
            Hit(Chunk(f"c{n}", p.sha256, p.document, p.page, 0, len(p.text), p.text), 1.0 / (n + 1))
            for n, p in enumerate(ranked[:k])
        ]

    def page(self, sha256: str, page: int) -> Page:
        return self._pages[sha256, page]

    def some_pages(self, wanted: Collection[tuple[str, int]]) -> list[Page]:
        return [self._pages[key] for key in wanted if key in self._pages]

    def pages(self, document: str) -> list[Page]:
        return [page for page in self._pages.values() if page.document == document]

    def knowledge_version(self) -> KnowledgeVersion:
        return KnowledgeVersion(self.version, None)


def page(text: str, number: int = 1, document: str = "policy.pdf") -> Page:
    return Page(f"sha-{document}", document, number, text, "")


def answerer(llm_says: str, *pages: Page, policy: Policy | None = None, embedder: Embedder | None = None) -> Answerer:
    """`embedder`: a real one, where it decides how sure an answer is; else bags of words."""
    return Answerer(PagesInMemory(*pages), embedder or WordEmbedder(), ScriptedLlm(llm_says), policy)
