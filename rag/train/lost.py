"""Learn `rag.lost`: two logistic regressions with a ridge penalty (L-BFGS).

From the Korean pairs that people labelled alone: in made pairs the words give away how they were
made. It does not know what else is learned from the pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from rag.lost import PLACES, Lost

_RIDGE = (10.0, 3000.0)  # of the morphemes and of the meanings, these in standard deviations
_SEEN = 2  # pairs a morpheme must stand in
_STEPS = 100
Floats = NDArray[np.float64]


def onehot(places: Iterable[frozenset[int]]) -> csr_array:
    """What `rag.lost.morphemes` gave for each pair, as a matrix of shape (n, PLACES)."""
    rows = [sorted(found) for found in places]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.array([place for row in rows for place in row], np.intp)
    return csr_array((np.ones(len(columns)), columns, ends), shape=(len(rows), PLACES))


def learn(morphemes: csr_array, meanings: Floats, labels: Floats, weights: Floats) -> Lost:
    """Both regressions over all rows."""
    kept = np.flatnonzero(np.asarray(morphemes.sum(axis=0)).ravel() >= _SEEN)
    by_place = np.zeros(PLACES)
    by_place[kept], one = _regress(morphemes[:, kept], labels, weights, _RIDGE[0])
    spread = meanings.std(axis=0) + 1e-6
    slopes, two = _regress(meanings / spread, labels, weights, _RIDGE[1])
    return Lost(by_place, slopes / spread, (one, two))


def scores(lost: Lost, morphemes: csr_array, meanings: Floats) -> Floats:
    """What `lost` gives for each row, shape (n, 2)."""
    return np.stack([morphemes @ lost.morphemes, meanings @ lost.meanings], 1) + lost.offsets


def _regress(rows: Any, labels: Floats, weights: Floats, ridge: float) -> tuple[Floats, float]:
    """Slopes and offset of the logistic regression; the offset goes without penalty. The rows are
    a matrix, sparse or not."""

    def loss(point: Floats) -> tuple[float, Floats]:
        slopes, sums = point[:-1], rows @ point[:-1] + point[-1]
        value = weights @ (np.logaddexp(0, sums) - labels * sums) + ridge / 2 * slopes @ slopes
        error = weights * (1 / (1 + np.exp(-sums)) - labels)
        return float(value), np.append(rows.T @ error + ridge * slopes, error.sum())

    start = np.zeros(rows.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return found[:-1], float(found[-1])
