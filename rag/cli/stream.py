"""An answer on the screen while it comes: whole words, wrapped as they arrive, never rewritten.

What was written stays as it is, so nothing flickers and the scrollback is clean; the note that
says what is being waited for is the only thing ever erased. It does not know who answers.
"""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rag.cli.render import answer_text
from rag.cli.terminal import clean
from rag.errors import CancelledError
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.types import Answer, Citation

_TOGETHER = 0.1  # seconds: what comes this close together is shown together
_QUIET = 0.5  # seconds without news after which the note is written anew
_MARKER = re.compile(r"\[\d+\]")
_WORD = re.compile(r"(\s*)(\S+)")
_ERASE = "\r\x1b[2K"

# One thread for all answers: the stores keep a connection for every thread that reads them.
_READER = ThreadPoolExecutor(1, thread_name_prefix="answer")

Note = Callable[[int | None, int], str]
"""What to say while waiting: how many passages were found (None: not yet), and for how long in
seconds."""


@dataclass(slots=True)
class Shown:
    """What reached the screen. `answer` is None when it was stopped before its end."""

    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    answer: Answer | None = None


def show_stream(screen: Console, events: Iterator[Event], note: Note | None = None) -> Shown:
    """Write the answer as it comes, and what there is of it when it is cancelled. Raises what the
    events raise. They are read in a thread, so that an interrupt is heard while they are waited
    for."""
    shown = Shown()
    lines = Wrapping(screen.width)
    waiting = _Waiting(screen, note)
    try:
        for batch in _batches(events):
            piece = taken(batch, shown)
            waiting.heard(batch)
            if piece:
                waiting.erase()
                _write(screen, lines.feed(piece))
            elif not shown.text:
                waiting.tell()
    except CancelledError:
        pass
    finally:
        waiting.erase()
        _write(screen, lines.end())
        if shown.text:
            _write(screen, Text("\n"))
    return shown


def taken(batch: list[Event], shown: Shown) -> Text:
    """Notes what came, and gives the new text. As soon as the whole answer is known, what was not
    written yet is styled as part of it."""
    text = Text()
    before = len(shown.text)
    for event in batch:
        if isinstance(event, DeltaEvent):
            text.append(clean(event.text))
            shown.text += event.text
        elif isinstance(event, CitationEvent):
            shown.citations.append(event.citation)
        elif isinstance(event, FinalEvent):
            shown.answer = event.answer
            shown.text = event.answer.answer
            return answer_text(event.answer)[before:]
    text.highlight_regex(_MARKER, style="cyan")
    return text


def _write(screen: Console, text: Text) -> None:
    if text:
        screen.print(text, end="", no_wrap=True, overflow="ignore", crop=False)
        screen.file.flush()


class _Waiting:
    """One line that says what is being waited for, where a line can be erased."""

    def __init__(self, screen: Console, note: Note | None) -> None:
        self._screen = screen
        self._note = note if screen.is_terminal and not screen.is_dumb_terminal else None
        self._since = time.monotonic()
        self._found: int | None = None
        self._visible = False

    def heard(self, batch: list[Event]) -> None:
        for event in batch:
            if isinstance(event, PassagesEvent):
                self._found = len(event.passages)

    def tell(self) -> None:
        if self._note:
            told = Text(clean(self._note(self._found, int(time.monotonic() - self._since))), "dim")
            told.truncate(self._screen.width - 1)
            self._screen.file.write(_ERASE)
            _write(self._screen, told)
            self._visible = True

    def erase(self) -> None:
        if self._visible:
            self._screen.file.write(_ERASE)
            self._visible = False


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    """What came together, and an empty batch when nothing came for a while. An embedded answer
    comes whole within milliseconds, so it is one batch."""
    arrived: queue.Queue[Event | BaseException | None] = queue.Queue()

    def read() -> None:
        try:
            for event in events:
                arrived.put(event)
            arrived.put(None)
        except BaseException as error:
            arrived.put(error)

    _READER.submit(read)
    while True:
        batch: list[Event] = []
        until = time.monotonic() + _QUIET
        ended: BaseException | bool = False
        while not ended and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                item = arrived.get(timeout=left)
                if item is None or isinstance(item, BaseException):
                    ended = item or True
                else:
                    if not batch:
                        until = time.monotonic() + _TOGETHER
                    batch.append(item)
        yield batch
        if isinstance(ended, BaseException):
            raise ended
        if ended:
            return


class Wrapping:
    """Breaks text that comes in pieces into lines of at most `width` cells, at spaces where it
    can. The last word is held back until it is whole or wider than a line, so the lines are the
    same however the text is cut into pieces."""

    def __init__(self, width: int) -> None:
        self._width = max(width, 2)
        self._at = 0
        self._held = Text()
        self._inside = False  # of a word wider than a line, of which a part is written

    def feed(self, piece: Text) -> Text:
        """What can be written now."""
        self._held.append_text(piece)
        return self._taken(end=False)

    def end(self) -> Text:
        """What was held back."""
        return self._taken(end=True)

    def _taken(self, *, end: bool) -> Text:
        out, taken = Text(), 0
        for found in _WORD.finditer(self._held.plain):
            space, word = found[1], self._held[found.start(2) : found.end(2)]
            whole = end or found.end() < len(self._held)
            inside = self._inside and not space
            if not whole and not inside and word.cell_len <= self._width:
                break
            if not inside:
                self._space(out, space, word.cell_len)
            self._word(out, word)
            taken, self._inside = found.end(), not whole
        self._held = self._held[taken:]
        return out

    def _space(self, out: Text, space: str, word: int) -> None:
        *breaks, space = space.split("\n")
        if breaks:
            out.append("\n" * len(breaks))
            self._at = 0
        if self._at + cell_len(space) + word <= self._width:
            out.append(space)
            self._at += cell_len(space)
        elif self._at:
            out.append("\n")
            self._at = 0

    def _word(self, out: Text, word: Text) -> None:
        fits = self._at + word.cell_len <= self._width
        for part in (word,) if fits else (word[i : i + 1] for i in range(len(word))):
            if self._at + part.cell_len > self._width:
                out.append("\n")
                self._at = 0
            out.append_text(part)
            self._at += part.cell_len
