"""Questions one after another, each with the turns before it, and commands between them.

The loop takes the lines, the answering function, the screen and the commands as callbacks; it
knows neither the engine nor the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.cancel import Cancel
from rag.cli.chat.words import Words, system_language, words_for
from rag.errors import RagError
from rag.events import Event
from rag.text.language import detect
from rag.types import Answer, Turn

MEMORY = 20
"""How many turns go with a question; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what was shown for it. `answer` is None when it was stopped before its end;
    `text` is then what had come."""

    question: str
    text: str
    answer: Answer | None


@dataclass(slots=True)
class Conversation:
    """What was said so far. `asked` is the last question, answered or not."""

    exchanges: list[Exchange] = field(default_factory=list)
    asked: str | None = None
    language: str = field(default_factory=system_language)

    @property
    def answer(self) -> Answer | None:
        """The last whole answer, if it is what was said last."""
        return self.exchanges[-1].answer if self.exchanges else None

    @property
    def words(self) -> Words:
        """In the language of the last question."""
        return words_for(self.language)

    def history(self) -> tuple[Turn, ...]:
        """The last turns, oldest first."""
        turns = []
        for exchange in self.exchanges:
            if exchange.text:
                turns += [Turn("user", exchange.question), Turn("assistant", exchange.text)]
        return tuple(turns[-MEMORY:])


Reply = Callable[[str, Sequence[Turn], Cancel], Iterator[Event]]
Show = Callable[[str, Iterator[Event], Cancel], Exchange]
Tell = Callable[[str], None]
Command = Callable[[str, Conversation], None]
"""Gets its argument, which may be empty. Raises RagError when it cannot be done."""


def converse(
    lines: Iterable[str],
    reply: Reply,
    show: Show,
    commands: Mapping[str, Command],
    tell: Tell,
    conversation: Conversation | None = None,
) -> None:
    """Answer each line until they end or one says /quit. A question that cannot be answered is
    told and forgotten; it does not end the conversation."""
    talk = conversation or Conversation()
    for line in map(str.strip, lines):
        name, argument = _command(line, commands)
        if name in ("quit", "exit"):
            return
        try:
            if name is None:
                if line:
                    _ask(line, talk, reply, show)
            elif name == "retry":
                _retry(talk, reply, show, tell)
            elif name in commands:
                commands[name](argument, talk)
            else:
                tell(talk.words.unknown.format(name=line))
        except RagError as error:
            tell(f"rag: {error.message}")


def _command(line: str, commands: Mapping[str, Command]) -> tuple[str | None, str]:
    """The command and its argument. A question may begin with a slash: only a known command is
    one, or a slash and a single word, which is a command mistyped."""
    found = re.fullmatch(r"/(\w*)(?:\s+(.*))?", line, re.DOTALL)
    if not found:
        return None, ""
    name, argument = found[1].lower(), found[2] or ""
    if name in ("quit", "exit", "retry", *commands) or not argument:
        return name, argument
    return None, ""


def _ask(question: str, talk: Conversation, reply: Reply, show: Show) -> None:
    talk.asked = question
    found = detect(question)
    talk.language = talk.language if found == "und" else found
    cancel = Cancel()
    talk.exchanges.append(show(question, reply(question, talk.history(), cancel), cancel))


def _retry(talk: Conversation, reply: Reply, show: Show, tell: Tell) -> None:
    if talk.asked is None:
        tell(talk.words.nothing_asked)
        return
    # The answer that did not please must not be part of its own question's history.
    if talk.exchanges and talk.exchanges[-1].question == talk.asked:
        talk.exchanges.pop()
    _ask(talk.asked, talk, reply, show)
