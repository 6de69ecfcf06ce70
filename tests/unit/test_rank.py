"""Reciprocal rank fusion and the score of the reranking, by numbers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.rank import RERANK, Signs, fuse, ranks


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


def test_a_sign_counts_by_its_ratio_to_the_others() -> None:
    weights = Signs(1.0, 2.0, 0.0, 0.0, 0.5, 0.0, 0.5)
    signs = Signs(1.0, 0.5, 0.9, 0.9, 0.0, 0.9, 1.0)
    assert signs.score(weights) == pytest.approx((1 + 1 + 0 + 0.5) / 4)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7), st.sampled_from(sorted(RERANK)))
def test_the_score_of_signs_is_a_share(signs: list[float], language: str) -> None:
    assert 0.0 <= Signs(*signs).score(RERANK[language]) <= 1.0 + 1e-9
