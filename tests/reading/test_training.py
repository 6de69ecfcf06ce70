"""The arithmetic that the reader's weights are learned with."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answerable import FEATURES
from rag.network import (
    BEST,
    TREE_FEATURES,
    Network,
    bonus,
    networks,
    scores_of,
    trees_of,
)
from rag.question import understand
from rag.reader import (
    CATEGORIES,
    CODES_END,
    NUMBERS,
    Candidate,
    Described,
)

pytest.importorskip("lightgbm", reason="comes with the dependency group train")
from rag.train.answering import Rows, equal_weights, fit_logistic, learn
from rag.train.reader import (
    Example,
    Floats,
    Sample,
    _gradients,
    gain,
    heaviest,
    overlap,
    train_network,
    train_trees,
)
from rag.types import Span

RNG = np.random.default_rng(7)


def example(n: int, right: int) -> Example:
    """n candidates without sentences; the right one stands out by its first number."""
    numbers = RNG.normal(size=(n, len(NUMBERS))).astype(np.float32)
    numbers[right, 0] += 4
    codes = RNG.integers(0, 4, size=(n, len(CATEGORIES)))
    candidates = tuple(Candidate(0, Span(i, i + 1)) for i in range(n))
    described = Described(candidates, numbers, codes, np.full(n, -1))
    gains = np.zeros(n, dtype=np.float32)
    gains[right] = 1
    return Example("group", understand("무엇?"), (), (), described, gains, ("x",))


def loss(net: Network, batch: list[Sample]) -> float:
    total = 0.0
    for numbers, codes, gains in batch:
        candidates = tuple(Candidate(0, Span(i, i + 1)) for i in range(len(gains)))
        described = Described(candidates, numbers, codes, np.full(len(gains), -1))
        chance = np.exp(net.scores(described).astype(np.float64))
        total -= float(np.log((chance * gains).sum() / chance.sum()))
    return total / len(batch)


def test_gradients_are_those_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.train.reader.DROPPED", 0.0)
    monkeypatch.setattr("rag.train.reader.LEFT_OUT", 0.0)
    batch = [
        (e.described.numbers, e.described.codes, e.gains) for e in (example(6, 2), example(9, 0))
    ]
    # Large parts, so that the difference is one of the loss and not of rounding.
    shapes = [(len(NUMBERS), 49), (CODES_END, 49), (49,), (48, 24), (24,), (24,)]
    parts: list[Floats] = [RNG.normal(0, 0.1, s).astype(np.float32) for s in shapes]
    mean, scale = np.zeros(len(NUMBERS), np.float32), np.ones(len(NUMBERS), np.float32)
    gradients = _gradients(parts, batch, mean, scale, RNG)
    for part, gradient in zip(parts, gradients, strict=True):
        place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        before, step = part[place], 1e-2
        part[place] = before + step
        high = loss(Network(mean, scale, *parts), batch)
        part[place] = before - step
        low = loss(Network(mean, scale, *parts), batch)
        part[place] = before
        assert (high - low) / (2 * step) == pytest.approx(gradient[place], rel=0.1)


def test_a_network_learns_what_stands_out() -> None:
    net = train_network([example(12, i % 12) for i in range(480)])
    unseen = [example(12, i) for i in range(12)]
    right = [int(net.scores(e.described).argmax()) == int(e.gains.argmax()) for e in unseen]
    assert sum(right) >= 8


def test_the_shipped_networks_fit_the_features() -> None:
    for language in ("ko", "en"):
        assert np.isfinite(scores_of(networks(language), example(5, 1).described)).all()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_shipped_trees_fit_the_features(language: str) -> None:
    assert trees_of(language).names == TREE_FEATURES
    assert trees_of(language).slope > 0


def test_trees_reorder_only_the_best() -> None:
    described = example(60, 3).described
    scores = RNG.normal(size=60).astype(np.float32)
    added = bonus(trees_of("ko"), described, scores)
    order = np.argsort(-scores, kind="stable")
    assert (added[order[:BEST]] > 0).sum() > BEST / 2
    assert (added[order[BEST:]] == 0).all()
    after = np.argsort(-(scores + added), kind="stable")
    assert set(after[:BEST]) == set(order[:BEST])
    assert list(after[BEST:]) == list(order[BEST:])
    assert bonus(trees_of("ko"), example(1, 0).described, scores[:1]) == 0


def test_trees_learn_what_stands_out_and_weigh_what_they_are_worth() -> None:
    trees = train_trees([example(12, i % 12) for i in range(240)])
    unseen = [example(12, i) for i in range(12)]
    blind = np.zeros(12, dtype=np.float32)
    told = [bonus(trees, e.described, blind) for e in unseen]
    right = [int(b.argmax()) == int(e.gains.argmax()) for e, b in zip(unseen, told, strict=True)]
    assert sum(right) >= 8
    assert heaviest([(e, blind, b) for e, b in zip(unseen, told, strict=True)]) > 0
    assert heaviest([(e, e.gains, -b) for e, b in zip(unseen, told, strict=True)]) == 0


def test_a_logistic_regression_separates() -> None:
    rows = RNG.normal(size=(400, 3))
    labels = rows[:, 1] > 0
    model = fit_logistic(rows, labels, equal_weights(labels, np.array(["ko", "en"] * 200)))
    said = np.array([model.probability(row) for row in rows]) > 0.5
    assert (said == labels).mean() > 0.95


def test_what_refuses_in_korean_is_learned_from_a_few_features() -> None:
    rows = np.abs(RNG.normal(size=(400, len(FEATURES))))
    covered, chance = FEATURES.index("told_coverage"), FEATURES.index("chance")
    by_chance, by_coverage = rows[:, chance] > 0.6, rows[:, covered] > 0.6
    models = learn(
        *(Rows(language, rows, by_chance, by_coverage) for language in ("ko", "en")),
        Rows("across", rows, rows[:, FEATURES.index("coverage")] > 0.6, by_coverage),
    )
    low, high = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    high[covered] = 2
    assert models["ko"].probability(high) > 0.9 > 0.1 > models["ko"].probability(low)
    high = np.zeros(len(FEATURES))
    high[chance] = 2
    assert models["ko"].probability(high) == models["ko"].probability(low)
    assert models["en"].probability(high) > 0.9 > 0.1 > models["en"].probability(low)
    low[FEATURES.index("few_terms")] = 1
    high = np.zeros(len(FEATURES))
    assert models["ko"].probability(low) < models["ko"].probability(high)


def test_answers_are_compared_as_the_official_measures_do() -> None:
    assert gain("the Nile", ["Nile."], characters=False) == 1
    assert gain("2041년 3월", ["2041년"], characters=True) == 0.2  # F1 .77
    assert gain("Oslo", ["Bergen"], characters=False) == 0
    assert overlap("강릉 바다", "강릉바다", characters=True) == 1
    assert overlap("", "", characters=True) == 0
