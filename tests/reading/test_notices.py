"""Notices and programmes: dates with two ends, columns, names, and reasons behind a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.engine import Engine, open_engine
from rag.profile import load_profile
from rag.types import NewDocument

LETTER = """행복아파트 8월 소식지

엘리베이터 교체 공사 안내

101동과 102동의 엘리베이터를 교체합니다. 공사 기간은 8월 4일부터 8월 22일까지입니다. 거동이 불편한
분은 관리사무소(02-555-1234)로 연락하시면 도우미를 보내 드립니다.

수영장은 왜 문을 닫았나요?

많은 주민이 물어보셨습니다. 지난달 정화 장치가 고장 나 수질 기준을 맞추지 못했기 때문입니다.
이용료는 어른 3,000원, 어린이 1,500원으로 그대로입니다.

충전기가 늘어납니다

김민수 회장은 “전기차 충전기는 내년 봄까지 12대로 늘리겠다”고 말했습니다.
"""
OFFSITE = """# Team offsite: practical notes

The offsite takes place in Porto from 14 to 17 October. We stay at Hotel Miramar, near the beach.
The booking office is open from 3 May until 9 September.

| Day | Morning | Evening |
|---|---|---|
| Tuesday | Arrival | Dinner at Casa Lima |
| Wednesday | Planning workshop, led by Rosa Klein | Fado concert |
| Thursday | Boat trip | Free |

The budget is 18,500 euros, of which 9,200 go to the hotel.
"""


@pytest.fixture(scope="module")
def notices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("notices")
    profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
    with open_engine(profile, write=True) as engine:
        engine.add(
            [NewDocument(LETTER, source="소식지.txt"), NewDocument(OFFSITE, source="offsite.md")]
        )
        yield engine


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("엘리베이터 교체 공사는 언제 끝나?", "8월 22일"),
        ("엘리베이터 교체 공사는 언제 시작해?", "8월 4일"),
        ("엘리베이터 공사 기간은 언제야?", "8월 4일부터 8월 22일까지"),
        ("관리사무소 전화번호는?", "02-555-1234"),
        ("어린이 수영장 요금은 얼마야?", "1,500원"),
        ("회장 이름이 뭐야?", "김민수"),
        ("Where is the offsite?", "Porto"),
        ("When is the offsite?", "14 to 17 October"),
        ("When does the booking office close?", "9 September"),
        ("When does the booking office open?", "3 May"),
        ("Who leads the planning workshop?", "Rosa Klein"),
        ("What happens on Wednesday evening?", "Fado concert"),
        ("What happens on Wednesday morning?", "Planning workshop"),
        ("What is the budget?", "18,500 euros"),
    ],
)
def test_short_answers(notices: Engine, question: str, short: str) -> None:
    answer = notices.ask(question)
    assert answer.status != "abstained"
    assert answer.short_answer == short


def test_the_question_above_leads_to_the_reason(notices: Engine) -> None:
    for question in ("수영장은 왜 닫았어?", "Why was the swimming pool closed?"):
        assert "정화 장치가 고장" in notices.ask(question).citations[0].cited_text


def test_a_text_named_as_markdown_is_read_as_markdown(notices: Engine) -> None:
    titles = {d.source: d.title for d in notices.documents().documents}
    assert titles["offsite.md"] == "Team offsite: practical notes"
    asked = "Where is the offsite?"
    inline = notices.ask(asked, documents=[NewDocument(OFFSITE, source="offsite.md")])
    assert inline.short_answer == "Porto"


@pytest.mark.parametrize("question", ["헬스장은 몇 시에 열어?", "Who pays for lunch?"])
def test_what_is_not_told_is_refused(notices: Engine, question: str) -> None:
    assert notices.ask(question).status == "abstained"
