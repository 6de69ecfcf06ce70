"""The measures of a suite: which there are, what they are called, and how rows make them.

Each is a statistic of `rag.evaluate.bootstrap` over the values of the outcomes. It does not know
how the values were judged, nor how a figure is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evaluate.bootstrap import Array, Statistic, auroc, interval, mean, ratio, value
from rag.evaluate.retrieval import NAMES as RETRIEVAL

Values = Mapping[str, float]

LOWER_IS_BETTER = frozenset({"hallucination", "error"})
TITLES = {
    "correct": "correct",
    "ndcg@10": "nDCG@10",
    "recall@5": "recall@5",
    "recall@10": "recall@10",
    "mrr": "MRR",
    "hit@1": "hit@1",
    "em": "exact match",
    "f1": "F1",
    "em_answerable": "exact match, answerable",
    "f1_answerable": "F1, answerable",
    "answer_in_cited@1": "answer in the first quote",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "quote_exactness": "quote exactness",
    "hallucination": "hallucination (answered, unanswerable)",
    "error": "error (refused, answerable)",
    "balanced_accuracy": "balanced accuracy of refusing",
    "confidence_auroc": "AUROC of the confidence",
    "support_auroc": "AUROC of the support",
    "verdict_balanced_accuracy": "balanced accuracy of the verdict",
}
"""Every measure by the key that thresholds and JSON use."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of one suite with its 95% interval; `rows` is how many it is made of."""

    key: str
    value: float
    low: float
    high: float
    rows: int


def column(values: Sequence[Values], name: str) -> Array:
    """One value for each row, NaN where it was not judged."""
    return np.array([row.get(name, np.nan) for row in values], dtype=np.float64)


def statistics(values: Sequence[Values]) -> dict[str, tuple[Statistic, int]]:
    """The measures that these rows allow, in the order of TITLES, each with the number of rows it
    rests on. One that lacks a class (nothing unanswerable, say) is left out."""
    found: dict[str, tuple[Statistic, int]] = {}

    def put(key: str, statistic: Statistic, rows: int) -> None:
        if rows:
            found[key] = (statistic, rows)

    for key in ("correct", *RETRIEVAL, "em", "f1", "em_answerable", "f1_answerable"):
        cells = column(values, key)
        put(key, mean(cells), int((~np.isnan(cells)).sum()))
    if found.get("em", (0, 0))[1] == found.get("em_answerable", (0, 0))[1]:
        found.pop("em_answerable", None)
        found.pop("f1_answerable", None)
    cells = column(values, "answer_in_cited")
    put("answer_in_cited@1", mean(cells), int((~np.isnan(cells)).sum()))
    for key, part, whole in (
        ("citation_precision", "cited_gold", "cited"),
        ("citation_recall", "gold_cited", "gold"),
        ("quote_exactness", "exact", "quotes"),
    ):
        parts, wholes = np.nan_to_num(column(values, part)), np.nan_to_num(column(values, whole))
        put(key, ratio(parts, wholes), int((wholes > 0).sum()))
    found |= _refusals(values) | _verdicts(values)
    return {key: found[key] for key in TITLES if key in found}


def _refusals(values: Sequence[Values]) -> dict[str, tuple[Statistic, int]]:
    answerable, answered = column(values, "answerable"), column(values, "answered")
    yes, no = (answerable == 1).astype(np.float64), (answerable == 0).astype(np.float64)
    hallucination = ratio(no * (answered == 1), no)
    error = ratio(yes * (answered == 0), yes)
    found: dict[str, tuple[Statistic, int]] = {}
    if yes.any():
        found["error"] = error, int(yes.sum())
    if no.any():
        found["hallucination"] = hallucination, int(no.sum())
    if yes.any() and no.any():
        rows = int(yes.sum() + no.sum())
        found["balanced_accuracy"] = _balanced(hallucination, error), rows
        found["confidence_auroc"] = auroc(column(values, "confidence"), answerable), rows
    return found


def _verdicts(values: Sequence[Values]) -> dict[str, tuple[Statistic, int]]:
    supported, grounded = column(values, "supported"), column(values, "grounded")
    yes, no = (supported == 1).astype(np.float64), (supported == 0).astype(np.float64)
    if not (yes.any() and no.any()):
        return {}
    rows = int(yes.sum() + no.sum())
    accepted, refused = ratio(no * (grounded == 1), no), ratio(yes * (grounded == 0), yes)
    return {
        "support_auroc": (auroc(column(values, "support"), supported), rows),
        "verdict_balanced_accuracy": (_balanced(accepted, refused), rows),
    }


def _balanced(one: Statistic, other: Statistic) -> Statistic:
    return lambda weights: 1 - (one(weights) + other(weights)) / 2


def figures(values: Sequence[Values]) -> list[Figure]:
    """Every measure of these rows with its interval."""
    return [
        Figure(key, value(statistic, len(values)), *interval(statistic, len(values)), rows)
        for key, (statistic, rows) in statistics(values).items()
    ]
