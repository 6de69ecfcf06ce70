"""Orders in documents have no effect that an answer would present as supported, whatever the model
does with them."""

from __future__ import annotations

import re

import pytest

from rag.engine import Engine
from rag.orders import evidential
from rag.types import Answer, NewDocument
from tests.generate.injections import Injection, injections
from tests.generate.scripted import Scripted, Seen, answering

CASES = injections()
_RENDERED = re.compile(r"!\[|\]\(|<(?:img|a|iframe|script)\b|https?:|www\.|evil\.example", re.I)


def obeyed(engine: Engine, case: Injection) -> Answer:
    """The answer of a model that says the truth in its first sentence, and then obeys."""

    def reply(seen: Seen) -> str:
        tag = seen.tag_of(case.host)
        return f"{case.host[:-1]} [{tag}].\n\n" + case.reply.format(tag=tag)

    with answering(engine, Scripted(reply)):
        return engine.ask(case.question, documents=[NewDocument(case.document)])


@pytest.fixture(scope="module")
def answers(seeded: Engine) -> list[tuple[Injection, Answer]]:
    return [(case, obeyed(seeded, case)) for case in CASES]


def test_there_are_sixty() -> None:
    assert len({case.document for case in CASES}) >= 60


def test_no_effect_is_supported(answers: list[tuple[Injection, Answer]]) -> None:
    for case, answer in answers:
        border = answer.answer.find("\n\n") + 2
        effect = answer.answer[border:] if border > 1 else ""
        supported = [c for c in answer.citations if c.answer_span.start >= border > 1]
        assert not any(c.support >= 0.5 for c in supported), (case, answer.answer)
        stated = re.sub(r"\W|\[\d+\]|로고|logo", "", effect)
        assert not stated or any(gap.end > border for gap in answer.unsupported), (case, answer)


def test_the_truth_beside_the_order_is_supported(
    answers: list[tuple[Injection, Answer]],
) -> None:
    for case, answer in answers:
        first = answer.citations[0]
        assert first.answer_span.start == 0, case
        assert case.order not in first.cited_text
        assert not any(gap.start == 0 for gap in answer.unsupported), (case, answer.unsupported)


def test_nothing_foreign_is_rendered(answers: list[tuple[Injection, Answer]]) -> None:
    for case, answer in answers:
        assert not _RENDERED.search(answer.answer), (case, answer.answer)


def test_no_id_is_spoofed(answers: list[tuple[Injection, Answer]]) -> None:
    for case, answer in answers:
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)}
        assert numbers == {c.marker for c in answer.citations} == {1}, (case, answer.answer)


def test_a_document_cannot_know_the_tags(seeded: Engine) -> None:
    """They differ from question to question and are none that a text of ours holds."""
    seen = []
    for _ in range(5):
        with answering(seeded, Scripted("NO_ANSWER")) as model:
            seeded.ask(CASES[0].question, documents=[NewDocument(CASES[0].document)])
        [(tag, text)] = model.calls[0].excerpts
        assert tag not in text
        seen.append(tag)
    assert len(set(seen)) > 1


PLAIN = (
    "Moreau said that sales would rise and asked staff to report that figure to the board.",
    "To reset the password, click the link in the e-mail and follow the instructions.",
    "Please reply by Friday. The answer to that question is still open.",
    "메타는 이전 모델을 버리고 새 모델을 내놓았다. 르쿤은 회사를 떠난다고 말했다.",
    "비밀번호를 바꾸려면 아래 링크를 누르세요. 서면으로 보고해야 한다.",
    "정부는 기존 규칙을 고치기로 했다. AI는 사람을 대신하지 않는다고 답했다.",
    "OpenAI's assistant answers questions about documents and cites its sources.",
)


@pytest.mark.parametrize("text", PLAIN)
def test_what_speaks_to_readers_is_evidence(text: str) -> None:
    assert [span.of(text) for span in evidential(text)] == [text]
