"""Asking: citations, refusals, follow-ups, inline documents, bad questions."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.engine import Engine
from rag.errors import InputError, NotFoundError, TooLargeError
from rag.evaluate import evaluate
from rag.resources import bundled
from rag.types import Answer, NewDocument, Turn
from tests.support.paths import QUESTIONS

MOON = (
    "달 기지는 2041년 3월에 문을 열었다. 기지의 책임자는 오수빈 박사이다. "
    "기지에는 대원 12명이 산다."
)


def check_answer(answer: Answer, engine: Engine) -> None:
    """What every answer promises."""
    assert 0.0 <= answer.confidence <= 1.0
    if answer.status == "abstained":
        assert not answer.citations
        assert answer.reason
        assert answer.answer
        return
    assert answer.citations
    for citation in answer.citations:
        document = engine.document(citation.document_id)
        assert citation.source_span.of(document.text) == citation.cited_text
        assert citation.answer_span.of(answer.answer) == citation.cited_text
        assert answer.answer[citation.answer_span.end :].startswith(f" [{citation.marker}]")
        assert citation.verified
    if answer.short_answer:
        assert answer.short_answer in answer.citations[0].cited_text


def test_the_seed_questions(seeded: Engine) -> None:
    report = evaluate(seeded, [QUESTIONS])
    assert report.total.questions == 24
    assert report.total.correct >= 19
    assert report.total.hallucinated == 0
    assert report.total.exact == report.total.quotes > 0
    for outcome in report.outcomes:
        check_answer(outcome.answer, seeded)


def test_furniture_is_never_cited_nor_found(seeded: Engine) -> None:
    for question in (
        "김종찬",
        "kimjc00@hanmail.net 은 누구의 주소인가?",
        "작가의 이전글은 무엇인가?",
        "brunch keyword superintelligence computer code Behemoth",
        "사진=씨넷",
    ):
        answer = seeded.ask(question, top_k=50)
        told = [c.cited_text for c in answer.citations] + [p.text for p in answer.passages]
        for furniture in ("김종찬", "hanmail", "작가의 이전글", "brunch", "사진=", "keyword"):
            assert not [text for text in told if furniture in text], (question, furniture)


def test_both_seed_languages_are_known(seeded: Engine) -> None:
    languages = {d.source[:3]: d.languages for d in seeded.documents().documents}
    assert languages == {"000": ("ko",), "003": ("en", "ko")}
    titles = {d.source[:3]: d.title for d in seeded.documents().documents}
    assert titles["003"] == "메타초지능개발 '실패' 오픈AI 폐쇄 '전환' 한국AI강국 '타격'"


def test_a_refusal_is_in_the_language_of_the_question(seeded: Engine) -> None:
    korean = seeded.ask("오늘 서울 날씨는 어때?")
    english = seeded.ask("What is the capital of Bhutan?")
    assert (korean.status, korean.language) == ("abstained", "ko")
    assert (english.status, english.language) == ("abstained", "en")
    assert "문서" in korean.answer
    assert "documents" in english.answer


def test_conflicting_ages_are_told(seeded: Engine) -> None:
    answer = seeded.ask("알렉산드르 왕의 나이는?")
    [conflict] = answer.conflicts
    assert {value.text for value in conflict.values} == {"스물 아홉살", "28"}
    assert {value.marker for value in conflict.values} <= {c.marker for c in answer.citations}


def test_inline_documents_answer_alone_and_leave_nothing(seeded: Engine) -> None:
    before = seeded.documents()
    answer = seeded.ask("달 기지의 책임자는 누구인가?", documents=[NewDocument(MOON)])
    assert answer.short_answer == "오수빈"
    assert [c.source for c in answer.citations] == ["inline-1"]
    assert answer.citations[0].source_span.of(MOON) == answer.citations[0].cited_text
    about_seed = seeded.ask("얀 르쿤은 언제 메타에 합류했나요?", documents=[NewDocument(MOON)])
    assert about_seed.status == "abstained"
    assert seeded.documents() == before


def test_too_many_or_empty_inline_documents(seeded: Engine) -> None:
    with pytest.raises(TooLargeError):
        seeded.ask("?", documents=[NewDocument(MOON)] * 101)
    with pytest.raises(InputError) as caught:
        seeded.ask("무엇?", documents=[NewDocument(MOON), NewDocument("  ")])
    assert caught.value.param == "documents.1.text"


@pytest.mark.parametrize(
    "question",
    ["", "   \n", "\ud800", "가" * 8001, "\u200b"],
    ids=["empty", "spaces", "lone surrogate", "too long", "invisible"],
)
def test_questions_that_are_none(seeded: Engine, question: str) -> None:
    with pytest.raises(InputError):
        seeded.ask(question)


@pytest.mark.parametrize("top_k", [0, 51, -1])
def test_top_k_has_bounds(seeded: Engine, top_k: int) -> None:
    with pytest.raises(InputError) as caught:
        seeded.ask("무엇?", top_k=top_k)
    assert caught.value.param == "top_k"


def test_an_unknown_collection(seeded: Engine) -> None:
    with pytest.raises(NotFoundError):
        seeded.ask("무엇?", collection="nowhere")


def test_eight_thousand_characters_are_answered(seeded: Engine) -> None:
    text = (bundled("seeds") / "000_2a498150bfc2e870.txt").read_text(encoding="utf-8")
    check_answer(seeded.ask((text * 4)[:8000]), seeded)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=2))
def test_any_question_gets_an_answer_or_a_clear_error(
    seeded: Engine, question: str, past: list[str]
) -> None:
    history = [Turn("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(past)]
    # Any other error would end the test, those of other kinds in our own tree included.
    with suppress(InputError):
        check_answer(seeded.ask(question, history=history), seeded)


def test_explain_follows_every_passage_through_the_stages(seeded: Engine) -> None:
    answer = seeded.ask("얀 르쿤은 언제 메타에 합류했나요?", explain=True)
    assert answer.trail
    assert {step.stage for step in answer.trail} == {"dense", "lexical", "fused", "rerank", "read"}
    kept = {step.chunk_id for step in answer.trail if step.stage == "rerank" and step.kept}
    assert kept == {passage.chunk_id for passage in answer.passages}
    for passage in answer.passages:
        for stage, rank in passage.ranks.items():
            [step] = [s for s in answer.trail if (s.stage, s.chunk_id) == (stage, passage.chunk_id)]
            assert step.rank == rank
    assert seeded.ask("얀 르쿤은 언제 메타에 합류했나요?").trail is None


def test_many_threads_get_the_same_answers(seeded: Engine) -> None:
    questions = ["얀 르쿤은 언제 메타에 합류했나요?", "How much did Meta invest in Scale AI?"]
    alone = [seeded.ask(question).answer for question in questions]
    wrong: list[object] = []

    def ask(which: int) -> None:
        for _ in range(5):
            try:
                answer = seeded.ask(questions[which]).answer
            except Exception as error:
                wrong.append(error)
            else:
                if answer != alone[which]:
                    wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(n % 2,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
