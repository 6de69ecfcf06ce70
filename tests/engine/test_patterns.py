"""Texts that nobody means, such as a column of digits or a page of brackets, are read, asked and
verified like any other. Whatever divides such a text in every way would never come back."""

from __future__ import annotations

import pytest

from rag.engine import Engine
from rag.types import NewDocument, Turn

PATTERNS = (
    "1, 1,1 3% $1 1: 12 1234567 1조2천억 2013년 2013.12.5 열 (가 ( [a]( [1 [1] \" ' ` * _ # | > - "
    "http://a. a@b. A AbCd Abc, A. a's 은 not 김철수 가 漢 ก ع あ <div> <a {[ & \\ … “ 「 · ~ = : "
).split()
SPACED = ("1 ", "of the ", "1 and ", "A ", "가나 ", "가. ", "| a ", "said, ", "2013년 1월 1일 ")
OTHERS = (
    "a\t",
    "a\r",
    "> ",
    "- ",
    "가\u200d",
    "a\u0301",
    "\u00a0가",
    "👩\u200d👩\u200d👧",
    "\u1100",
)
LENGTH = 600


@pytest.mark.parametrize("unit", [*PATTERNS, *SPACED, *OTHERS])
def test_any_text_is_asked_and_verified(seeded: Engine, unit: str) -> None:
    body = (unit * LENGTH)[:LENGTH]
    text = f"구글은 2013년에 시작했다. Google began in 2013. {body}"
    about = f"{body[:24]} 구글은 언제 시작했나?"
    answer = seeded.ask(about, documents=[NewDocument(text)], history=[Turn("user", body)])
    assert all(quote.verified for quote in answer.citations)
    assert seeded.ask(body + "구글?", documents=[NewDocument(text)]).question.endswith("구글?")
    found = seeded.verify(text, sources=[NewDocument(text)])
    assert found.sentences[0].verdict == "supported"
