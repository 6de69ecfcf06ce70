"""Reciprocal rank fusion, by numbers worked out by hand."""

from __future__ import annotations

import pytest

from rag.rank import fuse, ranks


def test_scores_are_those_of_the_formula() -> None:
    fused = fuse(
        {"dense": [("a", 0.9), ("b", 0.8)], "lexical": [("b", 7.0), ("c", 5.0)]},
        {"dense": 1.0, "lexical": 1.0},
        k=60,
    )
    best = 2 / 61
    assert [key for key, _ in fused] == ["b", "a", "c"]
    assert dict(fused)["b"] == pytest.approx((1 / 62 + 1 / 61) / best)
    assert dict(fused)["a"] == pytest.approx((1 / 61) / best)


def test_the_head_of_every_list_scores_one() -> None:
    [(key, score)] = fuse({"x": [("a", 1)], "y": [("a", 1)]}, {"x": 0.3, "y": 1.0}, 20)
    assert (key, score) == ("a", pytest.approx(1.0))


def test_weights_decide_between_lists() -> None:
    lists = {"dense": [("a", 1.0)], "lexical": [("b", 1.0)]}
    assert fuse(lists, {"dense": 0.3, "lexical": 1.0}, 20)[0][0] == "b"
    assert fuse(lists, {"dense": 1.0, "lexical": 0.3}, 20)[0][0] == "a"


def test_nothing_gives_nothing() -> None:
    assert fuse({"dense": [], "lexical": []}, {"dense": 1.0, "lexical": 1.0}, 20) == []
    assert ranks([("a", 3.0), ("b", 1.0)]) == {"a": 1, "b": 2}
