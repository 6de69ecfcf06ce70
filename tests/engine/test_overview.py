"""What is answered where no fact is asked: an overview, or a courtesy."""

from __future__ import annotations

import pytest

from rag.engine import Engine
from rag.types import Answer, NewDocument, Turn
from tests.engine.test_ask import MOON, check_answer
from tests.generate.scripted import Scripted, Seen, answering

ABOUT = {"ko": "이 문서들은 무슨 내용이야?", "en": "What are these documents about?"}
WORDY = (
    "It was a long day for everyone. The harbour of Lindholm is closed. The ferries of Lindholm "
    "wait in the closed harbour. Nobody knows why. Lindholm has no other harbour for its ferries."
)


def documents_of(answer: Answer) -> list[str]:
    return [citation.source for citation in answer.citations]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_overview_quotes_every_article(seeded: Engine, language: str) -> None:
    answer = seeded.ask(ABOUT[language])
    check_answer(answer, seeded)
    assert (answer.status, answer.reason, answer.language) == ("answered", None, language)
    assert sorted(documents_of(answer)) == sorted(d.source for d in seeded.documents().documents)
    assert answer.short_answer is None
    assert "of 2" not in answer.answer


def test_it_tells_what_comes_back_in_the_beginning(seeded: Engine) -> None:
    answer = seeded.ask(ABOUT["en"], documents=[NewDocument(WORDY)])
    cited = [citation.cited_text for citation in answer.citations]
    assert len(cited) == 3
    assert all("Lindholm" in sentence for sentence in cited)
    spans = [citation.source_span for citation in answer.citations]
    assert spans == sorted(spans)


@pytest.mark.parametrize(("language", "note"), [("ko", "문서 5건 가운데 3건"), ("en", "3 of 5")])
def test_it_says_of_how_many_documents_it_is(engine: Engine, language: str, note: str) -> None:
    engine.add([NewDocument(f"{n}호 보고서다. {MOON}", source=f"{n}.txt") for n in range(5)])
    answer = engine.ask(ABOUT[language])
    check_answer(answer, engine)
    assert documents_of(answer) == ["0.txt", "1.txt", "2.txt"]
    assert note in answer.answer
    assert [p.source for p in answer.passages] == [f"{n}.txt" for n in range(5)]
    assert len(engine.ask(ABOUT[language], top_k=2).passages) == 2


def test_filters_and_collections_hold(engine: Engine) -> None:
    engine.create_collection("other")
    engine.add(
        [
            NewDocument(MOON, source="a.txt", metadata={"year": 2041}),
            NewDocument(WORDY, source="b.txt", metadata={"year": 2020}),
            NewDocument(WORDY, source="c.txt", collection="other"),
        ]
    )
    assert set(documents_of(engine.ask(ABOUT["ko"], filters={"year": 2020}))) == {"b.txt"}
    assert set(documents_of(engine.ask(ABOUT["ko"], collection="other"))) == {"c.txt"}
    assert set(documents_of(engine.ask(ABOUT["ko"]))) == {"a.txt", "b.txt"}


def test_nothing_stored_is_no_evidence(engine: Engine) -> None:
    answer = engine.ask(ABOUT["en"])
    assert (answer.status, answer.reason, answer.passages) == ("abstained", "no_evidence", ())


def test_a_model_is_shown_every_beginning(seeded: Engine) -> None:
    def summing_up(seen: Seen) -> str:
        return f"르쿤이 회사를 떠나기로 했다 [{seen.tag_of('떠나기로')}]."

    with answering(seeded, Scripted(summing_up)):
        answer = seeded.ask(ABOUT["ko"])
    assert answer.status == "answered"
    assert len({passage.document_id for passage in answer.passages}) == 2
    assert answer.short_answer is None


@pytest.mark.parametrize(
    ("text", "told"),
    [("고마워요!", "문서에 대해 궁금한 점"), ("thanks", "Ask about the documents")],
)
def test_a_courtesy_is_no_question(seeded: Engine, text: str, told: str) -> None:
    history = [Turn("user", "Who left Meta?"), Turn("assistant", "Yann LeCun left it [1].")]
    with answering(seeded, Scripted(lambda seen: "unreachable")) as model:
        answer = seeded.ask(text, history=history)
    check_answer(answer, seeded)
    assert (answer.status, answer.reason) == ("abstained", "off_topic")
    assert answer.answer.startswith(told)
    assert answer.passages == ()
    assert answer.standalone_question == text
    assert model.calls == []
