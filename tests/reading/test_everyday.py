"""Documents as people keep them: rules with lists and tables, questions and answers, minutes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.engine import Engine, open_engine
from rag.profile import load_profile
from rag.types import NewDocument
from tests.engine.test_ask import check_answer

RULES = """# 한빛소프트 휴가 규정

## 1. 연차 휴가
- 1년 이상 근무한 직원의 연차는 15일이며, 3년 이상 근무하면 늘어 최대 25일까지 쓸 수 있다.
- 연차는 사용하기 사흘 전까지 팀장에게 전자결재로 신청해야 한다.

## 2. 경조 휴가
| 사유 | 일수 | 경조금 |
|---|---|---|
| 본인 결혼 | 5일 | 50만 원 |
| 자녀 결혼 | 2일 | 30만 원 |
| 부모 사망 | 5일 | 100만 원 |

## 3. 재택근무
재택근무는 일주일에 두 번까지 허용된다. 단, 수습 기간 석 달 동안은 쓸 수 없다.
재택근무 중에는 오전 10시부터 오후 4시까지 메신저에 접속해 있어야 한다.
셔틀버스는 28일 오전 8시 30분에 정문에서 출발한다.
"""
ROUTER = """# AeroLink X3 router: frequently asked questions

**How do I reset the router?**
Hold the reset button on the back for ten seconds until the light blinks orange.

**How many devices can I connect?**
Up to 64 devices can be connected at the same time, but we recommend no more than 40.

**Does it support WPA3?**
Yes. WPA3 is supported from firmware 2.4 onwards; older firmware supports WPA2 only.

**What does the warranty cover?**
The warranty covers manufacturing defects for three years from the date of purchase.

**Where can I buy a spare power adapter?**
Spare adapters (12 V, 2 A) are sold in our online shop for 19 euros.
"""
FLOOD = (
    "At least 14 people have died in the floods and 37 are missing. The Tessen River "
    "burst its banks near the city of Harlow, and company Brandt Boats lent forty boats."
)
MINUTES = """4월 2주차 주간 회의록

일시: 2026년 4월 9일 오후 2시
장소: 3층 대회의실
참석자: 박지훈 팀장, 이수아, 정민재, 최유리

결제 서버 장애가 새벽 3시 20분부터 47분간 이어졌다. 원인은 인증서 만료였다.
아이폰 앱은 애플 심사가 늦어져서 일정이 정해지지 않았다. 다음 회의는 4월 16일에 열린다.
"""


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("everyday") / "data"
    profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
    with open_engine(profile, write=True) as engine:
        texts = {"rules.md": RULES, "router.md": ROUTER, "minutes.txt": MINUTES, "flood.txt": FLOOD}
        engine.add([NewDocument(text, source=name) for name, text in texts.items()])
        yield engine


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("1년 이상 근무하면 연차가 며칠이야?", "15일"),
        ("연차 신청은 언제까지 해야 하나요?", "사흘 전"),
        ("연차는 누구에게 신청해?", "팀장"),
        ("자녀 결혼 경조금은 얼마인가요?", "30만 원"),
        ("재택근무는 일주일에 몇 번 할 수 있어?", "두 번"),
        ("몇 시부터 몇 시까지 접속해야 돼?", "오전 10시부터 오후 4시까지"),
        ("셔틀버스는 몇 시에 출발해?", "오전 8시 30분"),
        ("수습 기간은 얼마나 돼?", "석 달"),
        ("How long do I hold the reset button?", "ten seconds"),
        ("How long is the warranty?", "three years"),
        ("How many devices can be connected?", "64"),
        ("How many people are missing?", "37"),
        ("Which river burst its banks?", "Tessen River"),
        ("Which city is near the river?", "Harlow"),
        ("How much is a spare adapter?", "19 euros"),
        ("회의는 어디서 했어?", "3층 대회의실"),
        ("누가 참석했어?", "박지훈"),
    ],
)
def test_short_answers(everyday: Engine, question: str, short: str) -> None:
    answer = everyday.ask(question)
    check_answer(answer, everyday)
    assert (answer.short_answer or "").startswith(short)


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("How do I reset the router?", "Hold the reset button on the back"),
        ("Does it support WPA3?", "WPA3 is supported from firmware 2.4"),
        ("Where can I buy an adapter?", "Spare adapters (12 V, 2 A) are sold"),
        ("수습 중에도 재택근무를 할 수 있어?", "재택근무"),
    ],
)
def test_the_answer_is_cited_and_not_the_question_above_it(
    everyday: Engine, question: str, cited: str
) -> None:
    answer = everyday.ask(question)
    check_answer(answer, everyday)
    assert cited in answer.citations[0].cited_text


def test_what_asks_is_never_an_answer(everyday: Engine) -> None:
    answer = everyday.ask("Who makes the router?")
    assert not any("?" in citation.cited_text for citation in answer.citations)


@pytest.mark.parametrize(
    "question", ["Does it support WPA3?", "수습 중에도 재택근무를 할 수 있어?"]
)
def test_yes_or_no_has_no_short_answer(everyday: Engine, question: str) -> None:
    assert everyday.ask(question).short_answer is None


def test_bullets_are_not_quoted(everyday: Engine) -> None:
    [citation] = everyday.ask("연차 신청은 언제까지 해야 하나요?").citations
    assert citation.cited_text.startswith("연차는 사용하기")


def test_a_reason_that_is_whole_gets_no_sentence_more(everyday: Engine) -> None:
    answer = everyday.ask("왜 아이폰 앱 일정이 정해지지 않았어?")
    assert [c.cited_text for c in answer.citations] == [
        "아이폰 앱은 애플 심사가 늦어져서 일정이 정해지지 않았다."
    ]
    both = everyday.ask("결제 서버 장애의 원인은 뭐였어?")
    assert "원인은 인증서 만료였다." in both.answer
