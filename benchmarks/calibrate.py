"""Fits the policy of `core/rag` to the sample's questions and says what generalises.

Examples:
    python -m benchmarks.calibrate           cross-validated figures, by document: fitted on the others, asked of each
    python -m benchmarks.calibrate --write   then a fit on all questions is written to core/rag/evidence/policy.json

Only the sample's own questions are used: golden ones and `core/sample/calibration.jsonl`. Nothing here generates: a
question counts as right when the quotes that would be answered with hold what it must contain, from a page it cites.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aieco_assets.core.rag.evidence.ranking import best_places, judged, ranked, weights
from aieco_assets.core.rag.evidence.ranking_features import FEATURES, JUDGED
from aieco_assets.core.rag.evidence.selection import choose
from aieco_assets.core.rag.evidence.thresholds import CALIBRATED, Policy
from benchmarks.calibration_cases import Case, cases

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
SMOOTHNESS = 3.0  # of the ranking: the penalty on squared weights, features scaled to variance 1
STRENGTH = 0.3  # of the answering's penalty, as scikit-learn counts it: less is smoother
SILENCED = 0.3  # weight of a question whose right sentences are taken away: a near miss made by hand
PLAIN = 10  # how often a golden question counts: most people ask in the documents' own words
# At most, for what the questions of these sets hardly have: a name that no page knows is asked of something else.
HARDLY_SEEN = {"name_unknown": -4.0}
LEVELS = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def fit_ranking(cases: Sequence[Case]) -> dict[str, float]:
    """Weights that give the right candidates of a question the greatest share of the softmax over all of them."""
    import numpy as np
    from scipy.optimize import minimize

    sets = [(values, right) for case in cases for values, right in zip(case.pool.values, case.right, strict=True)]
    sets = [(values, right) for values, right in sets if right.any() and not right.all()]
    values, right = np.concatenate([v for v, _ in sets]), np.concatenate([r for _, r in sets])
    scale = _spread(values)
    values = values / scale
    counts = [len(r) for _, r in sets]
    starts, owner = np.concatenate([[0], np.cumsum(counts)[:-1]]), np.repeat(np.arange(len(counts)), counts)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = values @ w
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        share = raised / np.add.reduceat(raised, starts)[owner]
        won = np.add.reduceat(np.where(right, share, 0), starts) + 1e-12
        slope = np.where(right, share, 0) / won[owner] - share
        return float(-np.log(won).sum() + SMOOTHNESS / 2 * w @ w), SMOOTHNESS * w - values.T @ slope

    found = minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x / scale
    return dict(zip(FEATURES, map(float, found), strict=True))


def fit_answering(cases: Sequence[Case], ranking: dict[str, float], policy: Policy) -> dict[str, float]:
    """Weights of how sure the best candidate is. Answerable questions are asked again without their right sentences."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    told, right, weight = [], [], []
    for case in cases:
        for values, good in zip(case.pool.values, case.right, strict=True):
            for kept, counts in ((np.ones(len(good), bool), 1.0), (~good, SILENCED)):
                if counts == 1.0 or (good.any() and kept.any()):
                    quoted, seen = _quoted(case, values, ranking, kept, policy)
                    told.append(seen)
                    right.append(bool(good[quoted].any()))
                    weight.append(counts)
    matrix = np.array(told)
    middle, scale, beside = matrix.mean(axis=0), _spread(matrix), JUDGED.index("bias")
    middle[beside] = 0.0  # scikit-learn's own constant is the bias
    model = LogisticRegression(C=STRENGTH, max_iter=1_000).fit((matrix - middle) / scale, right, weight)
    found = model.coef_[0] / scale
    found[beside] = model.intercept_[0] - float(found @ middle)
    named = dict(zip(JUDGED, map(float, found), strict=True))
    return named | {name: min(named[name], weight) for name, weight in HARDLY_SEEN.items()}


def _spread(values: np.ndarray) -> np.ndarray:
    """Standard deviations; what hardly varies gets a spread so wide that its weight becomes nothing."""
    spread = values.std(axis=0)
    spread[spread < 1e-6] = 1e9
    return spread


