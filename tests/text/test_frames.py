"""The frame of a question is blanked out, its subject is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import understand
from rag.text.frames import without_frame

FRAMED = [
    ("According to the article, who runs the lab?", "who runs the lab?"),
    ("Which of the following statements about tornadoes is not true?", "about tornadoes ?"),
    ("What is mentioned in the report as a risk of lending?", "What a risk of lending?"),
    ("기사에 따르면, 소장은 누구입니까?", ", 소장은 누구입니까?"),
    ("다음 중 부메랑에 대한 설명으로 옳은 것은 무엇인가?", "부메랑 무엇인가?"),
    ("관측소가 산에 있을 가능성이 가장 높은 이유는?", "관측소가 산에 있을 이유는?"),
]
PLAIN = [
    "얀 르쿤은 언제 메타에 합류했나요?",
    "How much did Meta invest in Scale AI?",
    "그 글씨는 누가 썼나요?",
    "지문 인식 센서는 어디에 있나요?",
    "사실혼은 무엇인가요?",
]


@pytest.mark.parametrize(("question", "subject"), FRAMED)
def test_what_a_question_says_of_itself_is_blanked_out(question: str, subject: str) -> None:
    assert " ".join(without_frame(question).split()) == subject


@pytest.mark.parametrize("question", PLAIN)
def test_a_plain_question_stays_as_it_is(question: str) -> None:
    assert without_frame(question) == question


@given(st.text(max_size=80))
def test_offsets_stay(question: str) -> None:
    bare = without_frame(question)
    assert len(bare) == len(question)
    assert all(new in (old, " ") for old, new in zip(question, bare, strict=True))


def test_a_question_that_is_all_frame_keeps_its_words() -> None:
    assert understand("According to the article?").terms
