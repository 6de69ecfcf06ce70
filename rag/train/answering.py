"""Make `answerable.npz` in `rag/weights`: how probable it is that the sentence chosen answers.

Three logistic regressions (Newton's method, ridge penalty) over `rag.answerable.FEATURES`. For
questions in English it is learned from both languages whether the sentence holds a right answer,
over all features. For questions in Korean it is learned from Korean alone whether the passages
hold one, over a few features that mean the same on other texts: with all of them it did much worse
on questions of another kind. Which of the reader's scores are among them, and how much less a
question of few words may be trusted (`_FEW`; those learned from are long), was chosen by hand on
the public questions. For answers in the
language not asked in it is learned over two features, from `rag.train.across`. Answered and not,
and both languages, weigh the same. It is called by `rag.train.reader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answerable import FEATURES, Logistic
from rag.resources import weights

RIDGE = 1e-3
_FEW = -0.5  # for each unit of `few_terms`
_KOREAN = (
    "told_coverage", "second_coverage", "log_terms", "unfit", "together", "held_together",
    "missing_numbers", "left_far", "spread", "score",
)  # fmt: skip
_ACROSS = ("coverage", "log_terms")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n questions in a language, as rows of FEATURES (n, len(FEATURES)); whether the sentence
    chosen holds a right answer, and whether the passages hold one."""

    language: str
    rows: Floats
    right: Flags
    answerable: Flags


def learn(korean: Rows, english: Rows, across: Rows) -> dict[str, Logistic]:
    """The regression for questions in each of the two languages, and across them."""
    both = (korean, english)
    right = np.concatenate([d.right for d in both])
    languages = np.repeat([d.language for d in both], [len(d.rows) for d in both])
    weight = equal_weights(right, languages)
    return {
        "en": fit_logistic(np.concatenate([d.rows for d in both]), right, weight),
        "ko": _fit_few(korean, korean.answerable, _KOREAN, {"few_terms": _FEW}),
        "across": _fit_few(across, across.right, _ACROSS, {}),
    }


def _fit_few(
    data: Rows, labels: Flags, names: Sequence[str], by_hand: Mapping[str, float]
) -> Logistic:
    """A regression over some features as one over all, with the slopes chosen by hand."""
    chosen = [FEATURES.index(name) for name in names]
    weight = equal_weights(labels, np.full(len(labels), data.language))
    few = fit_logistic(data.rows[:, chosen], labels, weight)
    mean, scale, slopes = np.zeros((3, len(FEATURES)))
    scale += 1
    mean[chosen], scale[chosen], slopes[chosen] = few.mean, few.scale, few.slopes
    for name, slope in by_hand.items():
        slopes[FEATURES.index(name)] = slope
    return Logistic(mean, scale, slopes, few.offset)


def store(models: Mapping[str, Logistic]) -> None:
    """Write what `rag.answerable` reads."""
    stored: dict[str, Any] = {
        name: np.stack([m.mean, m.scale, m.slopes]).astype(np.float32) for name, m in models.items()
    }
    stored |= {f"{name}_offset": np.array(m.offset) for name, m in models.items()}
    np.savez_compressed(weights("answerable.npz"), **stored)


def equal_weights(labels: Flags, languages: NDArray[np.str_]) -> Floats:
    """So that answered and not, and the languages, weigh the same; they sum to 1."""
    weight = np.zeros(len(labels))
    for language in np.unique(languages):
        for label in (True, False):
            here = (languages == language) & (labels == label)
            weight[here] = 1 / max(1, here.sum())
    shares: Floats = weight / weight.sum()
    return shares


def fit_logistic(rows: Floats, labels: Flags, weight: Floats) -> Logistic:
    """Newton's method on the rows (n, any number of features); the weights sum to 1."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    penalty = RIDGE * np.diag([*np.ones(x.shape[1] - 1), 0.0])
    slopes = np.zeros(x.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-(x @ slopes)))
        gradient = x.T @ (weight * (chance - labels)) + penalty @ slopes
        hessian = (x.T * (weight * chance * (1 - chance))) @ x + penalty
        slopes = slopes - np.linalg.solve(hessian + 1e-9 * np.eye(len(slopes)), gradient)
    return Logistic(mean, scale, slopes[:-1], float(slopes[-1]))


def print_calibration(model: Logistic, data: Rows) -> None:
    """How often rows answer, by how probable that was said to be."""
    chance = np.array([model.probability(row) for row in data.rows])
    weight = equal_weights(data.right, np.full(len(data.rows), data.language))
    for low in np.arange(0, 1, 0.1):
        here = (chance >= low) & (chance < low + 0.1)
        if here.any():
            share = np.average(data.right[here], weights=weight[here])
            print(f"{data.language}, said {low:.1f}: {share:.3f} of {here.sum()}")
