"""Names meet by their sound, in both scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.phonetic import hangul_skeleton, latin_skeletons


@pytest.mark.parametrize(
    ("hangul", "skeleton"),
    [("르쿤", "LKN"), ("저커버그", "JKPK"), ("알렉산드르", "LKSNTL"), ("왕", "N"), ("아이오", "")],
)
def test_skeletons_of_hangul(hangul: str, skeleton: str) -> None:
    assert hangul_skeleton(hangul) == skeleton


@pytest.mark.parametrize(
    ("latin", "hangul"),
    [
        ("LeCun", "르쿤"),
        ("Zuckerberg", "저커버그"),
        ("Friedman", "프리드먼"),
        ("Hinton", "힌튼"),
        ("Washington", "워싱턴"),
        ("Dostoevsky", "도스토옙스키"),
        ("Müller", "뮐러"),
    ],
)
def test_a_name_is_found_by_its_sound(latin: str, hangul: str) -> None:
    assert hangul_skeleton(hangul) in dict(latin_skeletons(latin))


@pytest.mark.parametrize(("latin", "hangul"), [("LeCun", "저커버그"), ("Hinton", "벤지오")])
def test_other_names_are_not(latin: str, hangul: str) -> None:
    assert hangul_skeleton(hangul) not in dict(latin_skeletons(latin, 8))


@given(st.text(max_size=40))
def test_any_text_has_skeletons_or_none(text: str) -> None:
    assert set(hangul_skeleton(text)) <= set("KTPJSHMNL")
    found = latin_skeletons(text)
    assert len(found) <= 4
    assert all(skeleton and 0 < chance <= 1.001 for skeleton, chance in found)


def test_an_inner_capital_begins_a_word() -> None:
    assert hangul_skeleton("깃허브") in dict(latin_skeletons("GitHub"))
