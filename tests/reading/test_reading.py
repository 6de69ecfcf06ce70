"""Reading and refusing, through the engine and over made-up texts."""

from __future__ import annotations

import pytest

from rag.engine import Engine
from rag.question import understand
from rag.types import Answer, NewDocument

HARBOUR = (
    "누리항은 1987년 4월에 문을 열었다. 누리항의 첫 항만장은 박도윤이었다. 항구에는 크레인 24대가 "
    "있다. 2019년 태풍 때문에 방파제가 무너져 항구가 석 달 동안 닫혔다. 새 방파제는 한빛건설이 "
    "1조 2천억 원에 지었다. 방파제를 설계한 회사는 네덜란드의 델타웍스이다."
)
OBSERVATORY = (
    "The Halden Observatory was founded in 1931 by the astronomer Ingrid Solheim. Its main "
    "telescope has a mirror of four metres. Because the lights of the town grew too bright, the "
    "telescope was moved to Mount Brekke in 1968. The observatory employs 42 people. Every night "
    "its computers send the pictures to the University of Tromso."
)


def ask(seeded: Engine, question: str, *texts: str) -> Answer:
    return seeded.ask(question, documents=[NewDocument(text) for text in texts])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("누리항은 언제 문을 열었나?", "1987년 4월"),
        ("누리항의 첫 항만장은 누구인가?", "박도윤"),
        ("항구에는 크레인이 몇 대 있나?", "24대"),
        ("새 방파제를 지은 회사는 어디인가?", "한빛건설"),
        ("When was the Halden Observatory founded?", "1931"),
        ("Who founded the Halden Observatory?", "Ingrid Solheim"),
        ("How many people does the observatory employ?", "42"),
    ],
)
def test_the_sentence_and_the_short_answer(seeded: Engine, question: str, answer: str) -> None:
    told = ask(seeded, question, HARBOUR, OBSERVATORY)
    assert told.status != "abstained"
    assert answer in told.citations[0].cited_text
    assert told.short_answer is not None
    assert answer in told.short_answer


def test_a_reason_is_the_sentence_that_gives_it(seeded: Engine) -> None:
    told = ask(seeded, "왜 항구가 석 달 동안 닫혔나?", HARBOUR)
    assert "태풍 때문에" in told.citations[0].cited_text
    assert told.short_answer is None


ASKED = (
    "가온제과가 30년 만에 문을 닫는다.\n\n가온제과는 왜 갑자기 문을 닫기로 한 것일까요?\n\n"
    "달라진 입맛\n\n최근 동네에 큰 빵집이 셋 생겼다. 하지만 경쟁 때문에 닫는 것은 아니다. "
    "오히려 물려받을 사람이 없기 때문이라고 봐야 한다.\n\n가온제과는 다음 달 문을 닫는다."
)


def test_what_a_text_asks_itself_is_answered_by_the_reason_it_gives(seeded: Engine) -> None:
    told = ask(seeded, "가온제과는 왜 문을 닫아?", ASKED)
    assert told.citations[0].cited_text == (
        "하지만 경쟁 때문에 닫는 것은 아니다. 오히려 물려받을 사람이 없기 때문이라고 봐야 한다."
    )


@pytest.mark.parametrize(
    "question",
    [
        "누리항의 연간 물동량은 얼마인가?",
        "오늘 부산의 기온은 몇 도인가?",
        "Who is the mayor of Copenhagen?",
        "What is the annual budget of the Lisbon Aquarium?",
    ],
)
def test_what_the_texts_do_not_say_is_refused(seeded: Engine, question: str) -> None:
    assert ask(seeded, question, HARBOUR, OBSERVATORY).status == "abstained"


def test_a_question_without_content_has_no_confidence(seeded: Engine) -> None:
    assert ask(seeded, "?", HARBOUR).confidence == 0


