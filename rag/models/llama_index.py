"""Any LlamaIndex `LLM` as a chat model: what somebody built in code, handed to `open_engine`.

Its own settings count (temperature, length of a reply), and a finish reason only where its raw
response tells one. It does not know which service is behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM

from rag.cancel import Cancel
from rag.models.counting import TokenCounter
from rag.models.port import Message, Piece
from rag.models.thinking import ThoughtFilter
from rag.models.worker import PassOn, pieces
from rag.profile import Deadlines


class LlamaIndexChat:
    """A `ChatModel` (see `rag.models.port`)."""

    provider = "llama_index"

    def __init__(self, llm: LLM, deadlines: Deadlines) -> None:
        self._llm = llm
        self._deadlines = deadlines
        self.name = llm.metadata.model_name
        self.context_tokens = llm.metadata.context_window
        self._counter = TokenCounter(self.name)

    def count_tokens(self, text: str) -> int:
        return self._counter.count(text)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, cancel: Cancel
    ) -> Iterator[Piece]:
        chat = [ChatMessage(role=m.role, content=m.content) for m in messages]
        return pieces(
            lambda pass_on, _: self._produce(chat, pass_on), self.name, self._deadlines, cancel
        )

    def _produce(self, chat: list[ChatMessage], pass_on: PassOn) -> None:
        thoughts = ThoughtFilter()
        last: ChatResponse | None = None
        for last in self._responses(chat):
            if text := thoughts.feed(last.delta or ""):
                pass_on(Piece(text))
        if text := thoughts.end():
            pass_on(Piece(text))
        pass_on(Piece("", "length" if _raw_finish(last) == "length" else "stop"))

    def _responses(self, chat: list[ChatMessage]) -> Iterator[ChatResponse]:
        try:
            yield from self._llm.stream_chat(chat)
        except NotImplementedError:  # a model that cannot stream
            whole = self._llm.chat(chat)
            whole.delta = whole.message.content
            yield whole


def _raw_finish(response: ChatResponse | None) -> Any:
    """The finish reason of a response in OpenAI's shape; None where there is none."""
    choices = getattr(response.raw if response else None, "choices", None) or [None]
    return getattr(choices[0], "finish_reason", None)
