"""A streamed answer is the answer: the same text piece by piece, the same citations, one end."""

from __future__ import annotations

import pytest

from rag.cancel import Cancel
from rag.engine import Engine
from rag.errors import CancelledError, InputError
from rag.events import CitationEvent, DeltaEvent, FinalEvent, PassagesEvent

QUESTIONS = [
    "얀 르쿤은 언제 메타에 합류했나요?",
    "How much did Meta invest in Scale AI?",
    "오늘 점심 메뉴는 뭐예요?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_pieces_make_the_answer(seeded: Engine, question: str) -> None:
    first, *middle, last = seeded.stream(question)
    assert isinstance(first, PassagesEvent)
    assert isinstance(last, FinalEvent)
    answer = last.answer
    assert first.passages == answer.passages
    assert "".join(e.text for e in middle if isinstance(e, DeltaEvent)) == answer.answer
    told = ""
    citations = []
    for event in middle:
        if isinstance(event, DeltaEvent):
            told += event.text
        elif isinstance(event, CitationEvent):
            citations.append(event.citation)
            assert event.citation.answer_span.end <= len(told)
            assert f"[{event.citation.marker}]" in told
    assert tuple(citations) == answer.citations


def test_a_cancelled_question_goes_no_further(seeded: Engine) -> None:
    cancel = Cancel()
    events = seeded.stream(QUESTIONS[0], cancel=cancel)
    next(events)
    cancel.throw()
    with pytest.raises(CancelledError):
        next(events)


def test_a_bad_request_is_refused_before_anything_is_sent(seeded: Engine) -> None:
    with pytest.raises(InputError):
        seeded.stream(" ")
