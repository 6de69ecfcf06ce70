"""What surrounds every request: an id, safe headers, the Host check, the limit on the body.

Plain ASGI, so a body is counted as it comes off the wire, chunked or not, and refused the
moment it is over the limit. It does not know the routes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import WrongHostError, error_response_of
from rag.errors import BusyError, TooLargeError

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

STOPPING = "The service is stopping before it could finish this. Try again once it is back."


class Guard:
    """Gives each request an id and each response its headers; nothing raised gets past it.

    `hosts`: the names that the Host header may have, None for any. A service on a loopback
    address checks it because a hostile page can make its own name resolve to 127.0.0.1 (DNS
    rebinding) and would then be same-origin with us.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, max_body_bytes: int) -> None:
        self.app = app
        self.hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = f"req_{secrets.token_hex(12)}"
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        try:
            self._check_host(scope)
            counted = _counted(scope, receive, self.max_body_bytes)
            await self.app(scope, counted, send_with_headers)
        except ClientDisconnect:
            return  # there is nobody left to answer
        except (Exception, asyncio.CancelledError) as error:
            if started:
                raise
            # The server cancels what still runs when its time to stop is up, and nothing else.
            shown = error if isinstance(error, Exception) else BusyError(STOPPING)
            await error_response_of(shown, request_id)(scope, receive, send_with_headers)

    def _check_host(self, scope: Scope) -> None:
        if self.hosts is None:
            return
        host = host_name(Headers(scope=scope).get("host", ""))
        if host not in self.hosts:
            raise WrongHostError(
                "The Host header does not name this service. Call it by the address that it "
                "listens on, or set server.host if it is meant to be reached from elsewhere."
            )


def host_name(header: str) -> str:
    """A Host header without its port, in lower case: `[::1]:80` -> `[::1]`."""
    end = header.find("]") + 1 if header.startswith("[") else header.find(":")
    return (header[:end] if end > 0 else header).lower()


def _counted(scope: Scope, receive: Receive, limit: int) -> Receive:
    """`receive` that raises TooLargeError instead of handing on more than `limit` bytes."""
    declared = Headers(scope=scope).get("content-length", "")
    received = 0

    async def counted() -> Message:
        nonlocal received
        if declared.isdecimal() and int(declared) > limit:
            raise _too_large(limit)
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"The request body is over {limit / 1_000_000:g} MB. Send the documents in several "
        "requests, or raise server.max_body_megabytes."
    )
