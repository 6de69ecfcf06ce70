"""What an English word can be."""

from __future__ import annotations

import pytest

from rag.text.word_classes import classes_of


@pytest.mark.parametrize(
    ("word", "likeliest"),
    [
        ("theory", "n"),
        ("theories", "n"),
        ("suggest", "v"),
        ("suggested", "v"),
        ("met", "v"),
        ("effective", "a"),
        ("stopped", "v"),
        ("immediately", "r"),
    ],
)
def test_a_word_and_its_forms(word: str, likeliest: str) -> None:
    assert classes_of(word)[0] == likeliest


def test_a_word_of_two_classes_has_both() -> None:
    assert set(classes_of("report")) == {"n", "v"}


def test_an_unknown_word_has_none() -> None:
    assert classes_of("qzx") == classes_of("") == ""
