"""`rag chat`: questions one after another, each understood in the light of those before.

`loop` knows neither engine nor terminal; here it is given both: the place that answers, the
screen, the commands, and where lines come from.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

from rag.cancel import Cancel
from rag.cli.chat.commands import Commands, Page
from rag.cli.chat.lines import Choices, Presses, edited_lines, piped_lines, plain_lines
from rag.cli.chat.loop import Command, Conversation, Exchange, Show, converse
from rag.cli.chat.place import Elsewhere, Own, place_of
from rag.cli.chat.screen import Screen
from rag.cli.chat.words import Words
from rag.cli.options import CollectionOption, DataDirOption, ProfileOption, UrlOption
from rag.cli.terminal import watching
from rag.events import Event
from rag.types import DEFAULT_COLLECTION, Document, Span, Turn


def chat(
    collection: CollectionOption = DEFAULT_COLLECTION,
    url: UrlOption = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Ask question after question; each sees the ones before."""
    typed = sys.stdin.isatty()
    screen = Screen(live=typed and sys.stdout.isatty())
    talk = Conversation()
    with place_of(url, profile, data_dir) as place:
        commands = Commands(place, screen, _page(screen), collection)

        def reply(question: str, history: Sequence[Turn], cancel: Cancel) -> Iterator[Event]:
            return place.engine.stream(
                question,
                history=history,
                collection=commands.collection,
                explain=True,
                cancel=cancel,
            )

        if not typed:
            converse(piped_lines(), reply, screen.answer, commands.by_name(), screen.tell, talk)
            return
        presses = Presses()
        if isinstance(place, Own):
            with watching("Opening"):
                place.engine.warm()
        with _interrupts(_raise), suppress(KeyboardInterrupt):
            _greet(screen, place, commands, talk)
            show = partial(_stoppable, screen.answer, presses)
            run = {n: guarded(c, screen, presses) for n, c in commands.by_name().items()}
            lines = _typed(screen, place, commands, presses, talk)
            converse(lines, reply, show, run, screen.tell, talk)


def _page(screen: Screen) -> Page:
    def show(document: Document, span: Span | None, words: Words) -> None:
        from rag.cli.chat.pager import page

        page(screen, document, span, words)

    return show


def _greet(screen: Screen, place: Own | Elsewhere, commands: Commands, talk: Conversation) -> None:
    sizes = {known.name: known.documents for known in place.engine.collections()}
    counted = talk.words.documents.format(
        count=f"{sizes.get(commands.collection, 0):,}", collection=commands.collection
    )
    where = " · ".join(filter(None, (counted, place.profile, place.name)))
    screen.tell(f"{talk.words.greeting.format(where=where)}\n{talk.words.hint}")


def _typed(
    screen: Screen,
    place: Own | Elsewhere,
    commands: Commands,
    presses: Presses,
    talk: Conversation,
) -> Iterator[str]:
    """The lines of the editor, or plain ones where the terminal cannot have one."""

    def words() -> Words:
        return talk.words

    if not screen.live or screen.console.is_dumb_terminal:
        return plain_lines(presses, words)
    choices: dict[str, Choices] = {
        "use": place.profiles,
        "collection": lambda: [known.name for known in place.engine.collections()],
        "sources": lambda: _markers(talk),
        "open": lambda: [*_markers(talk), *commands.titles()],
        "docs": commands.titles,
    }
    return edited_lines(choices, commands.titles, presses, words, screen.tell)


def _markers(talk: Conversation) -> list[str]:
    citations = talk.answer.citations if talk.answer else ()
    return sorted({str(citation.marker) for citation in citations}, key=int)


Handler = Callable[[int, FrameType | None], None]


@contextmanager
def _interrupts(handler: Handler) -> Iterator[None]:
    """Within the block, Ctrl-C calls this."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stoppable(
    show: Show, presses: Presses, question: str, events: Iterator[Event], cancel: Cancel
) -> Exchange:
    """Show an answer, which the first interrupt stops and the second leaves with everything."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if presses.press():
            raise KeyboardInterrupt
        # Not here: this very thread may hold the lock that throwing needs.
        threading.Thread(target=cancel.throw, daemon=True).start()

    with _interrupts(stop):
        return show(question, events, cancel)


def guarded(command: Command, screen: Screen, presses: Presses) -> Command:
    """The command, which an interrupt ends without ending the conversation."""

    def run(argument: str, talk: Conversation) -> None:
        try:
            command(argument, talk)
        except KeyboardInterrupt:
            presses.press()
            screen.tell(talk.words.stopped_short)

    return run
