"""A chat model behind a server that speaks OpenAI's protocol, as OpenAI, vLLM, llama.cpp, Ollama
and LM Studio do.

A stream is only whole when the server says why it ended: one that just stops is an error here,
where the `openai` package takes it for success. Servers differ in which settings they take; what
one refuses is left out from then on. It does not know what is asked, nor about citations.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from typing import Any

from rag.cancel import Cancel
from rag.errors import CancelledError, ModelRejectedError
from rag.models.backend import Attempt, Backend
from rag.models.counting import TokenCounter
from rag.models.loops import LoopDetector
from rag.models.port import Finish, Message, Piece
from rag.models.thinking import ThoughtFilter
from rag.profile import Answerer, Deadlines
from rag.types import Usage

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refused",
    "refusal": "refused",
}
_LAST_WORDS_SECONDS = 2.0  # for the usage and the end of the stream, once it said why it ends
_OPTIONS: Mapping[str, Any] = {"temperature": 0, "stream_options": {"include_usage": True}}


class OpenAIChat:
    """A `ChatModel` (see `rag.models.port`). Safe to use from many threads."""

    provider = "openai"

    def __init__(self, section: Answerer, deadlines: Deadlines) -> None:
        self.name = section.model
        self.context_tokens = section.context_tokens
        self.backend = Backend(section, deadlines)
        self._counter = TokenCounter(section.model)
        self._options = dict(_OPTIONS)
        self._limit = "max_tokens"

    def count_tokens(self, text: str) -> int:
        return self._counter.count(text)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, cancel: Cancel
    ) -> Iterator[Piece]:
        cancel.check()
        pieces: queue.SimpleQueue[Piece | None] = queue.SimpleQueue()
        future = self.backend.start(lambda go: self._reply(go, messages, max_tokens, pieces.put))
        # Called when the call ends in whatever way, being cancelled before it began included.
        future.add_done_callback(lambda _: pieces.put(None))

        def stop() -> None:
            future.cancel()

        try:
            with cancel.calling(stop):
                while (piece := pieces.get()) is not None:
                    cancel.check()
                    yield piece
            cancel.check()
            future.result()
        except FutureCancelledError:
            raise CancelledError("The call to the model was stopped.") from None
        finally:
            future.cancel()

    def close(self) -> None:
        """Stop what runs and give the connections back."""
        self.backend.close()

    async def _reply(
        self,
        attempt: Attempt,
        messages: Sequence[Message],
        max_tokens: int,
        pass_on: Callable[[Piece], None],
    ) -> None:
        now = asyncio.get_running_loop().time
        first = attempt.deadlines.first_token_seconds
        reading = _Reading(self.backend, attempt, pass_on)
        try:
            async with asyncio.timeout_at(min(attempt.until, now() + first)) as limit:
                stream = await self._started(attempt, messages, max_tokens)
                try:
                    async for chunk in stream:
                        reading.take(chunk)
                        if reading.finish is not None:
                            limit.reschedule(min(attempt.until, now() + _LAST_WORDS_SECONDS))
                        elif reading.alive:
                            limit.reschedule(attempt.until)
                finally:
                    # It refers to its stream, so it would wait for the garbage collector, which
                    # may close it from another thread while this one is about to.
                    await stream._iterator.aclose()
                    await stream.close()
        except TimeoutError:
            if reading.finish is None:
                if reading.alive or now() >= attempt.until:
                    raise  # the deadline of the whole
                raise self.backend.faults.late(
                    "gave no word", first, "first_token_seconds"
                ) from None
        except Exception:
            if reading.finish is None:
                raise
        reading.end()
        if reading.usage is not None:
            self._counter.learn([m.content for m in messages], reading.usage.prompt_tokens)

    async def _started(self, attempt: Attempt, messages: Sequence[Message], most: int) -> Any:
        """The stream, once the server has taken the request. Settings that it names when it
        refuses are left out, and left out of later requests too."""
        while True:
            options = {**self._options, self._limit: most}
            try:
                return await attempt.client.chat.completions.create(
                    model=self.name,
                    messages=[{"role": m.role, "content": m.content} for m in messages],  # type: ignore[misc]
                    stream=True,
                    **options,
                )
            except Exception as error:
                ours = self.backend.faults.of(error)
                if not isinstance(ours, ModelRejectedError) or not self._leave_out(str(error)):
                    raise

    def _leave_out(self, complaint: str) -> bool:
        """Whether the complaint is about one of our settings, which is then left out."""
        if self._limit == "max_tokens" and "max_completion_tokens" in complaint:
            self._limit = "max_completion_tokens"
            return True
        named = [option for option in self._options if option in complaint]
        for option in named:
            self._options.pop(option, None)
        return bool(named)


class _Reading:
    """What came of a reply so far. `alive` once the model began to write or to think."""

    def __init__(
        self, backend: Backend, attempt: Attempt, pass_on: Callable[[Piece], None]
    ) -> None:
        self._faults = backend.faults
        self._attempt = attempt
        self._pass_on = pass_on
        self._thoughts = ThoughtFilter()
        self._loops = LoopDetector()
        self.alive = False
        self.finish: Finish | None = None
        self.usage: Usage | None = None

    def take(self, chunk: Any) -> None:
        """A chunk of the stream. Raises ModelBrokenError for a loop or an odd reason to end."""
        if chunk.usage is not None:
            counts = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            self.usage = Usage(counts[0] or 0, counts[1] or 0, sum(c or 0 for c in counts))
        for choice in (chunk.choices or ())[:1]:
            delta = choice.delta
            text = delta.content or ""
            thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
            self.alive = self.alive or bool(text or thought)
            if self._loops.feed(text or (thought if isinstance(thought, str) else "")):
                raise self._faults.broken("repeats itself without end")
            self._write(self._thoughts.feed(text))
            if getattr(delta, "refusal", None):
                self.finish = "refused"
            elif choice.finish_reason and self.finish is None:
                self.finish = _FINISHES.get(choice.finish_reason)
                if self.finish is None:
                    reason = str(choice.finish_reason)[:40]
                    raise self._faults.broken(f"ended its reply because of {reason!r}")

    def end(self) -> None:
        """The stream is over. Raises ModelBrokenError when the reply is not whole."""
        if self.finish is None and not self.alive:
            why = "for a prompt too long for it, lower answerer.context_tokens"
            raise self._faults.broken(f"ended its reply before the first word ({why})")
        if self.finish is None:
            raise self._faults.broken("stopped in the middle of its reply")
        self._write(self._thoughts.end())
        if not self._attempt.passed_on and self.finish == "stop":
            raise self._faults.broken("gave an empty reply")
        self._attempt.passed_on = True
        self._pass_on(Piece("", self.finish, self.usage))

    def _write(self, text: str) -> None:
        if text:
            self._attempt.passed_on = True
            self._pass_on(Piece(text))
