"""What Tab and the menu offer while a line is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from rag.cli.chat.completion import ChatCompleter
from rag.cli.chat.words import ENGLISH, KOREAN

TITLES = ["메타의 초지능 연구소", "고래\n이야기", "Whales of the North"]
CHOICES = {"collection": lambda: ["default", "news"], "open": lambda: ["1", *TITLES]}


def offered(typed: str, *, asked: bool = False) -> list[str]:
    """The line as it would be after each choice."""
    completer = ChatCompleter(CHOICES, lambda: TITLES, lambda: ENGLISH)
    event = CompleteEvent(completion_requested=asked)
    found = completer.get_completions(Document(typed), event)
    return [typed[: len(typed) + each.start_position] + each.text for each in found]


def test_commands_are_offered_with_what_they_do() -> None:
    assert offered("/so") == ["/sources"]
    assert offered("/a") == ["/add "], "what needs an argument waits for it"
    assert len(offered("/")) == len(ENGLISH.commands) == len(KOREAN.commands)
    assert list(KOREAN.commands) == list(ENGLISH.commands)


def test_arguments_are_those_of_the_command() -> None:
    assert offered("/collection n") == ["/collection news"]
    assert offered("/open 고래") == ["/open 고래 이야기"]
    assert offered("/open 초지능") == ["/open 메타의 초지능 연구소"]
    assert offered("/why x") == []


def test_paths_are_completed(tmp_path: Path) -> None:
    (tmp_path / "노트").mkdir()
    assert offered(f"/add {tmp_path}/노") == [f"/add {tmp_path}/노트"]


@pytest.mark.parametrize("typed", ["요약해 줘 고래", "고래"])
def test_titles_are_completed_in_a_question_when_asked_for(typed: str) -> None:
    assert offered(typed) == []
    assert offered(typed, asked=True) == [typed + " 이야기"]


def test_nothing_is_offered_for_a_single_letter() -> None:
    assert offered("a", asked=True) == []
