"""Courtesies and wishes for an overview, told from questions."""

from __future__ import annotations

import json

import pytest

from rag.intent import intent_of
from rag.question import understand
from tests.support.paths import QUESTIONS


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요", "안녕?", "고마워 ㅎㅎ", "감사합니다!", "네, 알겠습니다.", "수고하셨습니다",
        "너는 누구야?", "Hi", "hello there!", "Thanks!!", "Thank you so much", "ok",
        "Hello, thanks", "who are you?",
    ],
)  # fmt: skip
def test_courtesies(text: str) -> None:
    assert intent_of(understand(text)) == "courtesy"


@pytest.mark.parametrize(
    "text",
    [
        "이 기사들은 무슨 내용이야?", "이 기사들은 무엇에 관한 것인가요?", "문서 요약해 줘",
        "요약 좀 해줘",
        "이 문서들의 주요 내용을 알려 주세요", "어떤 문서들이 있어?", "뭘 물어볼 수 있어?",
        "전체 내용을 간단히 정리해 주세요", "이 자료들이 다루는 주제는 무엇입니까?",
        "What are these articles about?", "What's in the documents?", "Summarize the articles",
        "Could you summarise these two articles for me?", "What topics do these texts cover?",
        "Tell me about the documents", "What documents do you have?", "What can I ask?",
        "What is this about", "Give me an overview.", "What do the articles say?",
    ],
)  # fmt: skip
def test_overviews(text: str) -> None:
    assert intent_of(understand(text)) == "overview"


@pytest.mark.parametrize(
    "text",
    [
        "감사", "누구야?", "그럼 언제?", "좋아요는 몇 개야?", "기사는 언제 나왔어?",
        "이 글을 쓴 사람은?", "기사 제목은?", "문서란 무엇인가?",
        "이 기사들은 메타에 대해 무슨 내용을 담고 있어?", "안녕, 르쿤은 언제 떠났어?",
        "hi, who founded it?", "thanks to Meta", "Why?",
        "What about 2012?", "What is news?", "When was the article published?",
        "How many documents are there?", "What do the articles say about Meta?", "",
    ],
)  # fmt: skip
def test_questions(text: str) -> None:
    assert intent_of(understand(text)) == "question"


def test_our_questions_are_questions() -> None:
    rows = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    assert {intent_of(understand(row["question"])) for row in rows} == {"question"}
