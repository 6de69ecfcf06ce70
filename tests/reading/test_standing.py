"""Rows and their headers, answers and the questions above them, fields and their labels."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.measure import measure_of
from rag.question import understand
from rag.standing import PLAIN, cells, column_at, standings
from rag.types import Sentence, Span

ASKING = {
    "when": "언제 열렸어?",
    "where": "어디서 열렸어?",
    "who": "누가 말했어?",
    "what": "무엇이 있어?",
    "weight": "How much does it weigh?",
}
LINES = st.sampled_from(
    ["| a | b |", "|---|---|", "왜 그럴까?", "Yes.", "일시: 오늘", "", "## 제목", "그냥 글이다."]
)


def lines_of(text: str) -> list[Sentence]:
    return [
        Sentence(Span(*m.span()), "heading" if m[0].startswith("#") else "body", "ko")
        for m in re.finditer(r"[^\n]+", text)
    ]


def test_rows_borrow_their_header() -> None:
    text = "| 사유 | 일수 |\n|---|:--:|\n| 결혼 | 5일 |\n글이다.\n| 홀로 | 선 줄 |"
    header, rule, row, prose, alone = standings(text, lines_of(text))
    assert header.asks
    assert rule.asks
    assert (row.lender, row.header, row.asks) == (0, ("사유", "일수"), False)
    assert prose == PLAIN
    assert (alone.lender, alone.asks) == (None, False)
    assert cells("| 결혼 | 5일 |") == ("결혼", "5일")
    assert column_at("| 결혼 | 5일 |", 7) == 1


def test_answers_borrow_their_question_up_to_the_next() -> None:
    text = "**How?**\nLike this.\nAnd so.\n## Else\nNot this.\nIt asks why? Then tells."
    how, this, so, heading, other, inside = standings(text, lines_of(text))
    assert how.asks
    assert [this.lender, so.lender, heading.lender, other.lender] == [0, 0, None, None]
    assert not inside.asks


@pytest.mark.parametrize(
    ("line", "kind", "fits"),
    [
        ("일시: 2026년 4월 9일", "when", True),
        ("- **장소**: 대회의실", "where", True),
        ("Location: Hall 3", "where", True),
        ("Location: Hall 3", "when", False),
        ("시행일: 3월 1일", "when", True),
        ("Weight: 1.2 kg", "weight", True),
        ("Price: $12", "weight", False),
        ("그는 말했다: 간다", "who", False),
        ("https://a.example", "what", False),
    ],
)
def test_labels(line: str, kind: str, fits: bool) -> None:
    [standing] = standings(line, lines_of(line))
    assert standing.fits(understand(ASKING[kind])) is fits


def test_a_long_rule_is_told_in_one_pass() -> None:
    text = "|" + "-" * 200_000 + "x\n|" + "-" * 200_000 + "|"
    row, rule = standings(text, lines_of(text))
    assert row.asks  # a header, as a rule follows
    assert rule.asks
    assert standings("ΑΣ: ΑΣ", lines_of("ΑΣ: ΑΣ"))[0].value == 4


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_a_lender_stands_before_and_answers_nothing_itself(text: str) -> None:
    found = standings(text, lines_of(text))
    assert len(found) == len(lines_of(text))
    for place, standing in enumerate(found):
        if standing.lender is not None:
            assert standing.lender < place
            assert found[standing.lender].asks


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("How long is the warranty?", "three years|an hour|2.5 years|25 miles", "defects|64"),
        ("수습 기간은 얼마나 돼?", "석 달|3개월|사흘|47분간|2년 반", "달|달 동안|50만 원"),
        ("재택근무는 몇 번 할 수 있어?", "두 번|3회", "두 명"),
        ("인사팀 내선 번호가 뭐야?", "4821|02-123-4567", "김도윤"),
        ("탑의 높이는?", "324m|약 300미터", "1889년"),
        ("몇 시에 출발해?", "오전 8시 30분|18시|10:30", "28일 오전 8시|8시간"),
        ("What time does it open?", "9 a.m.|10:30 am|noon", "9 days"),
        ("How heavy is it?", "12 kg|two tons", "12 km"),
    ],
)
def test_measures(question: str, right: str, wrong: str) -> None:
    measure = measure_of(question)
    assert measure is not None
    assert [text for text in right.split("|") if not measure.fullmatch(text)] == []
    assert [text for text in wrong.split("|") if measure.fullmatch(text)] == []


def test_most_questions_ask_for_no_measure() -> None:
    assert measure_of("Who founded it?") is None
    assert measure_of("기간은 언제부터 언제까지인가?") is None


def test_a_reason_far_behind_the_question_for_it_borrows_its_words() -> None:
    why, far = "그는 왜 떠났을까?", ["그냥 글이다."] * 6
    text = "\n".join(
        [why, "## 제목", *far, "돈 때문에 떠난 것은 아니다.", "생각이 다르기 때문이다.", *far]
    )
    borrowed = [s.lender for s in standings(text, lines_of(text))]
    assert [i for i, lender in enumerate(borrowed) if lender is not None] == [9]
    other = text.replace(why, "그는 언제 떠났을까?")
    assert not any(s.lender is not None for s in standings(other, lines_of(other)))


@pytest.mark.parametrize(
    ("sentence", "gives"),
    [
        ("It was not because of the money.", False),
        ("This happened because nobody asked.", True),
        ("The delay was due to the storm.", True),
        ("The dam was built in 1960.", False),
    ],
)
def test_what_gives_a_reason(sentence: str, gives: bool) -> None:
    text = f"Why did he leave?\n## Later\n{sentence}"
    assert (standings(text, lines_of(text))[2].lender == 0) is gives
