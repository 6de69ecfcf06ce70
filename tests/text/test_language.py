"""Which language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("르쿤은 2013년 메타에 합류했다.", "ko"),
        ("OpenAI의 GPT-4o와 Anthropic의 Claude Sonnet", "ko"),
        (
            "Wang은 Scale AI의 전 CEO인 Nat Friedman과 함께 GitHub 팀을 이끌었다고 NYT가 밝혔다.",
            "ko",
        ),
        ("서양 철학(西洋哲學)", "ko"),
        ("ㅋㅋㅋ", "ko"),
        ("The New York Times reported on the 14th.", "en"),
        ("President Lee Jae-myung (이재명) spoke in Seoul (서울).", "en"),
        ("Who is 얀 르쿤?", "en"),
        ("What is 월드 모델?", "en"),
        ("얀 르쿤은 who인가요?", "ko"),
        ("MSL 책임자는?", "ko"),
        ("西洋哲學", "und"),
        ("これはペンです。AIの話。", "und"),
        ("Это предложение.", "und"),
        ("2013. 5. 1.", "und"),
        ("🎉", "und"),
        ("", "und"),
    ],
)
def test_detect(text: str, language: str) -> None:
    assert detect(text) == language


def test_a_word_of_a_million_letters_is_read_once() -> None:
    assert detect("a" * 1_000_000) == "en"
    assert detect("가 " + "a" * 1_000_000 + "의") == "ko"


@settings(deadline=None)
@given(st.text())
def test_always_one_of_three(text: str) -> None:
    assert detect(text) in {"ko", "en", "und"}
