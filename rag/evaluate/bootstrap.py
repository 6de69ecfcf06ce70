"""How sure a figure is: the bootstrap (Efron 1979) over the rows of a suite.

A draw is a weight for each row: how often it was drawn with replacement. A statistic takes any
number of draws at once, as an array of shape (draws, rows), and returns one value for each; the
plain figure is the draw that takes every row once. Two runs over the same rows are compared with
the same draws, so that what makes a row hard for both cancels out. It does not know what is
measured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Weights of shape (draws, rows) to values of shape (draws,); NaN where a draw holds no row that
counts."""

DRAWS = 1000
_SEED = 20
_TAILS = (0.025, 0.975)


@lru_cache(maxsize=8)
def draws(rows: int) -> Array:
    """The weights of all draws, the same in every run."""
    generator = np.random.default_rng(_SEED)
    return generator.multinomial(rows, np.full(rows, 1 / rows), size=DRAWS).astype(np.float64)


def value(statistic: Statistic, rows: int) -> float:
    """The figure itself."""
    return float(statistic(np.ones((1, rows)))[0])


def interval(statistic: Statistic, rows: int) -> tuple[float, float]:
    """The 95% interval of a figure (percentiles). NaN where no draw can be valued."""
    return _tails(statistic(draws(rows)))


def difference(one: Statistic, other: Statistic, rows: int) -> tuple[float, float, float]:
    """`one` - `other` over the same rows, with the 95% interval of the paired bootstrap."""
    low, high = _tails(one(draws(rows)) - other(draws(rows)))
    return value(one, rows) - value(other, rows), low, high


def ratio(part: Array, whole: Array) -> Statistic:
    """The share sum(part) / sum(whole); a mean where `whole` is 1 for the rows that count."""

    def statistic(weights: Array) -> Array:
        total = weights @ whole
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, (weights @ part) / total, np.nan)

    return statistic


def mean(values: Array) -> Statistic:
    """The mean over the rows that have a value (not NaN)."""
    return ratio(np.nan_to_num(values), (~np.isnan(values)).astype(np.float64))


def auroc(scores: Array, labels: Array) -> Statistic:
    """The chance that a row labelled 1 scores above one labelled 0, ties counting half
    (Hanley and McNeil 1982). Rows whose score or label is NaN do not count."""
    rows = np.flatnonzero(~np.isnan(scores) & ~np.isnan(labels))
    order = rows[np.argsort(scores[rows], kind="stable")]
    _, starts = np.unique(scores[order], return_index=True)
    positive = labels[order] > 0.5

    def statistic(weights: Array) -> Array:
        if not len(order):
            return np.full(len(weights), np.nan)
        drawn = weights[:, order]
        yes = np.add.reduceat(drawn * positive, starts, axis=1)
        no = np.add.reduceat(drawn * ~positive, starts, axis=1)
        below = np.cumsum(no, axis=1) - no / 2
        pairs = yes.sum(axis=1) * no.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(pairs > 0, (yes * below).sum(axis=1) / pairs, np.nan)

    return statistic


def _tails(values: Array) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, _TAILS)
    return float(low), float(high)
