"""`rag.testing`: each assertion passes what is right and names what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.engine import Engine
from rag.testing import (
    assert_abstains,
    assert_cites,
    assert_grounded,
    assert_no_unsupported_numbers,
)
from rag.types import (
    Answer,
    NewDocument,
    SourceQuote,
    Span,
    Unsupported,
    Verification,
    VerifiedSentence,
)

MOON = "달 기지는 2041년 3월에 문을 열었다. 기지의 책임자는 오수빈 박사이다."
QUESTION = "달 기지의 책임자는 누구인가?"


@pytest.fixture(scope="module")
def answer(seeded: Engine) -> Answer:
    return seeded.ask(QUESTION, documents=[NewDocument(MOON, source="moon")])


@pytest.fixture(scope="module")
def refusal(seeded: Engine) -> Answer:
    return seeded.ask("서울의 인구는?", documents=[NewDocument(MOON, source="moon")])


def failure(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(AssertionError) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    return " ".join(str(caught.value).split())


def test_a_cited_answer_is_grounded(answer: Answer) -> None:
    assert_grounded(answer)
    assert_cites(answer, source="moon")
    assert_cites(answer, source=answer.citations[0].document_id, quote="오수빈")


def test_a_sentence_without_a_citation_is_not(answer: Answer) -> None:
    told = failure(assert_grounded, replace(answer, answer=answer.answer + " 달은 치즈이다. [2]"))
    assert "sentence 달은 치즈이다. [2]" in told
    assert "evidence none" in told
    assert "no citation carries it" in told
    assert "오수빈" not in told


def test_a_quote_that_is_not_in_its_source_grounds_nothing(answer: Answer) -> None:
    forged = tuple(replace(c, verified=False) for c in answer.citations)
    assert "does not stand in moon" in failure(assert_grounded, replace(answer, citations=forged))


def test_support_has_a_least(answer: Answer) -> None:
    weak = replace(answer, citations=tuple(replace(c, support=0.4) for c in answer.citations))
    assert_grounded(weak, min_support=0.4)
    assert "its support is 0.40, at least 0.50" in failure(assert_grounded, weak)


def test_what_the_engine_itself_found_unsupported(answer: Answer) -> None:
    span = answer.citations[0].answer_span
    flawed = replace(answer, unsupported=(Unsupported(span.start, span.end, "number"),))
    assert "does not have its number" in failure(assert_grounded, flawed)


def test_a_verification_is_judged_by_sentence() -> None:
    good = VerifiedSentence(Span(0, 3), "좋다.", 0.9, "supported", None, None)
    quote = SourceQuote(0, Span(0, 5), "28명이다.")
    bad = VerifiedSentence(Span(4, 9), "29명이다.", 0.9, "contradicted", "number", quote)
    weak = VerifiedSentence(Span(9, 12), "글쎄.", 0.2, "partial", None, None)
    assert_grounded(Verification(0.9, True, (good,)))
    told = failure(assert_grounded, Verification(0.2, False, (good, bad, weak)))
    assert "2 sentences" in told
    assert "29명이다. evidence 28명이다. why contradicted" in told
    assert "글쎄." in told
    assert "좋다." not in told


def test_a_refusal_is_not_grounded_and_abstains(answer: Answer, refusal: Answer) -> None:
    assert_abstains(refusal)
    assert "use assert_abstains" in failure(assert_grounded, refusal)
    told = failure(assert_abstains, answer)
    assert "Answered" in told
    assert "오수빈 박사이다. — moon" in told


def test_what_is_not_cited_is_listed(answer: Answer) -> None:
    told = failure(assert_cites, answer, source="mars", quote="오수빈")
    assert "Not cited: the source mars with the quote “오수빈”." in told
    assert "quote [1] 기지의 책임자는" in told
    with pytest.raises(ValueError, match="source or a quote"):
        assert_cites(answer)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("143억 달러를 투자했다.", "Meta invested $14.3 billion."),
        ("스물여덟 살이다. [1]", "He is 28."),
        ("The base opened in 2041.", MOON),
        ("It says nothing of numbers.", ""),
    ],
)
def test_numbers_may_be_spelled_otherwise(text: str, source: str) -> None:
    assert_no_unsupported_numbers(text, source)
    assert_no_unsupported_numbers(text, ["다른 글.", NewDocument(source)])


def test_a_number_that_no_source_has() -> None:
    told = failure(
        assert_no_unsupported_numbers, "기지는 2041년에 열었다. 대원은 12명이다.", [MOON, "달."]
    )
    assert "no source has 12" in told
    assert "sentence 대원은 12명이다." in told
    assert "2041년에" not in told
