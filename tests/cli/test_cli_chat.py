"""The loop of `rag chat`, as typed transcripts: no engine, no terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from rag.cancel import Cancel
from rag.cli.chat import guarded
from rag.cli.chat.lines import Presses
from rag.cli.chat.loop import MEMORY, Conversation, Exchange, converse
from rag.cli.chat.screen import Screen
from rag.cli.chat.words import ENGLISH, KOREAN
from rag.errors import InputError, NotFoundError
from rag.events import DeltaEvent, Event, FinalEvent
from rag.types import Answer, Turn


@dataclass
class Transcript:
    """Plays a conversation and writes down what each side saw."""

    answer: Answer
    shown: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ran: list[tuple[str, int]] = field(default_factory=list)
    heard: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    def play(self, *lines: str) -> Conversation:
        talk = Conversation(language="en")
        commands = {"sources": self._sources, "fail": self._fail}
        converse(lines, self._reply, self._show, commands, self.told.append, talk)
        return talk

    def _reply(self, question: str, history: Sequence[Turn], cancel: Cancel) -> Iterator[Event]:
        if question == "refuse me":
            raise InputError("That cannot be asked.")
        self.heard.append((question, tuple(history)))
        return iter(
            [DeltaEvent("re: "), FinalEvent(replace(self.answer, answer=f"re: {question}"))]
        )

    def _show(self, question: str, events: Iterator[Event], cancel: Cancel) -> Exchange:
        first, *_, last = events
        if "stop" in question:
            assert isinstance(first, DeltaEvent)
            return Exchange(question, first.text, None)
        assert isinstance(last, FinalEvent)
        self.shown.append(last.answer.answer)
        return Exchange(question, last.answer.answer, last.answer)

    def _sources(self, argument: str, talk: Conversation) -> None:
        self.ran.append((argument, len(talk.exchanges)))

    def _fail(self, argument: str, talk: Conversation) -> None:
        raise NotFoundError("It is gone.")


@pytest.fixture
def talk(answer: Answer) -> Transcript:
    return Transcript(answer)


def test_each_question_comes_with_the_turns_before_it(talk: Transcript) -> None:
    talk.play("누가?\n", "  \n", "그럼 언제?\n")
    assert talk.shown == ["re: 누가?", "re: 그럼 언제?"]
    assert talk.heard == [
        ("누가?", ()),
        ("그럼 언제?", (Turn("user", "누가?"), Turn("assistant", "re: 누가?"))),
    ]


def test_only_the_last_turns_are_remembered(talk: Transcript) -> None:
    talk.play(*(f"q{i}" for i in range(15)))
    question, history = talk.heard[-1]
    assert question == "q14"
    assert len(history) == MEMORY == 20
    assert history[0] == Turn("user", "q4")
    assert history[-1] == Turn("assistant", "re: q13")


def test_quit_ends_it_and_what_follows_is_not_read(talk: Transcript) -> None:
    talk.play("a", "/quit", "b")
    assert talk.shown == ["re: a"]


def test_a_command_gets_its_argument_and_the_conversation(talk: Transcript) -> None:
    talk.play("/sources", "a", "/SOURCES  2 ")
    assert talk.ran == [("", 0), ("2", 1)]


def test_an_unknown_command_is_told_in_the_language_of_the_last_question(talk: Transcript) -> None:
    talk.play("/nosuch", "누가?", "/nosuch")
    assert talk.told == [w.unknown.format(name="/nosuch") for w in (ENGLISH, KOREAN)]
    assert len(talk.heard) == 1


def test_a_question_may_begin_with_a_slash(talk: Transcript) -> None:
    talk.play("/etc/hosts 는 무엇?", "/etc what is it?")
    assert [question for question, _ in talk.heard] == ["/etc/hosts 는 무엇?", "/etc what is it?"]


def test_what_fails_is_told_and_does_not_end_it(talk: Transcript) -> None:
    talk.play("refuse me", "/fail", "a")
    assert talk.told == ["rag: That cannot be asked.", "rag: It is gone."]
    assert talk.heard == [("a", ())]


def test_retry_asks_again_without_the_answer_that_did_not_please(talk: Transcript) -> None:
    said = talk.play("/retry", "a", "b", "/retry")
    assert talk.told == [ENGLISH.nothing_asked]
    assert [question for question, _ in talk.heard] == ["a", "b", "b"]
    assert talk.heard[1] == talk.heard[2]
    assert [exchange.question for exchange in said.exchanges] == ["a", "b"]


def test_a_question_that_failed_can_be_asked_again(talk: Transcript) -> None:
    talk.play("a", "refuse me", "/retry")
    assert talk.told == ["rag: That cannot be asked."] * 2
    assert talk.shown == ["re: a"]


def test_what_was_shown_of_a_stopped_answer_stays(talk: Transcript) -> None:
    said = talk.play("stop this", "a")
    assert said.exchanges[0] == Exchange("stop this", "re: ", None)
    assert talk.heard[1][1] == (Turn("user", "stop this"), Turn("assistant", "re: "))


def test_two_interrupts_in_a_row_mean_to_leave() -> None:
    presses = Presses()
    assert not presses.press()
    presses.forget()
    assert not presses.press()
    assert presses.press()


def test_an_interrupt_ends_a_command_but_not_the_conversation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def slow(argument: str, talk: Conversation) -> None:
        raise KeyboardInterrupt

    presses = Presses()
    guarded(slow, Screen(live=False), presses)("", Conversation(language="en"))
    assert capsys.readouterr().err == "stopped\n"
    assert presses.press(), "the next one leaves"
