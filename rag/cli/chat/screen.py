"""What a chat shows: answers while they come, and the lines that commands make.

It does not know who answers or what was typed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.cli.chat.loop import Exchange
from rag.cli.chat.words import words_for
from rag.cli.terminal import clean, out, say
from rag.text.language import detect

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from rag.cancel import Cancel
    from rag.events import Event


class Screen:
    """Writes to a console. `live`: somebody watches it, so answers are shown while they come and
    messages go there too; otherwise messages go to standard error."""

    def __init__(self, console: Console | None = None, *, live: bool | None = None) -> None:
        self.console = console or out()
        self.live = sys.stdout.isatty() if live is None else live

    @property
    def width(self) -> int:
        """Cells in a line, now: a window can be made wider."""
        return self.console.width

    @property
    def marks(self) -> bool:
        """Whether highlighting needs signs, as there are no styles."""
        return self.console.color_system is None

    def tell(self, message: str) -> None:
        """A message in a sentence or more."""
        if not self.live:
            say(message)
            return
        from rich.text import Text

        from rag.cli.render import wrapped

        self.show(wrapped(Text(clean(message), style="dim"), self.width))

    def show(self, lines: Iterable[Text]) -> None:
        """Lines that are wrapped already, and an empty one."""
        from rag.cli.render import printed

        printed(self.console, lines)
        self.end()

    def draw(self, thing: RenderableType) -> None:
        """A table, and an empty line."""
        self.console.print(thing)
        self.end()

    def end(self) -> None:
        """An empty line; whoever reads through a pipe gets all until here."""
        self.console.print()
        self.console.file.flush()

    def answer(self, question: str, events: Iterator[Event], _cancel: Cancel) -> Exchange:
        """Show an answer while it comes, and under it what it stands on."""
        from rag.cli.render import answer_text, brief_under_lines, wrapped
        from rag.events import FinalEvent

        if self.live:
            return self._watched(question, events)
        answer = next(event.answer for event in events if isinstance(event, FinalEvent))
        lines = wrapped(answer_text(answer), self.width)
        self.show([*lines, *brief_under_lines(answer, self.width)])
        return Exchange(question, answer.answer, answer)

    def _watched(self, question: str, events: Iterator[Event]) -> Exchange:
        from rich.text import Text

        from rag.cli.render import brief_citation_lines, brief_under_lines, wrapped
        from rag.cli.stream import show_stream

        language = detect(question)
        words = words_for(language)

        def note(found: int | None, seconds: int) -> str:
            doing = words.searching if found is None else words.reading.format(count=found)
            return f"{doing} … {words.seconds.format(count=seconds)}" if seconds else f"{doing} …"

        shown = show_stream(self.console, events, note)
        if shown.answer:
            self.show(brief_under_lines(shown.answer, self.width))
        else:
            stopped = wrapped(Text(words.stopped, style="yellow"), self.width, "! ")
            cited = brief_citation_lines(shown.citations, language, self.width)
            self.show([*([Text()] if shown.text else []), *stopped, *cited])
        return Exchange(question, shown.text, shown.answer)
