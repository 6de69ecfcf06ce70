"""Calls made for somebody who listens: whole, or as server-sent events while they come.

A thread of the bounded places does the work; when the client hangs up, or the service stops, the
work's `Cancel` is thrown. Errors before the first event are ordinary errors with their status. It
does not know what the events hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import error_response_of
from api.middleware import STOPPING
from api.responses import plain
from api.workers import Workers
from rag.cancel import Cancel
from rag.errors import BusyError

T = TypeVar("T")

PING_SECONDS = 10.0
"""How long nothing may be heard before a comment line says that the answer is still coming."""

_PING = b": waiting\n\n"
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",  # a proxy that collects the whole answer first helps nobody
}


async def heard(request: Request, workers: Workers, call: Callable[[Cancel], T]) -> T:
    """What `call` returns or raises. Raises ClientDisconnect as soon as the client hangs up, and
    BusyError when there is no room."""

    def begin(cancel: Cancel) -> T:
        cancel.check()  # it may have waited for its turn longer than its client did
        return call(cancel)

    with _Client(request.receive) as client:
        work = _started(workers.run(begin, client.cancel))
        await client.wait(work)
        return work.result()


def frame(event: str | None, data: Any) -> bytes:
    """One event, `data` as JSON."""
    name = b"" if event is None else b"event: " + event.encode() + b"\n"
    return name + b"data: " + orjson.dumps(data, default=plain) + b"\n\n"


def error_body(error: Exception, request_id: str) -> Any:
    """The one error body, for a stream that has begun and can have no status any more."""
    return orjson.loads(error_response_of(error, request_id).body)


class EventStream(Response):
    """Sends what the iterator `frames(cancel)` gives, each as it comes; `failed` makes the last
    frame from the error body when something goes wrong after the first."""

    def __init__(
        self,
        workers: Workers,
        frames: Callable[[Cancel], Iterator[bytes]],
        failed: Callable[[Any], bytes],
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)
        self._workers = workers
        self._frames = frames
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        out = _Out(self, send)
        with _Client(receive) as client:
            try:
                error = await self._told(client, out)
            except asyncio.CancelledError:
                if not out.started:
                    raise
                error = BusyError(STOPPING)
            if error is not None:
                if not out.started:
                    raise error
                await out.write(self._failed(error_body(error, scope["state"]["request_id"])))
            await out.end()

    async def _told(self, client: _Client, out: _Out) -> Exception | None:
        """Send every frame; what the work ended with."""
        loop = asyncio.get_running_loop()
        made: asyncio.Queue[bytes | None] = asyncio.Queue()

        def produce() -> None:
            client.cancel.check()
            for one in self._frames(client.cancel):
                loop.call_soon_threadsafe(made.put_nowait, one)

        work = _started(self._workers.run(produce))
        work.add_done_callback(lambda _: made.put_nowait(None))
        while True:
            coming = asyncio.ensure_future(made.get())
            try:
                while not await client.wait(coming, PING_SECONDS):
                    await out.write(_PING)
            finally:
                coming.cancel()
            one = coming.result()
            if one is None:
                error = work.exception()
                if error is None or isinstance(error, Exception):
                    return error
                raise error
            await out.write(one)


class _Out:
    """The response on its way: started with its first piece."""

    def __init__(self, response: Response, send: Send) -> None:
        self.started = False
        self._response = response
        self._send = send

    async def write(self, piece: bytes, *, more: bool = True) -> None:
        if not self.started:
            self.started = True
            await self._send(
                {
                    "type": "http.response.start",
                    "status": self._response.status_code,
                    "headers": self._response.raw_headers,
                }
            )
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def end(self) -> None:
        await self.write(b"", more=False)


class _Client:
    """Whoever waits: leaving the block, for whatever reason, throws `cancel`."""

    def __init__(self, receive: Receive) -> None:
        self.cancel = Cancel()
        self._gone = asyncio.ensure_future(_hung_up(receive))

    async def wait(self, work: asyncio.Future[Any], seconds: float | None = None) -> bool:
        """Whether `work` is done, after at most `seconds`. Raises ClientDisconnect."""
        both = {work, self._gone}
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._gone.done() and not work.done():
            raise ClientDisconnect
        return work.done()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gone.cancel()
        self.cancel.throw()


async def _hung_up(receive: Receive) -> None:
    """Returns when the client does."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _started(work: Awaitable[T]) -> asyncio.Future[T]:
    """The work as a task whose error may stay unread: its client may be gone by then."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
