"""A thread that runs asynchronous calls for callers that are not: it can stop them at any moment.

A blocked read of a socket cannot be ended from another thread; a task of an event loop can. So
calls to servers run in one such loop per back-end, and whoever waits for them waits outside. It
does not know what is called.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_CLOSING_SECONDS = 5.0


class LoopThread:
    """An event loop in a thread, started with the first call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def submit(self, call: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a call; cancelling the future stops it, also while it waits for the network."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=self._name, daemon=True
                )
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(call, self._loop)

    def close(self, last: Coroutine[Any, Any, None] | None = None) -> None:
        """Stop all calls, run `last`, end the thread. A later call starts another."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            if last is not None:
                last.close()
            return
        asyncio.run_coroutine_threadsafe(_finish(last), loop).result(_CLOSING_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSING_SECONDS)
        loop.close()


async def _finish(last: Coroutine[Any, Any, None] | None) -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if last is not None:
        await last
    await asyncio.get_running_loop().shutdown_asyncgens()
