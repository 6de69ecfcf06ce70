"""One server that speaks OpenAI's protocol: deadlines, the one retry layer, the circuit breaker.

Every call to a server goes through `Backend`. It tries again only as long as nothing of the reply
has been passed on, and never longer than the whole may take. It does not know what is called:
chat, vectors or a list of models.
"""

from __future__ import annotations

import asyncio
import random
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from rag.cancel import Cancel, listening
from rag.errors import CancelledError, ModelBrokenError, ModelError, ModelTimeoutError, RagError
from rag.models.breaker import Breaker
from rag.models.faults import Faults
from rag.models.loop import LoopThread
from rag.profile import Deadlines, Remote

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")
_TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 8.0  # seconds


@dataclass(slots=True)
class Attempt:
    """One try of a call. `until` is when the whole must be done, in the loop's time; whoever has
    passed on a part of the reply sets `passed_on`, and then nothing is tried again."""

    client: AsyncOpenAI
    deadlines: Deadlines
    until: float
    passed_on: bool = False


Operation = Callable[[Attempt], Awaitable[T]]


class Backend:
    """A model's server, of a section of a profile. Safe to use from many threads. Raises
    ProfileError when the profile names a key that is not set."""

    def __init__(self, section: Remote, deadlines: Deadlines) -> None:
        self.model = section.model
        self.base_url = section.base_url.rstrip("/")
        self._key = section.api_key
        self.deadlines = deadlines
        self.faults = Faults(section.model, self.base_url, self._key)
        self._breaker = Breaker(self.faults.name)
        self._loop = LoopThread(f"model {section.model}")
        self._making = threading.Lock()
        self._client: AsyncOpenAI | None = None

    def call(self, operation: Operation[T], cancel: Cancel | None = None) -> T:
        """Do it and wait. Raises ModelError, and CancelledError once `cancel`, or what this thread
        listens to (`rag.cancel.listening`), is thrown."""
        cancel = cancel or listening() or Cancel()
        cancel.check()
        future = self.start(operation)

        def stop() -> None:
            future.cancel()

        with cancel.calling(stop):
            try:
                return future.result()
            except FutureCancelledError:
                cancel.check()
                raise CancelledError("The call to the model was stopped.") from None

    def start(self, operation: Operation[T]) -> Future[T]:
        """Do it in the loop; cancelling the future closes the connection."""
        return self._loop.submit(self._tried(operation, self._connected()))

    def close(self) -> None:
        """Stop what runs and give the connections back."""
        with self._making:
            client, self._client = self._client, None
        self._loop.close(client.close() if client is not None else None)

    async def _tried(self, operation: Operation[T], client: AsyncOpenAI) -> T:
        now = asyncio.get_running_loop().time
        until = now() + self.deadlines.total_seconds
        for pause in _pauses():
            self._breaker.enter()
            attempt = Attempt(client, self.deadlines, until)
            try:
                done = await self._once(operation, attempt)
            except ModelError as error:
                (self._breaker.failed if _is_breakage(error) else self._breaker.succeeded)()
                wait = pause if error.retry_after is None else error.retry_after
                out_of_time = wait > _LONGEST_PAUSE or now() + wait >= until
                if attempt.passed_on or not _may_help(error) or out_of_time or pause < 0:
                    raise
            except BaseException:
                self._breaker.gave_up()
                raise
            else:
                self._breaker.succeeded()
                return done
            await asyncio.sleep(wait)
        raise AssertionError("the last pause ends the loop")

    async def _once(self, operation: Operation[T], attempt: Attempt) -> T:
        try:
            async with asyncio.timeout_at(attempt.until):
                return await operation(attempt)
        except TimeoutError as error:
            total = self.deadlines.total_seconds
            raise self.faults.late("was not done", total, "total_seconds") from error
        except Exception as error:
            _let_go(error)
            if isinstance(error, RagError):
                raise
            raise self.faults.of(error) from error

    def _connected(self) -> AsyncOpenAI:
        """The client. It is made before any deadline begins: its package takes seconds to load."""
        with self._making:
            if self._client is None:
                import openai

                self._client = openai.AsyncOpenAI(
                    base_url=self.base_url,
                    api_key=self._key or "none",
                    max_retries=0,  # this class is the one retry layer
                    timeout=openai.Timeout(
                        self.deadlines.total_seconds, connect=self.deadlines.connect_seconds
                    ),
                )
                # The package loads these when they are first touched, which takes seconds too.
                _ = self._client.chat.completions, self._client.embeddings, self._client.models
            return self._client


def _let_go(error: BaseException | None) -> None:
    """Free what the frames of an error hold, here in the loop. Half-read streams among it would
    else wait for the garbage collector, which may run in any thread and close a generator while
    the loop is closing it."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


def _pauses() -> Iterator[float]:
    """Seconds to wait after each try: doubling, with jitter; negative after the last."""
    for number in range(_TRIES - 1):
        yield _FIRST_PAUSE * 2**number * random.uniform(0.5, 1.5)
    yield -1.0


def _may_help(error: ModelError) -> bool:
    """Whether another try at once may do better; after a full deadline it would only wait again."""
    return error.retryable and not isinstance(error, ModelTimeoutError)


def _is_breakage(error: ModelError) -> bool:
    """Whether the back-end itself is at fault, not the request, the key or too many requests."""
    return error.type in ("model_unreachable", "model_timeout", ModelBrokenError.type)
