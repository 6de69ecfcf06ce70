"""Where questions come from: an editor on a terminal, or lines of standard input.

The editor has several lines, keeps what was typed across sessions, and completes commands, names
and titles. It does not know what is done with a line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.chat.words import Words
from rag.cli.terminal import say

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

PROMPT = "> "
_MENU_LINES = 6

Choices = Callable[[], Sequence[str]]
"""What the argument of a command can be."""


class Presses:
    """Counts interrupts: two in a row mean to leave."""

    def __init__(self) -> None:
        self._pressed = False

    def press(self) -> bool:
        """Note one; whether it is the second in a row."""
        before, self._pressed = self._pressed, True
        return before

    def forget(self) -> None:
        """Something else happened."""
        self._pressed = False


def piped_lines() -> Iterator[str]:
    """The lines of standard input, without prompts."""
    yield from sys.stdin


def plain_lines(presses: Presses, words: Callable[[], Words]) -> Iterator[str]:
    """Lines typed on a terminal that can do nothing, or whose output goes elsewhere."""
    while True:
        try:
            print(PROMPT, end="", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")
            if presses.press():
                return
            say(words().again_leaves)
            continue
        if not line:
            say("")
            return
        presses.forget()
        yield line


def edited_lines(
    choices: Mapping[str, Choices],
    titles: Callable[[], Sequence[str]],
    presses: Presses,
    words: Callable[[], Words],
    tell: Callable[[str], None],
) -> Iterator[str]:
    """Lines typed into the editor. `choices` completes the arguments of commands by command name,
    `titles` a question."""
    session = _session(choices, titles, presses, words)
    while True:
        try:
            line = session.prompt()
        except KeyboardInterrupt:
            if presses.press():
                return
            tell(words().again_leaves)
            continue
        except EOFError:
            return
        presses.forget()
        if line.strip():
            print(flush=True)  # what it leads to stands apart from it
        yield line


def history_file() -> Path:
    """Where typed questions are kept (XDG base directories)."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "geungeo" / "chat_history"


def _session(
    choices: Mapping[str, Choices],
    titles: Callable[[], Sequence[str]],
    presses: Presses,
    words: Callable[[], Words],
) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.formatted_text import FormattedText

    from rag.cli.chat.completion import ChatCompleter

    @Condition
    def at_a_command() -> bool:
        return get_app().current_buffer.text.startswith("/")

    return PromptSession(
        message=FormattedText([("bold ansicyan", PROMPT)]),
        multiline=True,
        prompt_continuation=lambda width, _number, _wrapped: " " * width,
        key_bindings=_keys(presses),
        completer=ChatCompleter(choices, titles, words),
        # While a question is typed nothing moves; the menu comes for commands, or with Tab.
        complete_while_typing=at_a_command,
        reserve_space_for_menu=_MENU_LINES,
        history=open_history(history_file()),
        enable_suspend=True,
    )


def _keys(presses: Presses) -> KeyBindings:
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition, completion_is_selected, is_searching
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter", filter=~is_searching & ~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("enter", filter=completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @keys.add("escape", "enter", filter=~is_searching)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @keys.add("c-c", filter=Condition(lambda: bool(get_app().current_buffer.text)) & ~is_searching)
    def _(event: KeyPressEvent) -> None:
        presses.press()
        event.current_buffer.reset()

    return keys


def open_history(path: Path) -> History:
    """Kept in the file, which only its owner may read; where there can be no file, in memory."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
