"""Trees in arrays give what a walk from node to node gives, and survive being stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.features import FEATURES
from rag.lost import FEATURES as LOST
from rag.resources import weights
from rag.trees import Trees, load, save


@st.composite
def forests(draw: st.DrawFn) -> Trees:
    """A few random trees over two features."""
    feature: list[int] = []
    threshold: list[float] = []
    left: list[int] = []
    right: list[int] = []

    def grow(depth: int) -> int:
        number = len(feature)
        leaf = depth == 0 or draw(st.booleans())
        feature.append(-1 if leaf else draw(st.integers(0, 1)))
        threshold.append(draw(st.floats(-2, 2)))
        left.append(number)
        right.append(number)
        if not leaf:
            left[number], right[number] = grow(depth - 1), grow(depth - 1)
        return number

    roots = [grow(3) for _ in range(draw(st.integers(1, 4)))]
    return Trees(
        np.array(feature, np.int32),
        np.array(threshold),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(roots, np.int32),
        ("one", "two"),
        1.5,
        -0.25,
    )


def walk(trees: Trees, row: list[float]) -> float:
    total = 0.0
    for node in trees.roots:
        while trees.feature[node] >= 0:
            goes_left = row[trees.feature[node]] <= trees.threshold[node]
            node = trees.left[node] if goes_left else trees.right[node]
        total += trees.threshold[node]
    return total


@given(forests(), st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=5))
def test_a_row_falls_where_a_walk_leads(trees: Trees, rows: list[tuple[float, float]]) -> None:
    expected = [walk(trees, list(row)) for row in rows]
    np.testing.assert_allclose(trees.raw(np.array(rows)), expected, atol=1e-12)
    chances = trees.probability(np.array(rows))
    assert ((chances > 0) & (chances < 1)).all()


def test_stored_trees_are_the_same(tmp_path: Path) -> None:
    trees = load(weights("support.npz"))
    save(trees, tmp_path / "again.npz")
    rows = np.random.default_rng(0).random((20, len(trees.names)))
    again = load(tmp_path / "again.npz")
    assert (again.probability(rows) == trees.probability(rows)).all()
    assert list(trees.names) == [*FEATURES, *LOST]


def test_learned_trees_are_those_that_were_dumped() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    from rag.train.boosting import flattened

    random = np.random.default_rng(0)
    rows = random.random((400, 3))
    labels = (rows[:, 0] + rows[:, 1] > random.random(400)).astype(float)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, labels), 20)
    trees = flattened(booster.dump_model()["tree_info"], ["a", "b", "c"], 1.0, 0.0)
    np.testing.assert_allclose(trees.probability(rows), booster.predict(rows), atol=1e-9)
