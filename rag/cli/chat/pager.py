"""A whole document, a screen at a time: in the user's pager, or in one of our own.

The user's is $PAGER. It does not know what is shown.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from rag.cli.chat.documents import leaves
from rag.cli.chat.screen import Screen
from rag.cli.chat.words import Words
from rag.cli.render import printed
from rag.types import Document, Span

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    from rag.cli.chat.documents import Leaves

_ABOVE = 3  # lines shown above the quote


def page(screen: Screen, document: Document, span: Span | None, words: Words) -> None:
    """Show the document at the span, and come back when the reader has seen enough. Where nobody
    watches, it is printed."""
    pager = shlex.split(os.environ.get("PAGER", ""))
    shown = leaves(document, span, screen.width, marks=screen.marks)
    if not screen.live:
        screen.show([Text(shown.title, style="bold"), Text(), *shown.lines])
    elif pager or screen.console.is_dumb_terminal:
        _in_theirs(screen, pager or ["more"], shown)
    else:
        _in_ours(screen, shown, words)


def _in_theirs(screen: Screen, pager: list[str], shown: Leaves) -> None:
    is_less = Path(pager[0]).name == "less"
    # Only of less is it known that it shows styles, and how it is told where to begin.
    arguments = [*pager, "-R", f"+{max(shown.at - _ABOVE, 0) + 1}"] if is_less else pager
    text = _printed(screen, shown.lines, styled=is_less)
    try:
        subprocess.run(arguments, input=text.encode(), check=False)
    except OSError as error:
        screen.tell(f"rag: $PAGER ({pager[0]}) cannot be started: {error.strerror}.")


def _printed(screen: Screen, lines: tuple[Text, ...], *, styled: bool) -> str:
    console = screen.console if styled else Console(width=screen.width, color_system=None)
    with console.capture() as capture:
        printed(console, lines)
    return capture.get()


def _in_ours(screen: Screen, shown: Leaves, words: Words) -> None:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import ANSI
    from prompt_toolkit.layout import HSplit, Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    view = _View(shown)

    def text() -> ANSI:
        room = app.output.get_size().rows - 2
        return ANSI(_printed(screen, view.visible(room), styled=True))

    def foot() -> str:
        return f"{view.place()} · {words.pager}"

    app: Application[None] = Application(
        layout=Layout(
            HSplit(
                [
                    Window(FormattedTextControl(shown.title), height=1, style="reverse"),
                    Window(FormattedTextControl(text)),
                    Window(FormattedTextControl(foot), height=1, style="reverse"),
                ]
            )
        ),
        key_bindings=_keys(view),
        full_screen=True,
    )
    app.run()


class _View:
    """Which lines are on the screen."""

    def __init__(self, shown: Leaves) -> None:
        self._shown = shown
        self._room = 1
        self.top = 0
        self.to_quote()

    def visible(self, room: int) -> tuple[Text, ...]:
        """The lines for so many rows."""
        self._room = max(room, 1)
        self.move(0)
        return self._shown.lines[self.top : self.top + self._room]

    def place(self) -> str:
        count = len(self._shown.lines)
        return f"{self.top + 1}–{min(self.top + self._room, count)} / {count}"

    def move(self, lines: int) -> None:
        last = max(len(self._shown.lines) - self._room, 0)
        self.top = min(max(self.top + lines, 0), last)

    def leaf(self, leaves: int) -> None:
        self.move(leaves * max(self._room - 1, 1))

    def to_quote(self) -> None:
        self.top = max(self._shown.at - _ABOVE, 0)


def _keys(view: _View) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    far = 1_000_000_000
    actions: list[tuple[tuple[str, ...], Callable[[], None]]] = [
        (("down", "j", "enter"), lambda: view.move(1)),
        (("up", "k"), lambda: view.move(-1)),
        (("space", "pagedown", "c-f"), lambda: view.leaf(1)),
        (("b", "pageup", "c-b"), lambda: view.leaf(-1)),
        (("g", "home"), lambda: view.move(-far)),
        (("G", "end"), lambda: view.move(far)),
        (("n",), view.to_quote),
    ]
    for names, action in actions:
        for name in names:
            keys.add(name)(_acting(action))
    for name in ("q", "escape", "c-c", "c-d"):
        keys.add(name, eager=True)(lambda event: event.app.exit())
    return keys


def _acting(action: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
    return lambda event: action()
