"""Altered sentences are noticed, true ones are not doubted."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.support.articles import write_articles
from tests.support.paths import ROOT
from tests.verify.altered import Outcome, measure, pairs, texts


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    folder: Path = tmp_path_factory.mktemp("articles")
    write_articles(folder, 60)
    made_up = pairs(list(texts(folder)), 200, Random(1))
    return measure([*made_up, *pairs(list(texts(ROOT / "seeds")), 100, Random(1))])


def test_altered_sentences_are_caught(outcomes: list[Outcome]) -> None:
    assert len(outcomes) >= 150
    missed = [o.pair for o in outcomes if not o.caught]
    assert len(missed) <= 0.02 * len(outcomes), missed


def test_true_sentences_are_not_doubted(outcomes: list[Outcome]) -> None:
    doubted = [o.pair.sentence for o in outcomes if o.alarm]
    assert len(doubted) <= 0.02 * len(outcomes), doubted


def test_both_languages_are_measured(outcomes: list[Outcome]) -> None:
    languages = [o.pair.language for o in outcomes]
    assert min(languages.count("ko"), languages.count("en")) >= len(outcomes) / 4
