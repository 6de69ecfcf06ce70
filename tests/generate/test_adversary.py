"""A model that lies is found out, and is believed where it tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from rag.engine import Engine, open_engine
from rag.profile import load_profile
from rag.types import NewDocument
from tests.generate.adversary import Outcome, cases, measure, own_texts, rows

ANSWERS = 200


@pytest.fixture(scope="module")
def lied_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("lied_to") / "data"
    profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
    with open_engine(profile, write=True) as opened:
        opened.add([NewDocument(text, source=str(n)) for n, text in enumerate(own_texts())])
        yield opened


@pytest.fixture(scope="module")
def outcomes(lied_to: Engine) -> list[Outcome]:
    return measure(lied_to, cases(own_texts(), ANSWERS, Random(0)))


def test_every_kind_of_lie_is_told(outcomes: list[Outcome]) -> None:
    assert len(outcomes) >= 0.95 * ANSWERS
    assert len({o.case.kind for o in outcomes}) == 9
    languages = [o.case.language for o in outcomes]
    assert min(languages.count("ko"), languages.count("en")) >= 0.4 * len(outcomes)


def test_false_sentences_are_marked(outcomes: list[Outcome]) -> None:
    missed = [o.case for o in outcomes if not o.marked_false]
    assert len(missed) <= 0.03 * len(outcomes), "\n".join(rows(outcomes))


def test_true_sentences_are_not(outcomes: list[Outcome]) -> None:
    doubted = [o.case for o in outcomes if o.marked_true]
    assert len(doubted) <= 0.03 * len(outcomes), "\n".join(rows(outcomes))
