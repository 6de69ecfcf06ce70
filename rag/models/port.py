"""What a model that writes is to the rest: messages in, pieces of text out.

An implementation keeps deadlines, retries and faults to itself: what it raises is a ModelError
whose message can be shown, or CancelledError. It does not know what is asked, nor about citations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.cancel import Cancel
from rag.types import Usage

Finish = Literal["stop", "length", "refused"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the model's text. Only the last has a `finish` (why the model stopped), and the
    tokens used as far as the server tells them."""

    text: str
    finish: Finish | None = None
    usage: Usage | None = None


class ChatModel(Protocol):
    """A model by name. Safe to use from many threads."""

    provider: str
    name: str
    context_tokens: int

    def count_tokens(self, text: str) -> int:
        """An upper estimate of the text's tokens for this model."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, cancel: Cancel
    ) -> Iterator[Piece]:
        """The reply, piece by piece; the last piece has a `finish`. Raises ModelError: before the
        first piece when there is no reply, after it when the reply broke off. Closing the iterator
        or throwing `cancel` ends the call to the server at once."""
        ...
