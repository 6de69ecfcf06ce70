"""`rag chat`: questions one after another, each understood in the light of those before.

The loop takes the question source, the answering function and the screen as callbacks; it does
not know the engine or the terminal.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.cli.options import CollectionOption, DataDirOption, ProfileOption, opened
from rag.cli.terminal import out, say, watching
from rag.errors import RagError
from rag.types import DEFAULT_COLLECTION, Answer, Turn

MEMORY = 20
"""How many turns go with a question; older ones are forgotten."""

HELP = """\
/sources  the quotes behind the last answer
/help     this list
/quit     leave (so do Ctrl-D and Ctrl-C)"""

_PROMPT = "> "

Reply = Callable[[str, Sequence[Turn]], Answer]
Show = Callable[[Answer], None]
Tell = Callable[[str], None]


def chat(
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Ask question after question; each sees the ones before."""
    with opened(profile, data_dir) as engine:
        with watching("Opening"):
            engine.warm()

        def reply(question: str, history: Sequence[Turn]) -> Answer:
            return engine.ask(question, history=history, collection=collection)

        if sys.stdin.isatty():
            say(f"Ask about the documents in {collection!r}. /help lists the commands.")
        try:
            converse(_typed(), reply, _show_answer, _show_sources, say)
        except KeyboardInterrupt:
            say("")


def converse(
    questions: Iterable[str], reply: Reply, show: Show, show_sources: Show, tell: Tell
) -> None:
    """Answer each question until they end or one says /quit. A question that cannot be answered
    is told and forgotten; it does not end the conversation."""
    history: list[Turn] = []
    last: Answer | None = None
    for question in map(str.strip, questions):
        if question in ("/quit", "/exit"):
            return
        if question == "/sources":
            if last and last.citations:
                show_sources(last)
            else:
                tell("No answer with sources yet." if last is None else "It cites no source.")
        elif re.fullmatch(r"/\w*", question):
            tell(HELP if question == "/help" else f"There is no {question}.\n{HELP}")
        elif question:
            try:
                last = reply(question, tuple(history[-MEMORY:]))
            except RagError as error:
                tell(f"rag: {error.message}")
                continue
            show(last)
            history += [Turn("user", question), Turn("assistant", last.answer)]


def _typed() -> Iterator[str]:
    """Lines of standard input. On a terminal they can be edited and recalled."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    if sys.flags.utf8_mode:
        # In the C locale line editing would count bytes, and one backspace break a Korean letter.
        os.environ["LC_ALL"] = "C.UTF-8"
    import readline  # noqa: F401  (importing it makes `input` edit lines)

    while True:
        try:
            if sys.stdout.isatty():
                yield input(_PROMPT)
            else:
                print(_PROMPT, end="", file=sys.stderr, flush=True)
                line = sys.stdin.readline()
                if not line:
                    return
                yield line
        except EOFError:
            say("")
            return


def _show_answer(answer: Answer) -> None:
    from rag.cli.render import answer_lines, printed

    screen = out()
    marks = screen.color_system is None
    printed(screen, answer_lines(answer, screen.width, marks=marks, quotes=False))
    screen.print()
    sys.stdout.flush()


def _show_sources(answer: Answer) -> None:
    from rag.cli.render import printed, source_lines

    screen = out()
    marks = screen.color_system is None
    printed(screen, source_lines(answer, screen.width, marks=marks))
    screen.print()
    sys.stdout.flush()
