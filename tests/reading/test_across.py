"""Questions in one language on texts in the other: what is asked for binds, whatever the confidence
says, so these look at what is read out and not at whether it is told."""

from __future__ import annotations

import pytest

from rag.cancel import Cancel
from rag.engine import Engine
from rag.extract import read
from rag.question import understand
from rag.retrieve import retrieve
from rag.types import NewDocument

TUNNEL = (
    "The Corvane Tunnel was opened on 3 June 2006 by Mayor Louise Baker. It links the port of "
    "Corvane with the town of Eastmere. The engineer Peter Holt designed the tunnel, which cost "
    "$95 million. Some 14,000 drivers use it every day. Holt studied at Leeds University."
)
FARM = (
    "가온농장은 1994년 장태호가 세웠다. 농장에는 젖소 380마리가 있고 직원은 26명이다. 2017년 "
    "농장은 홍수로 우유의 40%를 잃었다. 새 창고를 짓는 데 15억 원이 들었다. 장태호는 전주에서 "
    "태어났다."
)


def read_out(seeded: Engine, question: str, *texts: str) -> str:
    """The short answer, told or not; "" for none."""
    asked = understand(question)
    documents = [NewDocument(text) for text in texts]
    corpus, embed, _ = seeded._corpus("default", None, documents, Cancel())
    found = retrieve(asked, embed, corpus, seeded.profile.retrieval, 8)
    reading = read(asked, found.evidence, 3)
    assert reading is not None
    first = reading.picks[0]
    return first.answer.of(first.evidence.text) if first.answer else ""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("코베인 터널은 언제 개통되었나?", "3 June 2006"),
        ("코베인 터널의 건설 비용은 얼마인가?", "$95 million"),
        ("코베인 터널을 설계한 사람은 누구인가?", "Peter Holt"),
        ("홀트는 어느 대학에서 공부했나?", "Leeds University"),
        ("When was the Gaon farm founded?", "1994년"),
        ("Who founded the Gaon farm?", "장태호"),
        ("How many employees does the farm have?", "26명"),
        ("How many cows are there on the farm?", "380마리"),
        ("What percentage of the milk was lost in the flood?", "40%"),
        ("How much did the new warehouse cost?", "15억 원"),
        ("Where was Jang Tae-ho born?", "전주"),
    ],
)
def test_what_is_asked_for_is_found(seeded: Engine, question: str, answer: str) -> None:
    assert answer in read_out(seeded, question, TUNNEL, FARM)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("코베인 터널은 어느 도시와 연결되나?", "Corvane Tunnel"),
        ("홀트는 무엇을 설계했나?", "Holt"),
        ("Where did Jang Tae-ho come from?", "장태호"),
        ("Which disaster hit the Gaon farm?", "가온농장"),
    ],
)
def test_a_name_of_the_question_is_no_answer(seeded: Engine, question: str, name: str) -> None:
    assert read_out(seeded, question, TUNNEL, FARM) not in (name, name.split()[0], "")


def test_a_date_in_the_other_language_beats_a_name_in_this_one(seeded: Engine) -> None:
    korean = "노아 베르그(Noah Berg)는 2012년 솔라리스에 합류했다."
    english = "In contrast, Noah Berg, one of the top managers of Solaris, praised the rival."
    assert read_out(seeded, "When did Noah Berg join Solaris?", korean, english) == "2012년"


def test_a_language_without_the_name_asked_for_does_not_answer(seeded: Engine) -> None:
    korean = "회사의 최고 경영자는 마크 도란이다. 최고 경영자 도란은 새 연구소를 열었다."
    english = "Rivals of the company are Norvane and Quantex, the firms that sell the same chips."
    question = "Who is the chief executive of Norvane?"
    assert "도란" not in read_out(seeded, question, korean, english)


def test_an_english_verb_is_found_though_it_is_the_past_of_another() -> None:
    from rag.bilingual import word_renderings

    assert ("세우다",) in word_renderings("found")
