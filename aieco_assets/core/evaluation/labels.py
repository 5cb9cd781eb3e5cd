"""The verification of free sentences, measured on sentences that people have labelled as supported or not.

Fitted, too: the packaged weights come from here (`python -m benchmarks.support`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import Page
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.verification.alignment import passage_of, sentences_of
from aieco_assets.core.rag.verification.rules import refused
from aieco_assets.core.rag.verification.support import FEATURES, Support, measured
from aieco_assets.core.rag.verification.unsupported_details import admits, bare
from aieco_assets.core.text.sentences import split_page

if TYPE_CHECKING:
    from aieco_assets.core.rag.evidence.sentence_cache import Reads
    from aieco_assets.core.settings import Settings

SHOWN = 0.045  # of the unsupported sentences, at most: what the fitted threshold is for
SMOOTHNESS = 0.1  # of the fit, as scikit-learn counts it: less is smoother
_FOLDS = 3  # documents that a cross-validation needs


@dataclass(frozen=True)
class Label:
    """One sentence of an answer, as a person judged it by its question and cited passages. `flaw`: its kind.

    `features` are none where the sentence is decided by a rule: `admitted` says of the documents that they do not say
    it, and what else has none is not shown.
    """

    document: str
    text: str
    supported: bool
    flaw: str
    features: dict[str, float] | None
    admitted: bool = False


def read_labels(file: Path, embedder: Reads, progress: Callable[[int, int], None] | None = None) -> list[Label]:
    """The labelled sentences of a file like data/llm/dev.jsonl: one question a line, with `passages`, `answer` and
    `flawed`. Raises AiecoError for a file that is none."""
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise AiecoError(f"{file} can't be read ({error}): name a file of labelled sentences with --labels.") from None
    reads, found = Descriptions(embedder), []
    for number, line in enumerate(lines, start=1):
        try:
            found += _labels(json.loads(line), reads)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AiecoError(
                f"Line {number} of {file} is no question with labelled sentences ({type(error).__name__}: {error}): "
                "give it `question`, `passages` and `answer` or `flawed`, each sentence with `text`, `cites` and "
                "`supported`."
            ) from None
        if progress:
            progress(number, len(lines))
    if not found:
        raise AiecoError(f"{file} holds no labelled sentence: name another file with --labels.")
    return found


def _labels(row: dict[str, Any], reads: Descriptions) -> list[Label]:
    passages = []
    for number, one in enumerate(row["passages"], start=1):
        page = Page(f"{number:064d}", one["document"], int(one["page"]), one["text"])
        passages.append(passage_of(reads.of([reads.plain(unit) for unit in split_page(page)])))
    parts = [(part, "") for part in row.get("answer", ())] + [
        (part, part.get("flaw", "")) for part in row.get("flawed", ())
    ]
    document = row["passages"][0]["document"] if row["passages"] else str(row.get("id", ""))
    found = []
    for (part, flaw), sentence in zip(
        parts, sentences_of([bare(part["text"]) for part, _ in parts], reads), strict=True
    ):
        places = {int(place) - 1 for place in part["cites"]}
        cited = [passage for place, passage in enumerate(passages) if place in places]
        others = [passage for place, passage in enumerate(passages) if place not in places]
        told = measured(row["question"], sentence, cited, others, reads) if cited else None
        features = told[0] if told and not refused(row["question"], sentence.text, cited) else None
        admitted = not part["cites"] and admits(sentence.text)
        found.append(Label(document, part["text"], bool(part["supported"]), flaw, features, admitted))
    return found


def evaluate_labels(
    settings: Settings, file: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """What the verification in use shows of a file's labelled sentences; and `cross_validated`, the same by models that
    were fitted on the file's other documents, where it has enough of them. Raises AiecoError like `read_labels`."""
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.rag.verification.support import fitted_support

    labels = read_labels(file, load_embedder(settings), progress)
    held_out = cross_validated(labels)
    return {
        **summary(labels, shown_by(labels, fitted_support())),
        "cross_validated": summary(labels, held_out) if held_out else None,
    }


def summary(labels: Sequence[Label], shown: Sequence[bool]) -> dict[str, Any]:
    """The shape of `aieco eval --labels --json` (DESIGN section 4)."""
    supported = [told for label, told in zip(labels, shown, strict=True) if label.supported]
    flaws = sorted({label.flaw for label in labels if not label.supported})
    by_flaw = {
        flaw: [told for label, told in zip(labels, shown, strict=True) if not label.supported and label.flaw == flaw]
        for flaw in flaws
    }
    unsupported = [told for told_of in by_flaw.values() for told in told_of]
    return {
        "supported": {"n": len(supported), "kept": sum(supported)},
        "unsupported": {"n": len(unsupported), "shown": sum(unsupported)},
        "by_flaw": {flaw: {"n": len(told), "shown": sum(told)} for flaw, told in by_flaw.items()},
    }


def shown_by(labels: Sequence[Label], support: Support) -> list[bool]:
    """Which sentences a model of support lets through. One that only says that the documents do not say it comes
    out as silence, which says the same: it counts as shown."""
    return [
        label.admitted or (label.features is not None and support.probability(label.features) >= support.supported)
        for label in labels
    ]


def cross_validated(labels: Sequence[Label]) -> list[bool] | None:
    """Which sentences are let through by models that never saw their document; None for too few documents."""
    documents = sorted({label.document for label in labels})
    if len(documents) < _FOLDS:
        return None
    shown: dict[int, bool] = {}
    for document in documents:
        support = fit([label for label in labels if label.document != document])
        places = [place for place, label in enumerate(labels) if label.document == document]
        shown |= dict(zip(places, shown_by([labels[place] for place in places], support), strict=True))
    return [shown[place] for place in range(len(labels))]


def fit(labels: Sequence[Label]) -> Support:
    """Weights, and the threshold that lets through SHOWN of the unsupported, told by documents left out."""
    import numpy as np

    told = [label for label in labels if label.features is not None]
    values = np.array([[label.features[name] for name in FEATURES] for label in told])  # type: ignore[index]
    right = np.array([label.supported for label in told])
    documents = np.array([label.document for label in told])
    left_out = np.zeros(len(told))
    for document in sorted(set(documents)):
        here = documents == document
        if here.all() or len(set(right[~here])) < 2:
            left_out[here] = _probabilities(_weights(values, right), values[here])
        else:
            left_out[here] = _probabilities(_weights(values[~here], right[~here]), values[here])
    unsupported = sum(not label.supported for label in labels)
    wrong = np.sort(left_out[~right])[::-1]
    allowed = int(SHOWN * unsupported)
    threshold = float(wrong[allowed]) + 1e-6 if allowed < len(wrong) else 0.5
    weights = _weights(values, right)
    named = dict(zip((*FEATURES, "bias"), (round(float(one), 4) for one in weights), strict=True))
    return Support(named, round(threshold, 4))


def _weights(values: Any, right: Any) -> Any:
    """Of the features as they are, and the bias."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    middle, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread < 1e-9, 1.0, spread)
    model = LogisticRegression(C=SMOOTHNESS, max_iter=3000, class_weight="balanced")
    model.fit((values - middle) / spread, right)
    weights = model.coef_[0] / spread
    return np.append(weights, float(np.ravel(model.intercept_)[0]) - weights @ middle)


def _probabilities(weights: Any, values: Any) -> Any:
    import numpy as np

    return 0.5 + 0.5 * np.tanh((values @ weights[:-1] + weights[-1]) / 2)