def _quoted(
    case: Case, values: np.ndarray, ranking: dict[str, float], kept: np.ndarray, policy: Policy
) -> tuple[list[int], np.ndarray]:
    """(places of what would be quoted of the candidates that are kept, what is weighed of the best of them)."""
    import numpy as np

    places = np.flatnonzero(kept)
    scores = values[places] @ weights(ranking, FEATURES)
    candidates = [case.pool.candidates[place] for place in places]
    best = best_places(candidates, scores)
    most = policy.max_quotes if len(case.pool.values) == 1 else 1
    quoted = [place for place in best[:most] if scores[place] >= scores[best[0]] - policy.tie]
    return [int(places[place]) for place in quoted], judged(candidates, values[places], scores, best[0])


def answered(case: Case, policy: Policy) -> tuple[bool, bool]:
    """(whether anything is answered, whether that is right)."""
    found = [ranked(case.pool.candidates, values, case.units, policy) for values in case.pool.values]
    chosen = choose(found, policy)
    if not chosen or case.question.unanswerable:
        return bool(chosen), False
    text = " ".join(e.text for e in chosen).casefold().replace("’", "'")
    pages = [(c.document, c.page) for e in chosen for c in e.citations]
    said = all(any(entry.casefold() in text for entry in entries) for entries in case.question.must_contain)
    return True, said and case.question.is_found(pages)


def fitted(cases: Sequence[Case], policy: Policy) -> Policy:
    kept = [case for case in cases if case.pool.candidates for _ in range(PLAIN if case.golden else 1)]
    ranking = fit_ranking(kept)
    return replace(policy, ranking=ranking, answering=fit_answering(kept, ranking, policy))


def figures(cases: Sequence[Case], policies: Sequence[Policy]) -> dict[str, int]:
    """Counts over all cases, each judged by the policy of its place."""
    told = [(case, *answered(case, policy)) for case, policy in zip(cases, policies, strict=True)]
    open_cases = [entry for entry in told if not entry[0].question.unanswerable]
    return {
        "answerable": len(open_cases),
        "right": sum(right for *_, right in open_cases),
        "wrong": sum(answers and not right for _, answers, right in open_cases),
        "unanswerable": len(told) - len(open_cases),
        "silent": sum(not answers for case, answers, _ in told if case.question.unanswerable),
    }


def cross_validated(cases: Sequence[Case], policy: Policy) -> list[Policy]:
    """For each case the policy that was fitted without its document."""
    documents = sorted({case.document for case in cases})
    fold = {document: place % FOLDS for place, document in enumerate(documents)}
    fits = [fitted([case for case in cases if fold[case.document] != n], policy) for n in range(FOLDS)]
    return [fits[fold[case.document]] for case in cases]


def _packaged() -> Policy:
    """The packaged policy with whatever weights it has: they may be those of features that are no more."""
    return Policy(**json.loads(CALIBRATED.read_text(encoding="utf-8")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write core/rag/evidence/policy.json")
    write = parser.parse_args().write
    base = _packaged()
    found = cases(base)
    held_out = cross_validated(found, base)
    everything = fitted(found, base)
    golden = [case for case in found if case.golden]
    for name, asked, policies in (
        ("all, fitted on other documents", found, held_out),
        ("all, fitted on all", found, [everything] * len(found)),
        ("golden, fitted on all", golden, [everything] * len(golden)),
    ):
        print(name)
        for sure in LEVELS:
            print(f"  sure {sure:.2f}  {figures(asked, [replace(policy, sure=sure) for policy in policies])}")
    if write:
        rounded = replace(everything, ranking=_rounded(everything.ranking), answering=_rounded(everything.answering))
        CALIBRATED.write_text(json.dumps(rounded.to_json(), indent=1) + "\n", encoding="utf-8")
        print(f"written: {CALIBRATED}; sure stays {base.sure:.2f}: change it there if the figures say so")
    return 0


def _rounded(named: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in named.items()}


if __name__ == "__main__":
    raise SystemExit(main())
