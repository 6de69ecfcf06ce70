"""Gradient-boosted trees as flat arrays, evaluated in numpy.

They are learned elsewhere (`rag.train.boosting`); nothing here needs the library that did it. It
does not know what the features mean, and takes none for missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """All nodes of all trees, one after another. `feature` is -1 in a leaf, whose `threshold` is
    its value; `left` and `right` are the numbers of the next nodes, a leaf's its own. `names` are
    the features in order, and the probability is the logistic function of `slope` * sum + `offset`
    (Platt 1999)."""

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    roots: Integers
    names: tuple[str, ...]
    slope: float
    offset: float

    def raw(self, rows: Floats) -> Floats:
        """The sum of the leaves that each row falls into; rows have shape (n, len(names))."""
        nodes = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        at = np.arange(len(rows))[:, None]
        sides = np.stack([self.right, self.left], axis=1).ravel()
        while True:  # a leaf leads to itself
            goes_left = rows[at, self.feature[nodes]] <= self.threshold[nodes]
            following = sides[2 * nodes + goes_left]
            if (following == nodes).all():
                total: Floats = self.threshold[nodes].sum(axis=1)
                return total
            nodes = following

    def probability(self, rows: Floats) -> Floats:
        """Calibrated, 0 to 1, one for each row."""
        out: Floats = 1 / (1 + np.exp(-(self.slope * self.raw(rows) + self.offset)))
        return out


def save(trees: Trees, path: Path) -> None:
    """Write to an .npz file."""
    np.savez_compressed(
        path,
        feature=trees.feature.astype(np.int16),
        threshold=trees.threshold,
        left=trees.left.astype(np.int16),
        right=trees.right.astype(np.int16),
        roots=trees.roots.astype(np.int16),
        names=np.array(trees.names),
        scale=np.array([trees.slope, trees.offset]),
    )


def load(path: Path) -> Trees:
    """Read what `save` wrote."""
    with np.load(path) as stored:
        slope, offset = stored["scale"].tolist()
        return Trees(
            feature=stored["feature"].astype(np.int32),
            threshold=stored["threshold"],
            left=stored["left"].astype(np.int32),
            right=stored["right"].astype(np.int32),
            roots=stored["roots"].astype(np.int32),
            names=tuple(stored["names"].tolist()),
            slope=slope,
            offset=offset,
        )
