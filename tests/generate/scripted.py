"""A model that writes what a test wants, as it arrives: in the test's own pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rag.cancel import Cancel
from rag.engine import Engine
from rag.models.port import Finish, Message, Piece
from rag.types import Usage

_EXCERPT = re.compile(r"=== \[(\w+)\] ([^\n]*)\n(.*?)\n=== /\1\n", re.DOTALL)


@dataclass(frozen=True)
class Seen:
    """What a model was told: its passages in order as (tag, text), and all messages."""

    excerpts: tuple[tuple[str, str], ...]
    messages: tuple[Message, ...]

    def tag_of(self, text: str) -> str:
        """The tag of the first passage that holds this text. Raises LookupError."""
        for tag, passage in self.excerpts:
            if text in passage:
                return tag
        raise LookupError(text)


Reply = str | Sequence[str] | Callable[[Seen], str | Sequence[str]]


@dataclass
class Scripted:
    """Replies in pieces, then finishes; `fails` is raised after `after` pieces instead."""

    reply: Reply
    finish: Finish | None = "stop"
    fails: Exception | None = None
    after: int = 0
    usage: Usage | None = None
    provider: str = "scripted"
    name: str = "scripted-1"
    context_tokens: int = 8192
    calls: list[Seen] = field(default_factory=list)
    closed: int = 0

    def count_tokens(self, text: str) -> int:
        return len(text) // 2 + 1

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, cancel: Cancel
    ) -> Iterator[Piece]:
        found = _EXCERPT.findall(messages[-1].content) if messages else []
        seen = Seen(tuple((tag, text) for tag, _, text in found), tuple(messages))
        self.calls.append(seen)
        reply = self.reply(seen) if callable(self.reply) else self.reply
        pieces = [reply] if isinstance(reply, str) else list(reply)
        try:
            for number, piece in enumerate(pieces):
                if self.fails is not None and number == self.after:
                    raise self.fails
                cancel.check()
                yield Piece(piece)
            if self.fails is not None:
                raise self.fails
            yield Piece("", self.finish, self.usage)
        finally:
            self.closed += 1


@contextmanager
def answering(engine: Engine, model: Scripted) -> Iterator[Scripted]:
    """Within the block the model writes the engine's answers."""
    before = engine.parts.chat_model
    engine.parts.chat_model = lambda: model  # type: ignore[method-assign]
    try:
        yield model
    finally:
        engine.parts.chat_model = before  # type: ignore[method-assign]
