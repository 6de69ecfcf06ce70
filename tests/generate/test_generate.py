"""A model's answer as people get it: cited, held to its sources, refused, interrupted, replaced."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from rag.cancel import Cancel
from rag.engine import Engine
from rag.errors import CancelledError, ModelError
from rag.events import CitationEvent, DeltaEvent, PassagesEvent
from rag.testing import assert_grounded
from rag.types import Answer, NewDocument, Turn, Usage
from tests.generate.conftest import QUESTION, Ask
from tests.generate.scripted import Scripted, Seen, answering

TRUE = "얀 르쿤은 2013년 메타에 합류했습니다"
FALSE = "얀 르쿤은 2015년 메타에 합류했습니다"


def true(seen: Seen) -> str:
    return f"{TRUE} [{seen.tag_of('2013년')}]."


def mixed(seen: Seen) -> str:
    tag = seen.tag_of("2013년")
    return f"{TRUE}[{tag}]. {FALSE} [{tag}]. {TRUE}. [{tag}]"


def check_quotes(answer: Answer, engine: Engine) -> None:
    for citation in answer.citations:
        document = engine.document(citation.document_id)
        assert citation.source_span.of(document.text) == citation.cited_text
        assert citation.verified
        assert citation.answer_span.of(answer.answer).strip()


def test_a_cited_answer(ask: Ask, seeded: Engine) -> None:
    answer, events, model = ask(true)
    assert (answer.status, answer.reason) == ("answered", None)
    assert answer.answer == f"{TRUE} [1]."
    assert (answer.model.provider, answer.model.name) == ("scripted", "scripted-1")
    assert answer.short_answer == "2013년"
    [citation] = answer.citations
    assert "2013년" in citation.cited_text
    assert citation.support >= 0.5
    check_quotes(answer, seeded)
    assert_grounded(answer)
    assert isinstance(events[0], PassagesEvent)
    assert model.closed == 1
    assert set(answer.timings_ms) == {"retrieve", "answer", "verify", "total"}


def test_the_call_without_stream_gives_the_same(ask: Ask, seeded: Engine) -> None:
    streamed = ask(mixed)[0]
    with answering(seeded, Scripted(mixed)):
        plain = seeded.ask(QUESTION)
    same = {"id": "", "created": 0, "timings_ms": {}}
    assert replace(streamed, **same) == replace(plain, **same)  # type: ignore[arg-type]


def test_what_no_source_carries_is_marked(ask: Ask, seeded: Engine) -> None:
    answer, _, _ = ask(mixed)
    assert (answer.status, answer.reason) == ("partial", "low_support")
    [gap] = answer.unsupported
    assert answer.answer[gap.start : gap.end] == f"{FALSE}."
    assert gap.why == "date"
    assert answer.answer == f"{TRUE}[1]. {FALSE}. {TRUE}. [1]"
    check_quotes(answer, seeded)


def set_answerer(engine: Engine, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    answerer = engine.profile.answerer.model_copy(update=settings)
    monkeypatch.setattr(engine, "profile", engine.profile.model_copy(update={"answerer": answerer}))


def test_or_removed(ask: Ask, seeded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    set_answerer(seeded, monkeypatch, unsupported="remove")
    answer, events, _ = ask(mixed)
    assert answer.answer == f"{TRUE}[1]. {TRUE}. [1]"
    assert (answer.status, answer.unsupported) == ("answered", ())
    assert "2015" not in "".join(e.text for e in events if isinstance(e, DeltaEvent))
    answer, _, _ = ask(lambda seen: f"{FALSE} [{seen.tag_of('2013년')}].")
    assert (answer.status, answer.reason) == ("abstained", "low_support")


def test_or_turns_the_answer_into_an_abstention(
    ask: Ask, seeded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_answerer(seeded, monkeypatch, unsupported="abstain")
    answer, events, _ = ask(mixed)
    assert (answer.status, answer.reason) == ("abstained", "low_support")
    assert (answer.citations, answer.unsupported) == ((), ())
    told = "".join(e.text for e in events if isinstance(e, DeltaEvent))
    assert told == answer.answer
    assert "르쿤" not in told
    assert not any(isinstance(e, CitationEvent) for e in events)
    assert ask(true)[0].status == "answered"


@pytest.mark.parametrize(
    "reply", ["NO_ANSWER", "**NO_ANSWER**", "[NO_ANSWER].", "`NO_ANSWER`", " NO_ANSWER\n\n그러나 …"]
)
def test_a_refusal(ask: Ask, reply: str) -> None:
    for pieces in (reply, list(reply)):
        answer, events, _ = ask(pieces)
        assert (answer.status, answer.reason) == ("abstained", "model_refused")
        assert answer.answer == "문서에 이 질문에 대한 답이 없습니다."
        assert answer.answer == "".join(e.text for e in events if isinstance(e, DeltaEvent))
        assert answer.citations == ()
        assert answer.passages


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (QUESTION, "제공된 문서에는 해당 내용이 없습니다."),
        (QUESTION, "죄송하지만 답을 찾을 수 없습니다."),
        ("When did Yann LeCun join Meta?", "The passages do not say when he joined."),
    ],
)
def test_a_refusal_in_the_model_s_own_words(ask: Ask, question: str, reply: str) -> None:
    answer, _, _ = ask(reply, question)
    assert (answer.status, answer.reason) == ("abstained", "model_refused")
    assert (answer.answer, answer.unsupported) == (reply, ())


def test_no_model_is_called_without_evidence(ask: Ask, engine: Engine) -> None:
    answer, _, model = ask(true, "오늘 점심 메뉴는 뭐예요?")
    assert (answer.status, answer.reason, model.calls) == ("abstained", "off_topic", [])
    with answering(engine, Scripted(true)) as model:
        assert engine.ask(QUESTION).reason == "no_evidence"
    assert model.calls == []


def test_documents_that_came_with_the_question_are_always_read(ask: Ask) -> None:
    text = "Northwind opened a plant in Lisbon in May 2019."

    def reply(seen: Seen) -> str:
        return f"Northwind opened a plant in Lisbon in May 2019 [{seen.excerpts[0][0]}]."

    answer, _, model = ask(reply, "Summarise this, please.", documents=[NewDocument(text)])
    assert len(model.calls) == 1
    assert answer.status == "answered"
    assert answer.citations[0].source == "inline-1"


def test_a_sentence_that_cites_nothing_gets_the_quote_that_carries_it(
    ask: Ask, seeded: Engine
) -> None:
    answer, _, _ = ask(f"{TRUE}. 펭귄은 남극에 산다.")
    assert answer.answer == f"{TRUE}. [1] 펭귄은 남극에 산다."
    assert [gap.why for gap in answer.unsupported] == ["no_evidence"]
    check_quotes(answer, seeded)


@pytest.mark.parametrize("mark", ["[1]", "[1, 2]", "【3】"])
def test_numbers_are_no_ids(ask: Ask, mark: str) -> None:
    """They may mean places in the list or be copied from a document: they cite nothing."""
    answer, _, _ = ask(f"{FALSE} {mark}.", explain=True)
    assert answer.answer == f"{FALSE}."
    assert answer.citations == ()
    assert [gap.why for gap in answer.unsupported] == ["date"]
    assert answer.trail is not None
    assert [step.note for step in answer.trail if step.stage == "reply"]


@pytest.mark.parametrize("mark", ["[zz9]", "[99]", "[출처 77]"])
def test_an_invented_id_carries_nothing(ask: Ask, mark: str) -> None:
    answer, _, _ = ask(f"{TRUE} {mark}.")
    assert answer.answer == f"{TRUE}."
    assert [gap.why for gap in answer.unsupported] == ["no_evidence"]


def test_the_wrong_passage_carries_nothing(ask: Ask) -> None:
    def reply(seen: Seen) -> str:
        wrong = next(tag for tag, text in reversed(seen.excerpts) if "2013" not in text)
        return f"{TRUE} [{wrong}]."

    answer, _, _ = ask(reply)
    assert len(answer.unsupported) == 1
    assert not any(c.support >= 0.5 for c in answer.citations)


def test_headings_and_lists(ask: Ask) -> None:
    def reply(seen: Seen) -> str:
        tag = seen.tag_of("2013년")
        return f"## 요약\n\n다음과 같습니다:\n\n- {TRUE}[{tag}]\n- {TRUE} [{tag}]"

    answer, _, _ = ask(reply)
    assert answer.answer == f"## 요약\n\n다음과 같습니다:\n\n- {TRUE}[1]\n- {TRUE} [1]"
    assert (answer.status, answer.unsupported) == ("answered", ())


def test_a_reply_that_breaks_off(ask: Ask, seeded: Engine) -> None:
    def reply(seen: Seen) -> list[str]:
        tag = seen.tag_of("2013년")
        return [f"{TRUE} [{tag}]. 그는 ", "바다를 ", f"[{tag[:2]}"]

    answer, events, _ = ask(Scripted(reply, fails=ModelError("gone"), after=9))
    assert (answer.status, answer.reason) == ("partial", "interrupted")
    assert answer.answer == f"{TRUE} [1]. 그는 바다를"
    assert answer.answer == "".join(e.text for e in events if isinstance(e, DeltaEvent))
    check_quotes(answer, seeded)


def test_a_reply_that_is_cut_at_its_limit(ask: Ask) -> None:
    answer, _, _ = ask(Scripted(true, finish="length"))
    assert (answer.status, answer.reason) == ("partial", "interrupted")


@pytest.mark.parametrize("reply", [["그"], [""]])
def test_a_model_that_fails_at_once(
    ask: Ask, seeded: Engine, monkeypatch: pytest.MonkeyPatch, reply: list[str]
) -> None:
    failing = Scripted(reply, fails=ModelError("It is down."), after=0)
    answer, _, _ = ask(failing)
    assert (answer.model.provider, answer.model.name) == ("embedded", "extractive-1")
    assert answer.notice is not None
    assert "scripted-1" in answer.notice
    assert "It is down." in answer.notice
    assert "2013" in answer.answer
    assert answer.citations
    set_answerer(seeded, monkeypatch, fallback="none")
    with pytest.raises(ModelError):
        ask(failing)


@pytest.mark.parametrize("reply", ["", " \n", "[", "![](https://evil.example/x)"])
def test_an_empty_reply_is_a_failure(ask: Ask, reply: str) -> None:
    assert ask(reply)[0].notice


def test_whoever_hangs_up_stops_the_model(seeded: Engine) -> None:
    cancel = Cancel()
    with answering(seeded, Scripted(["그는 ", "갔다. ", "끝."])) as model:
        events = seeded.stream(QUESTION, cancel=cancel)
        next(events)
        next(events)
        cancel.throw()
        with pytest.raises(CancelledError):
            list(events)
        assert model.closed == 1
        events = seeded.stream(QUESTION)
        next(events)
        next(events)
        events.close()  # type: ignore[attr-defined]
        assert model.closed == 2


def test_usage_is_the_server_s_or_an_estimate(ask: Ask) -> None:
    assert ask(Scripted(true, usage=Usage(7, 3, 10)))[0].usage == Usage(7, 3, 10)
    usage = ask(true)[0].usage
    assert usage.prompt_tokens > 100
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_conversation_goes_along(ask: Ask) -> None:
    history = [Turn("user", QUESTION), Turn("assistant", "얀 르쿤은 2013년에 합류했습니다. [1]")]
    answer, _, model = ask(true, "그는 왜 떠났나요?", history=history)
    assert answer.standalone_question != "그는 왜 떠났나요?"
    contents = [message.content for message in model.calls[0].messages]
    assert contents[1] == QUESTION
    assert "[1]" not in contents[2]
    assert answer.standalone_question in contents[-1]


def test_markers_are_numbered_by_their_first_place(ask: Ask, seeded: Engine) -> None:
    def reply(seen: Seen) -> str:
        sentences = [
            (tag, re.split(r"(?<=다\.)\s", text)[0]) for tag, text in seen.excerpts if "다." in text
        ]
        Random(3).shuffle(sentences)
        return " ".join(f"{sentence} [{tag}]" for tag, sentence in [*sentences, *sentences])

    answer, _, _ = ask(reply)
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", answer.answer)]
    firsts = list(dict.fromkeys(numbers))
    assert firsts == list(range(1, len(firsts) + 1))
    assert len(firsts) > 2
    quotes = {(c.document_id, c.source_span): c.marker for c in answer.citations}
    assert sorted(quotes.values()) == firsts
    check_quotes(answer, seeded)
