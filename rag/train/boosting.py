"""Learn boosted trees with LightGBM (Ke et al. 2017) and turn them into `rag.trees`.

The probability is calibrated on predictions for rows that a fold had not learned from. It does not
know what is learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from rag.trees import Trees

FOLDS = 5
_SEED = 1
_SHARE = 0.6  # of the features, for each tree
_LEAVES = 6
_TIMES = 3  # all is learned so often, from other draws; the mean counts
Floats = NDArray[np.float64]


def learn(
    rows: Floats,
    labels: Floats,
    weights: Floats,
    groups: NDArray[np.int64],
    names: Sequence[str],
    signs: Mapping[str, int],
    rounds: int,
    share: float = _SHARE,
) -> tuple[Trees, Floats]:
    """Trees over all rows (n, len(names)), and for each row the calibrated probability by trees
    that had not seen its group. `signs` says which features may only raise (1) or lower (-1) it."""
    unseen = np.zeros(len(rows))
    for held in folds(groups):
        boosters = _boost(rows[~held], labels[~held], weights[~held], names, signs, rounds, share)
        unseen[held] = np.mean([b.predict(rows[held], raw_score=True) for b in boosters], axis=0)
    slope, offset = _platt(unseen, labels, weights)
    boosters = _boost(rows, labels, weights, names, signs, rounds, share)
    grown = [tree for booster in boosters for tree in booster.dump_model()["tree_info"]]
    trees = flattened(grown, names, slope / _TIMES, offset)
    return trees, 1 / (1 + np.exp(-(slope * unseen + offset)))


def folds(groups: NDArray[np.int64]) -> Iterator[NDArray[np.bool_]]:
    """Which rows each fold holds; a group is in one."""
    order = np.unique(groups)
    np.random.default_rng(_SEED).shuffle(order)
    for part in np.array_split(order, FOLDS):
        yield np.isin(groups, part)


def _boost(
    rows: Floats,
    labels: Floats,
    weights: Floats,
    names: Sequence[str],
    signs: Mapping[str, int],
    rounds: int,
    share: float = _SHARE,
) -> list[lightgbm.Booster]:
    settings = {
        "objective": "binary",
        "learning_rate": 0.04,
        "num_leaves": _LEAVES,
        "min_data_in_leaf": 40,
        "feature_fraction": share,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "monotone_constraints": [signs.get(name, 0) for name in names],
        "seed": _SEED,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    return [
        lightgbm.train(
            settings | {"seed": _SEED + time},
            lightgbm.Dataset(rows, labels, weight=weights),
            rounds,
        )
        for time in range(_TIMES)
    ]


def rank(
    rows: Floats, grades: NDArray[np.intp], sizes: Sequence[int], names: Sequence[str], rounds: int
) -> Trees:
    """Trees whose sum puts the rows of a group in the order of their grades (0 to 3), the first
    place before all (LambdaMART, Burges 2010). Group after group, of the given sizes."""
    settings = {
        "objective": "lambdarank",
        "learning_rate": 0.06,
        "num_leaves": 16,
        "min_data_in_leaf": 30,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "label_gain": [0, 1, 3, 8],
        "lambdarank_truncation_level": 8,
        "max_bin": 63,
        "seed": _SEED,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, grades, group=sizes), rounds)
    return flattened(booster.dump_model()["tree_info"], names, 1.0, 0.0)


def _platt(scores: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and offset of the logistic function that fits best (Newton's method)."""
    slope, offset = 1.0, 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-(slope * scores + offset)))
        error, spread = weights * (labels - chance), weights * chance * (1 - chance)
        gradient = np.array([error @ scores, error.sum()])
        mixed = spread @ scores
        hessian = np.array([[spread @ scores**2, mixed], [mixed, spread.sum()]])
        step = np.linalg.solve(hessian, gradient)
        slope, offset = slope + step[0], offset + step[1]
    return float(slope), float(offset)


def flattened(
    dumped: Sequence[Mapping[str, Any]], names: Sequence[str], slope: float, offset: float
) -> Trees:
    """LightGBM's dumped trees (`tree_info`) as arrays."""
    feature: list[int] = []
    threshold: list[float] = []
    left: list[int] = []
    right: list[int] = []

    def add(node: Mapping[str, Any]) -> int:
        number = len(feature)
        leaf = "leaf_value" in node
        feature.append(-1 if leaf else node["split_feature"])
        threshold.append(node["leaf_value"] if leaf else node["threshold"])
        left.append(number)
        right.append(number)
        if not leaf:
            left[number] = add(node["left_child"])
            right[number] = add(node["right_child"])
        return number

    roots = [add(tree["tree_structure"]) for tree in dumped]
    return Trees(
        np.array(feature, np.int32),
        np.array(threshold),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(roots, np.int32),
        tuple(names),
        slope,
        offset,
    )
