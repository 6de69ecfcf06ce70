"""Run the engine's blocking calls in threads: a bounded number at once, a bounded queue before.

Reads and writes have places of their own, so a long ingest never keeps a question waiting. The
threads stay: what the engine keeps per thread, such as a connection, is made only once. It does
not know what the calls do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from rag.errors import BusyError

P = ParamSpec("P")
T = TypeVar("T")

READ_PLACES, READ_QUEUE = 4, 64
WRITE_PLACES, WRITE_QUEUE = 1, 8


class Workers:
    """`places` calls run, `queue` more wait, the next one is refused."""

    def __init__(self, places: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="engine")
        self._room = places + queue

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises. Raises BusyError when the queue is full.

        A cancelled caller is let go while its call, once begun, runs on: only so can the
        service stop within seconds, and the engine survives being stopped at any point.
        """
        if not self._room:
            raise BusyError("All places are taken. Try again in a few seconds.")
        self._room -= 1
        try:
            return await asyncio.wrap_future(self._threads.submit(call, *args, **kwargs))
        finally:
            self._room += 1

    def close(self) -> None:
        """Let the threads go; what waits in the queue is dropped, what has begun runs on."""
        self._threads.shutdown(wait=False, cancel_futures=True)
