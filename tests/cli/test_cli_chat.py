"""The loop of `rag chat`, as typed transcripts: no engine, no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from rag.cli.chat import HELP, MEMORY, converse
from rag.errors import InputError
from rag.types import Answer, Turn


@dataclass
class Transcript:
    """Plays a conversation and writes down what each side saw."""

    answer: Answer
    shown: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    heard: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    def play(self, *lines: str) -> None:
        converse(
            lines,
            self._reply,
            lambda answer: self.shown.append(answer.answer),
            lambda answer: self.sources.append(answer.answer),
            self.told.append,
        )

    def _reply(self, question: str, history: Sequence[Turn]) -> Answer:
        if question == "refuse me":
            raise InputError("That cannot be asked.")
        self.heard.append((question, tuple(history)))
        return replace(self.answer, answer=f"re: {question}")


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


def test_help_and_an_unknown_command_list_the_commands(talk: Transcript) -> None:
    talk.play("/help", "/nosuch")
    assert talk.told == [HELP, f"There is no /nosuch.\n{HELP}"]
    assert talk.heard == []


def test_a_question_may_begin_with_a_slash(talk: Transcript) -> None:
    talk.play("/etc/hosts 는 무엇?")
    assert talk.heard[0][0] == "/etc/hosts 는 무엇?"


def test_sources_shows_the_last_answer_again(talk: Transcript) -> None:
    talk.play("/sources", "a", "b", "/sources")
    assert talk.told == ["No answer with sources yet."]
    assert talk.sources == ["re: b"]


def test_sources_of_a_refusal_are_none(refusal: Answer) -> None:
    talk = Transcript(refusal)
    talk.play("a", "/sources")
    assert talk.sources == []
    assert len(talk.told) == 1


def test_a_refused_question_is_told_and_forgotten(talk: Transcript) -> None:
    talk.play("refuse me", "a")
    assert talk.told == ["rag: That cannot be asked."]
    assert talk.heard == [("a", ())]
