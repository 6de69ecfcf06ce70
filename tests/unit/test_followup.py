"""Questions that lean on the conversation."""

from __future__ import annotations

import pytest

from rag.followup import standalone
from rag.types import Turn


def talk(asked: str, answered: str) -> list[Turn]:
    return [Turn("user", asked), Turn("assistant", answered)]


WANG = talk("알렉산드르 왕이 설립한 회사는 어디야?", "알렉산드르 왕은 스케일AI의 설립자입니다 [1].")
HEAD = talk("Who leads the lab?", "Alexandr Wang leads it [1].")


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (WANG, "그 회사는 언제 출범했어?", "스케일AI는 언제 출범했어?"),
        (WANG, "언제 출범했어?", "스케일AI 언제 출범했어?"),
        (HEAD, "And how old is he?", "how old is Alexandr Wang?"),
        (HEAD, "What is his job?", "What is Alexandr Wang's job?"),
        (WANG, "메타는 언제 설립됐어?", "메타는 언제 설립됐어?"),
        ([], "그 회사는 언제 출범했어?", "그 회사는 언제 출범했어?"),
    ],
)
def test_standalone(history: list[Turn], question: str, expected: str) -> None:
    assert standalone(question, history) == expected
