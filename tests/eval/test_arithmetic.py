"""The numbers: EM and F1 by their definitions, retrieval measures, AUROC, the bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.evaluate.answers import em_f1
from rag.evaluate.bootstrap import auroc, difference, interval, mean, ratio, value
from rag.evaluate.retrieval import by_document, retrieval_values

unit = st.floats(0, 1, width=16)
words = st.text("가나다abc the.,'《 ", max_size=20)


@pytest.mark.parametrize(
    ("given_answer", "gold", "language", "em", "f1"),
    [
        ("The Daleks!", ["daleks"], "en", 1, 1),
        ("an old red house", ["the red barn"], "en", 0, 2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2)),
        ("state-of-the-art", ["stateoftheart"], "en", 1, 1),
        ("《월드뮤직》", ["월드뮤직"], "ko", 1, 1),
        ("2013년에", ["2013년"], "ko", 0, 2 * (5 / 6) * 1 / (5 / 6 + 1)),
        ("한국 은행", ["한국은행"], "ko", 0, 1),  # spaces do not count for F1, but for EM
        ("the end", ["end"], "ko", 0, 2 * 0.5 / 1.5),  # KorQuAD drops no articles
        ("", ["x"], "en", 0, 0),
        ("", [], "en", 1, 1),
        ("x", [], "en", 0, 0),
        ("b", ["a", "b"], "en", 1, 1),  # the best of several; a word of its own is no article
    ],
)
def test_em_and_f1_by_definition(
    given_answer: str, gold: list[str], language: str, em: float, f1: float
) -> None:
    assert em_f1(given_answer, gold, language) == (em, pytest.approx(f1))


@given(words, words, st.sampled_from(["ko", "en"]))
def test_f1_is_symmetric_and_one_where_em_is_and_words_remain(
    one: str, other: str, language: str
) -> None:
    em, f1 = em_f1(one, [other], language)
    assert 0 <= f1 <= 1
    assert f1 == pytest.approx(em_f1(other, [one], language)[1])
    if em and f1:
        assert f1 == pytest.approx(1)


def test_retrieval_by_hand() -> None:
    ranking = by_document(["a", "b", "a", "c", "b"])
    assert ranking == ("a", "b", "c")
    first, second, third = retrieval_values([ranking, ["x"], []], [{"b"}, {"x", "y"}, {"z"}])
    assert first["mrr"] == 0.5
    assert first["ndcg@10"] == pytest.approx(1 / math.log2(3))
    assert (first["hit@1"], first["recall@5"]) == (0, 1)
    assert (second["hit@1"], second["recall@10"], second["mrr"]) == (1, 0.5, 1)
    assert set(third.values()) == {0}


@given(st.lists(st.tuples(unit, st.booleans()), min_size=1, max_size=30))
def test_auroc_counts_pairs(rows: list[tuple[float, bool]]) -> None:
    scores = np.array([score for score, _ in rows])
    labels = np.array([float(label) for _, label in rows])
    pairs = [(p > n) + (p == n) / 2 for p in scores[labels == 1] for n in scores[labels == 0]]
    got = value(auroc(scores, labels), len(rows))
    assert math.isnan(got) if not pairs else got == pytest.approx(np.mean(pairs))


def test_auroc_takes_a_weight_for_a_repetition() -> None:
    scores, labels = np.array([0.1, 0.5, 0.5, 0.9]), np.array([0.0, 1.0, 0.0, 1.0])
    weighted = auroc(scores, labels)(np.array([[2.0, 1.0, 3.0, 1.0]]))[0]
    repeated = auroc(np.repeat(scores, [2, 1, 3, 1]), np.repeat(labels, [2, 1, 3, 1]))
    assert weighted == pytest.approx(value(repeated, 7))


@given(arrays(np.float64, st.integers(2, 40), elements=unit))
def test_an_interval_holds_no_value_that_no_draw_can_have(values: np.ndarray) -> None:
    low, high = interval(mean(values), len(values))
    assert values.min() - 1e-9 <= low <= high <= values.max() + 1e-9
    assert (low, high) == interval(mean(values), len(values))  # seeded


def test_the_interval_has_the_width_of_two_standard_errors() -> None:
    values = np.array([0.0, 1.0] * 300)
    low, high = interval(mean(values), 600)
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(600), rel=0.1)


def test_rows_without_a_value_do_not_count() -> None:
    assert value(mean(np.array([1.0, np.nan, 0.0])), 3) == 0.5
    assert math.isnan(value(mean(np.array([np.nan])), 1))
    assert math.isnan(value(ratio(np.zeros(2), np.zeros(2)), 2))


def test_a_paired_difference_knows_more_than_two_intervals() -> None:
    generator = np.random.default_rng(1)
    hard = generator.random(300)
    worse, better = (hard > 0.5).astype(float), (hard > 0.45).astype(float)
    change, low, high = difference(mean(better), mean(worse), 300)
    assert change == pytest.approx(better.mean() - worse.mean())
    assert low > 0  # every draw holds the rows that only one has right
    assert interval(mean(worse), 300)[1] > interval(mean(better), 300)[0]
    assert high > change > low
