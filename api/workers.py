"""Run the engine's blocking calls in threads: a bounded number at once, a bounded queue before.

Reads and writes have places of their own, so a long ingest never keeps a question waiting. Who
waits too long for a place is refused. The threads stay: what the engine keeps per thread, such as
a connection, is made only once. It does not know what the calls do.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from rag.errors import BusyError

P = ParamSpec("P")
T = TypeVar("T")

READ_QUEUE = 64
WRITE_PLACES, WRITE_QUEUE = 1, 32


class Workers:
    """`places` calls run, `queue` more wait for at most `patience` seconds, the next one is
    refused. To be used within one event loop."""

    def __init__(self, places: int, queue: int, patience: float) -> None:
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="engine")
        self._free = asyncio.Semaphore(places)
        self._queue = queue
        self._patience = patience
        self.running = 0
        self.waiting = 0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises, run with the context variables of the caller. Raises
        BusyError when the queue is full or no place became free in time.

        A cancelled caller is let go while its call, once begun, runs on and keeps its place: only
        so can the service stop within seconds, and the engine survives being stopped at any point.
        """
        await self._place()
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        begun = self._threads.submit(context.run, partial(call, *args, **kwargs))
        begun.add_done_callback(partial(self._leave, loop))
        return await asyncio.wrap_future(begun)

    async def _place(self) -> None:
        if self._free.locked() and self.waiting >= self._queue:
            raise BusyError("All places are taken. Try again in a few seconds.")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise BusyError(
                f"No place became free within {self._patience:g} seconds. Try again later."
            ) from None
        finally:
            self.waiting -= 1
        self.running += 1

    def _leave(self, loop: asyncio.AbstractEventLoop, done: Future[Any]) -> None:
        """Called in the thread of the call. A loop that is closed has nobody waiting."""
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._free_place)

    def _free_place(self) -> None:
        self.running -= 1
        self._free.release()

    def close(self) -> None:
        """Let the threads go; what has begun runs on."""
        self._threads.shutdown(wait=False, cancel_futures=True)
