"""Negations belong to what they negate, directions to their dimension."""

from __future__ import annotations

import pytest

from rag.facts import Facts, facts, is_time
from rag.text.morphemes import analyse


def read(text: str) -> Facts:
    return facts(text, analyse(text))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("르쿤은 회사를 떠나지 않았다.", "떠나다"),
        ("문제가 없었다.", "문제"),
        ("합류를 못 막았다.", "막다"),
        ("설명이 이해가 안 되는 평점이다.", "이해"),
        ("불편한 점이 없었다.", "불편"),
        ("떠나지 못한 사람", "떠나다"),
        ("유용한 것이 아닙니다.", "유용"),
        ("떠나지 마라.", "떠나다"),
        ("He did not leave Meta.", "leav"),
        ("He left without help.", "help"),
        ("It isn't a capital.", "capit"),
    ],
)
def test_the_negated_word(text: str, key: str) -> None:
    assert key in read(text).negated
    assert key not in read(text).plain


@pytest.mark.parametrize(
    "text", ["떠나지 않을 수 없었다.", "결국 떠나고 말았다.", "He left not only Meta but Paris."]
)
def test_what_is_not_negated_in_the_end(text: str) -> None:
    assert not read(text).negated


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("물가가 상승했다.", "물가가 내렸다."),
        ("Sales rose.", "Sales declined."),
        ("정부는 찬성했다.", "정부는 반대했다."),
        ("The team won.", "The team lost."),
        ("물가가 올랐다.", "Prices fell."),
    ],
)
def test_opposites_are_sides_of_one_dimension(one: str, two: str) -> None:
    first, second = read(one).sides, read(two).sides
    assert any(first[d].isdisjoint(second[d]) for d in first.keys() & second.keys())


def test_words_alike_take_one_side() -> None:
    [(dimension, side)] = read("물가가 상승했다.").sides.items()
    assert read("물가가 올랐다.").sides[dimension] == side
    assert not is_time(dimension)


def test_a_negated_direction_takes_no_side() -> None:
    assert not read("물가가 상승하지 않았다.").sides


def test_dimensions_of_time() -> None:
    assert any(is_time(d) for d in read("작년 물가가 올랐다.").sides)
