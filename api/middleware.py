"""What surrounds every request: an id, safe headers, who may call, the limits on the body, the log.

Plain ASGI, so a body is counted as it comes off the wire, chunked or not, and refused the
moment it is over the limit or late. It does not know the routes.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import SlowBodyError, error_response_of
from api.logs import noting
from rag.errors import BusyError, TooLargeError

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every response, unless the route sets its own."""

BODY_SECONDS = 30.0
"""How long a body may take, and a second more for each `BODY_RATE` bytes that came."""

BODY_RATE = 50_000

STOPPING = "The service is stopping before it could finish this. Try again once it is back."

_CLIENT_LEFT = 499  # what logs call it; nobody is there to be told

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Finished:
    """A request that was answered. `route` is the template of its path, None where there is no
    such path; `key` the name of the caller's key; `notes` what was noted on the way."""

    request_id: str
    method: str
    route: str | None
    status: int
    seconds: float
    key: str | None
    notes: Mapping[str, Any]


class Guard:
    """Gives each request an id and each response its headers; nothing raised gets past it.

    `admit` names the caller's key or raises; `tell` hears of every request once it is over.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        admit: Callable[[Scope], str | None],
        tell: Callable[[Finished], None],
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.admit = admit
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = time.perf_counter()
        status, key = 0, None

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with noting() as notes:
            try:
                key = self.admit(scope)
                await self.app(
                    scope, _limited(scope, receive, self.max_body_bytes), send_with_headers
                )
            except ClientDisconnect:
                status = status or _CLIENT_LEFT
            except (Exception, asyncio.CancelledError) as error:
                if status:
                    raise
                # The server cancels what still runs when its time to stop is up, and nothing else.
                shown = error if isinstance(error, Exception) else BusyError(STOPPING)
                await error_response_of(shown, request_id)(scope, receive, send_with_headers)
            finally:
                route = getattr(scope.get("route"), "path", None)
                seconds = time.perf_counter() - started
                self.tell(Finished(request_id, scope["method"], route, status, seconds, key, notes))


def _request_id(headers: Headers) -> str:
    """The caller's own id, if it has one that is safe to repeat, so that logs can be joined."""
    given = headers.get("x-request-id", "")
    return given if _SANE_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"


def _limited(scope: Scope, receive: Receive, limit: int) -> Receive:
    """`receive` that raises TooLargeError instead of handing on more than `limit` bytes, and
    SlowBodyError when they do not come in time."""
    declared = Headers(scope=scope).get("content-length", "")
    received = 0
    whole = False
    began = asyncio.get_running_loop().time()

    async def limited() -> Message:
        nonlocal received, whole
        if declared.isdecimal() and int(declared) > limit:
            raise _too_large(limit)
        if whole:
            return await receive()  # waits for the client to leave
        try:
            async with asyncio.timeout_at(began + BODY_SECONDS + received / BODY_RATE):
                message = await receive()
        except TimeoutError:
            raise SlowBodyError("The request body did not come in time. Send it again.") from None
        whole = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return limited


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"The request body is over {limit / 1_000_000:g} MB. Send the documents in several "
        "requests, or raise server.max_body_megabytes."
    )
