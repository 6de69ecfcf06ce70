"""Questions that lean on the conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followup import standalone
from rag.types import Turn


def talk(*messages: str) -> list[Turn]:
    return [Turn("assistant" if i % 2 else "user", text) for i, text in enumerate(messages)]


WANG = talk("알렉산드르 왕이 설립한 회사는 어디야?", "알렉산드르 왕은 스케일AI의 설립자입니다 [1].")
HEAD = talk("Who leads the lab?", "Alexandr Wang leads it [1].")
GOOGLE = talk("구글의 대표는 누구야?", "순다르 피차이입니다 [1].")
HARBOUR = talk("부산항을 누가 열었어?", "이순신이 열었습니다 [1].")
OBSERVATORY = talk("Who founded the Halden Observatory?", "Ingrid Solheim founded it [1].")
SALES = talk("How many cars did Northwind sell in 2010?", "It sold 4,000 [1].")
LECUN = talk("얀 르쿤은 누구야?", "과학자입니다 [1].")
LEFT = talk("누가 애플을 떠났어?", "김서연입니다 [1].")
SALES_KO = talk("한빛전자는 2010년에 몇 명을 뽑았어?", "300명을 뽑았습니다 [1].")


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (WANG, "그 회사는 언제 출범했어?", "스케일AI는 언제 출범했어?"),
        (WANG, "언제 출범했어?", "스케일AI 언제 출범했어?"),
        (WANG, "언제?", "알렉산드르 왕이 설립한 회사는 스케일AI 언제야?"),
        (HARBOUR, "언제?", "부산항을 이순신이 언제 열었어?"),
        (HARBOUR, "왜요?", "부산항을 이순신이 왜 열었어?"),
        (OBSERVATORY, "When?", "When Ingrid Solheim founded the Halden Observatory?"),
        (OBSERVATORY, "And why?", "why Ingrid Solheim founded the Halden Observatory?"),
        (OBSERVATORY, "Where was she born?", "Where was Ingrid Solheim born?"),
        (SALES, "Why?", "Why How many cars did Northwind sell in 2010?"),
        (WANG, "그럼 대표는?", "스케일AI 대표는?"),
        (HEAD, "And how old is he?", "how old is Alexandr Wang?"),
        (HEAD, "What is his job?", "What is Alexandr Wang's job?"),
        (GOOGLE, "메타는?", "메타의 대표는 누구야?"),
        (GOOGLE, "그럼 메타는?", "메타의 대표는 누구야?"),
        (SALES, "What about 2012?", "How many cars did Northwind sell in 2012?"),
        (SALES, "And in 2012?", "How many cars did Northwind sell in 2012?"),
        (SALES_KO, "2012년에는?", "한빛전자는 2012년에 몇 명을 뽑았어?"),
        (WANG, "메타는 언제 설립됐어?", "메타는 언제 설립됐어?"),
        (LECUN, "그는 언제 메타에 합류했어?", "얀 르쿤은 언제 메타에 합류했어?"),
        (LECUN, "그가 떠난 이유는?", "얀 르쿤이 떠난 이유는?"),
        (LECUN, "누가 그를 이끌어?", "누가 얀 르쿤을 이끌어?"),
        (LECUN, "그와 일한 사람은?", "얀 르쿤과 일한 사람은?"),
        (LECUN, "그의 나이는?", "얀 르쿤의 나이는?"),
        (LEFT, "구글은?", "누가 구글을 떠났어?"),
        (LEFT, "네이버는?", "누가 네이버를 떠났어?"),
        ([], "그 회사는 언제 출범했어?", "그 회사는 언제 출범했어?"),
    ],
)
def test_standalone(history: list[Turn], question: str, expected: str) -> None:
    assert standalone(question, history) == expected


def test_a_question_may_lean_on_one_that_leans_itself() -> None:
    history = [*SALES, *talk("What about 2012?", "It sold 5,000 [1].")]
    assert standalone("And in 2014?", history) == "How many cars did Northwind sell in 2014?"


def test_a_pasted_book_is_not_read_to_its_end() -> None:
    book = "얀 르쿤은 과학자이다. " * 500_000
    assert standalone("그는 누구야?", talk(book, book)) == "얀 르쿤은 누구야?"


def test_a_common_noun_is_asked_of_the_subject_and_a_name_in_its_place() -> None:
    assert standalone("본사는?", GOOGLE) == "구글 본사는?"
    assert standalone("애플은?", GOOGLE) == "애플의 대표는 누구야?"


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20))
def test_any_history_is_survived(messages: list[str], question: str) -> None:
    assert standalone(question, []) == question
    assert isinstance(standalone(question, talk(*messages)), str)
