"""What an embedder's makers want in front of a question and of a document. Without it such models find far less."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from aieco_assets.core.errors import AiecoError

_RETRIEVAL = "Represent this sentence for searching relevant passages: "
_TASK = "Instruct: Given a question, retrieve passages that answer the question\nQuery: "
# Models whose files do not say it: what stands on their model cards, by their names.
_BY_NAME = (
    (r"e5\b.*-instruct", _TASK, ""),
    (r"(^|[-_/])e5\b", "query: ", "passage: "),
    (r"bge-(small|base|large)-en", _RETRIEVAL, ""),
    (r"bge-(small|base|large)-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    (r"mxbai-embed|snowflake-arctic-embed-(xs|s|m|l)(-v1\.5)?$", _RETRIEVAL, ""),
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (
        r"instructor-(base|large|xl)",
        "Represent the question for retrieving supporting documents: ",
        "Represent the document for retrieval: ",
    ),
)
_CONFIG = "config_sentence_transformers.json"
_LONGEST = 2_000  # characters


@dataclass(frozen=True)
class Prompts:
    """In front of every question and every document, as the model was trained; most older models have none.

    `source`: who says so, the model's file or its name.
    """

    query: str = ""
    document: str = ""
    source: str = "none"

    @property
    def key(self) -> str:
        """Part of the embedder's version: other prompts, other vectors. Empty without any."""
        return json.dumps([self.query, self.document]) if self.query or self.document else ""


def prompts_of(folder: Path) -> Prompts:
    """As the model's own file says, else its card, told by its name. Another model gets its own by `prompts` in
    config_sentence_transformers.json. Raises AiecoError when that file's prompts are no texts."""
    own = _own(folder / _CONFIG)
    if own is not None:
        return own
    for pattern, query, document in _BY_NAME:
        if any(re.search(pattern, name) for name in _names(folder)):
            return Prompts(query, document, "name")
    return Prompts()


def _own(file: Path) -> Prompts | None:
    """The prompts in the model's file; None where it has none (an empty one is sentence-transformers' default)."""
    config = _json(file)
    told = config.get("prompts") or {}
    if not isinstance(told, dict) or not all(isinstance(v, str) and len(v) <= _LONGEST for v in told.values()):
        raise AiecoError(f"{file} holds prompts that are no texts: mend its `prompts`.")
    default = told.get(config.get("default_prompt_name") or "", "")
    query = told.get("query", told.get("search_query", default))
    document = next((told[key] for key in ("document", "passage", "search_document") if key in told), default)
    return Prompts(query, document, "model") if query or document else None


def _names(folder: Path) -> list[str]:
    """The folder's name, the hub's in its cache (models--owner--name), and the one of config.json."""
    cached = folder.parent.parent.name
    hub = cached.replace("--", "/") if cached.startswith("models--") else ""
    made = str(_json(folder / "config.json").get("_name_or_path", ""))
    return [name.lower() for name in (folder.name, hub, made) if name]


def _json(file: Path) -> dict[str, object]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise AiecoError(f"{file} is no JSON: mend it, or point AIECO_EMBEDDER at a whole model.") from None
    return found if isinstance(found, dict) else {}
