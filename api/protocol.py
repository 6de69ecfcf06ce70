"""The connections: uvicorn's HTTP/1.1, with an end to its patience.

uvicorn waits for ever for the head of a request, of any size, and for ever for a client that does
not read its answer, so a few hundred idle clients could hold the service. Here a head must be
whole in time and small, a reader must read on, and what is not HTTP gets the one error body. It
does not know the application.
"""

from __future__ import annotations

import asyncio
import secrets

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from api.errors import error_response
from api.middleware import HEADERS

HEAD_SECONDS = 10.0
"""From the opening of a connection, or the end of an answer on it, to a whole head."""

STALL_SECONDS = 30.0
"""How long a client may take nothing of an answer that waits for it."""

MAX_HEAD_BYTES = 65_536


class Connection(HttpToolsProtocol):
    """One connection. Each request on it is counted from its first byte to the end of its head."""

    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _answering: RequestResponseCycle | None = None
    _head_bytes = 0
    _in_body = False
    _moved_on = False  # whether the last data ended a head or a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._head_timer)
        self._stop(self._stall_timer)
        # Of several requests sent at once, uvicorn tells only the last that nobody is there.
        self.pipeline.clear()
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._moved_on = False
        super().data_received(data)
        in_head = not self._in_body and not self._moved_on
        self._head_bytes = self._head_bytes + len(data) if in_head else 0
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, "head_too_large", "The head of the request is over 64 KiB.")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_headers_complete(self) -> None:
        self._in_body = self._moved_on = True
        self._stop(self._head_timer)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body, self._moved_on = False, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and self.cycle.response_complete:
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "malformed", "This is not a request in HTTP/1.1 that can be read.")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._stop(self._stall_timer)
        super().resume_writing()

    def _await_head(self) -> None:
        self._stop(self._head_timer)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        if self._head_bytes:
            self._refuse(408, "too_slow", "The head of the request did not come in time.")
        else:
            self.transport.close()

    def _watch_reader(self, waiting: int) -> None:
        self._stop(self._stall_timer)
        self._stall_timer = self.loop.call_later(STALL_SECONDS, self._reader_is_late, waiting)

    def _reader_is_late(self, waited: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting < waited:
            self._watch_reader(waiting)
        else:
            self.transport.abort()

    def _refuse(self, status: int, kind: str, message: str) -> None:
        """Answer for the application, which has not seen this request, and close."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            request_id = f"req_{secrets.token_hex(12)}"
            response = error_response(status, kind, message, request_id)
            headers = {"X-Request-ID": request_id, "Connection": "close", **HEADERS}
            lines = [b"%s: %s\r\n" % pair for pair in response.raw_headers]
            lines += [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
            self.transport.write(
                b"".join([STATUS_LINE[status], *lines, b"\r\n", bytes(response.body)])
            )
        self.transport.close()

    def _stop(self, timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
