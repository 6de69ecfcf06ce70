"""`POST /mcp`: the tools of `rag.mcp_server` over HTTP, without sessions, each answer as JSON.

The protocol's library takes a second to load, so it is loaded at the first call. It does not know
the tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.workers import Workers
from rag.engine import Engine

T = TypeVar("T")


class Tools:
    """The tools of one running service; an ASGI application within `running`."""

    def __init__(self, engine: Engine, workers: Workers) -> None:
        self._engine = engine
        self._workers = workers
        self._wanted = asyncio.Event()
        self._app: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ready to be called."""
        serving = asyncio.create_task(self._serve())
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def _serve(self) -> None:
        await self._wanted.wait()
        try:
            await asyncio.to_thread(_load)
            from mcp.server.transport_security import TransportSecuritySettings

            from rag.mcp_server import build_server

            server = build_server(self._engine, self._run)
            # The names in Host are checked before, for every call.
            unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
            app = server.streamable_http_app(
                stateless_http=True, json_response=True, transport_security=unchecked
            )
            async with server.session_manager.run():
                self._app.set_result(app)
                await asyncio.Event().wait()
        except Exception as error:
            if self._app.done():
                raise
            self._app.set_exception(error)

    def _run(self, call: Callable[[], T], /) -> Awaitable[T]:
        return self._workers.run(call)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wanted.set()
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)


def _load() -> None:
    import rag.mcp_server  # noqa: F401


class _Endpoint:
    """Passes a request to the running service's tools."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["state"]["tools"](scope, receive, send)


route = Route("/mcp", _Endpoint(), methods=["POST"], include_in_schema=False)
"""Only POST: there are no sessions, so there is nothing to listen to (GET) or to end (DELETE)."""
