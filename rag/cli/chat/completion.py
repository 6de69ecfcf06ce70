"""What can be completed while typing: commands, their arguments, and titles of documents.

It does not know the terminal, nor what a command does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from rag.cli.chat.words import Words
from rag.cli.render import one_line
from rag.cli.terminal import clean

_LEAST = 2  # characters of a title that must be there before it is looked for
_COMMAND = re.compile(r"/(\w*)")
_ARGUMENT = re.compile(r"/(\w+)\s+(.*)", re.DOTALL)


class ChatCompleter(Completer):
    """`choices` gives the arguments of a command by its name; a command without takes a path if
    it is `add` or `save`, and nothing else."""

    def __init__(
        self,
        choices: Mapping[str, Callable[[], Sequence[str]]],
        titles: Callable[[], Sequence[str]],
        words: Callable[[], Words],
    ) -> None:
        self._choices = choices
        self._titles = titles
        self._words = words
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        if found := _COMMAND.fullmatch(typed):
            yield from self._commands(found[1])
        elif found := _ARGUMENT.fullmatch(typed):
            name, argument = found[1], found[2]
            if name in ("add", "save"):
                path = Document(argument, len(argument))
                yield from self._paths.get_completions(path, event)
            elif name in self._choices:
                yield from _holding(argument, self._choices[name]())
        elif event.completion_requested:
            yield from self._in_question(typed)

    def _commands(self, begun: str) -> Iterable[Completion]:
        for name, (argument, told) in self._words().commands.items():
            if name.startswith(begun):
                shown = f"/{name} {argument}".rstrip()
                after = " " if argument and not argument.startswith("[") else ""
                yield Completion(f"/{name}{after}", -len(begun) - 1, shown, told)

    def _in_question(self, typed: str) -> Iterable[Completion]:
        """Titles that hold the last words of a question, the longest stretch first."""
        words = [found.start() for found in re.finditer(r"\S+", typed)]
        for start in words:
            begun = typed[start:]
            if len(begun) < _LEAST:
                return
            found = list(_holding(begun, self._titles()))
            if found:
                yield from found
                return


def _holding(begun: str, names: Sequence[str]) -> Iterable[Completion]:
    """Those that begin with what was typed, then those that hold it."""
    wanted = begun.casefold()
    names = [clean(one_line(name).strip()) for name in dict.fromkeys(names)]
    for name in sorted(names, key=lambda name: not name.casefold().startswith(wanted)):
        if wanted in name.casefold():
            yield Completion(name, -len(begun))
