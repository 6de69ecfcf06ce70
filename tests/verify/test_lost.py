"""What only the claim says is told by its words; nothing is told where nothing was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.lost import PLACES, Lost, load, meanings, morphemes, save
from rag.statement import Words, state
from rag.train.lost import learn, onehot, scores

TALL, TALLEST, HOUSE = state(["그 탑은 높다.", "그 탑만 가장 높다.", "그 집은 낮다."])


@pytest.fixture
def words() -> Words:
    random = np.random.default_rng(0)
    return Words(lambda texts: random.normal(size=(len(texts), 4)).astype(np.float32))


def lost() -> Lost:
    return Lost(np.full(PLACES, -1.0), np.ones(12), (0.5, 0.25))


def test_more_is_missing_where_more_is_said() -> None:
    assert morphemes(TALLEST, [TALL]) - morphemes(TALL, [TALL])
    assert morphemes(TALL, [HOUSE]) != morphemes(TALL, [TALL])


def test_one_sentence_of_a_run_is_enough() -> None:
    assert morphemes(TALL, [HOUSE, TALL]) == morphemes(TALL, [TALL])


def test_held_words_have_no_missing_meaning(words: Words) -> None:
    assert not meanings(TALL, [TALL], words).any()
    assert meanings(TALL, [HOUSE], words).any()
    assert meanings(TALL, state([""]), words).shape == (12,)


def test_a_figure_written_otherwise_is_not_missing(words: Words) -> None:
    short, long = state(["매출은 1.2조 원이다.", "매출은 1조 2천억 원이다."])
    assert morphemes(short, [long]) == morphemes(short, [short])
    assert not meanings(short, [long], words).any()


def test_another_script_is_left_alone(words: Words) -> None:
    [english] = state(["The tower is tall."])
    assert lost()(english, [TALL], words) == [0.0, 0.0]


def test_it_is_read_as_it_was_written(tmp_path: Path, words: Words) -> None:
    save(lost(), tmp_path / "lost.npz")
    found = load(tmp_path / "lost.npz")(TALLEST, [TALL], words)
    assert found == pytest.approx(lost()(TALLEST, [TALL], words), abs=1e-3)


def test_what_comes_in_only_with_false_claims_is_learned(words: Words) -> None:
    pairs = [(TALL, TALL), (TALLEST, TALL), (HOUSE, HOUSE), (TALLEST, HOUSE)] * 10
    places = onehot(morphemes(claim, [evidence]) for claim, evidence in pairs)
    vectors = np.stack([meanings(claim, [evidence], words) for claim, evidence in pairs])
    labels = np.array([1.0, 0.0] * 20)
    made = learn(places, vectors, labels, np.ones(40))
    told = scores(made, places, vectors)
    assert told[labels > 0].min(axis=0)[0] > told[labels == 0].max(axis=0)[0]
    assert told[1] == pytest.approx(made(TALLEST, [TALL], words))