def test_an_answer_is_more_probable_than_none(seeded: Engine) -> None:
    told = ask(seeded, "누리항은 언제 문을 열었나?", HARBOUR)
    missing = ask(seeded, "누리항은 언제 문을 닫나?", OBSERVATORY)
    assert told.confidence > missing.confidence


@pytest.mark.parametrize(
    ("one", "other"), [("28세", "스물여덟 살"), ("143억 달러", "$14.3 billion")]
)
def test_the_same_value_written_otherwise_is_no_conflict(
    seeded: Engine, one: str, other: str
) -> None:
    question = "김하람의 나이는?" if "세" in one else "누리항의 공사비는 얼마인가?"
    said = "김하람은 올해 {} 이다." if "세" in one else "누리항의 공사비는 {} 이다."
    assert not ask(seeded, question, said.format(one), said.format(other)).conflicts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("그 노래를 발표한 가수는?", "who"),
        ("학생 수는?", "count"),
        ("공장이 문을 연 해는?", "when"),
        ("회의가 열린 도시는?", "where"),
        ("Which king built the harbour?", "who"),
        ("In what century was it built?", "when"),
        ("What was he charged with when he was arrested?", "what"),
        ("Who ruled the town when it was at its largest?", "who"),
        ("When did the age of steam end?", "when"),
        ("Where did a large number of settlers go?", "where"),
        ("How much were the sales of the firm?", "money"),
        ("그는 어느 대학 교수인가?", "what"),
        ("이 책을 쓴 교수는?", "who"),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str) -> None:
    assert understand(question).kind == kind


def test_who_is_a_person_and_without_a_form_of_address(seeded: Engine) -> None:
    choir = "The harbour choir of Tromsø was started in 1987 by Marit Dahl. It has 31 singers."
    assert ask(seeded, "Who started the harbour choir?", choir).short_answer == "Marit Dahl"
    centre = "온실은 2031년에 문을 열었다. 온실의 책임자는 서민아 박사이다."
    assert ask(seeded, "온실의 책임자는 누구인가?", centre).short_answer == "서민아"


def test_a_quote_in_the_other_language_is_said_to_be(seeded: Engine) -> None:
    text = "얀 르쿤(Yann LeCun)은 2013년 메타(Meta)에 합류했다."
    english = ask(seeded, "When did Yann LeCun join Meta?", text)
    assert english.short_answer == "2013년"
    assert english.answer.endswith("[1] (The source quoted is in Korean.)")
    assert english.citations[0].answer_span.of(english.answer) == text
    assert not english.unsupported
    korean = ask(seeded, "얀 르쿤은 언제 메타에 합류했나?", text)
    assert korean.answer == f"{text} [1]"


def test_words_in_the_other_language_lead_to_the_answer_beside_them(seeded: Engine) -> None:
    text = "홀름은 1971년 오슬로에서 태어났다. 홀름은 2013년 메타에 합류한 뒤 2019년 떠났다."
    told = ask(seeded, "When did Lars Holm join Meta?", text)
    assert told.short_answer == "2013년"


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "지하철 요금은 얼마로 오르나?",
            "지하철 요금이 1,400원에서 1,600원으로 오른다.",
            "1,600원",
        ),
        ("점심시간은 몇 분이 되나?", "점심시간이 30분에서 45분으로 늘어난다.", "45분"),
        (
            "How much will the fare be in May?",
            "The fare rises from $2.40 to $2.75 in May.",
            "$2.75",
        ),
        (
            "을은 얼마 동안 비밀을 지켜야 하나?",
            "제5조(비밀 유지) 을은 계약이 끝난 뒤에도 2년 동안 비밀을 지킨다.",
            "2년",
        ),
        ("오로라는 무슨 색인가?", "오로라는 초록색이다.", "초록색"),
        (
            "How long does the pie keep?",
            "The pie keeps for three days in the fridge.",
            "three days",
        ),
    ],
)
def test_what_is_measured_and_what_it_becomes(
    seeded: Engine, question: str, text: str, answer: str
) -> None:
    assert ask(seeded, question, text).short_answer == answer
