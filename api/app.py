"""Make the web application around an open engine.

It does not open or close the engine, and binds no address: see `server`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypedDict

from fastapi import FastAPI

from api import docs, documents, errors, examples
from api.middleware import Guard
from api.routes import health, v1
from api.shared import Service
from api.workers import READ_PLACES, READ_QUEUE, WRITE_PLACES, WRITE_QUEUE, Workers
from rag.engine import Engine

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

DESCRIPTION = (
    "Answers questions about documents, in Korean and English, with exact quotes as grounds. "
    "All offsets are Unicode code points, end exclusive. Every error has the same body, and "
    "every response a header X-Request-ID."
)


class State(TypedDict):
    """What each request finds in `request.state`."""

    service: Service


class App(FastAPI):
    """FastAPI with our examples in its description."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        examples.add_responses(document)
        return document


def create_app(engine: Engine, *, extra_hosts: Sequence[str] = ()) -> FastAPI:
    """The application over `engine`, which must be open for writing and outlive it.

    `extra_hosts`: more names that the Host header may have when `server.host` is a loopback
    address (a test client calls itself `testserver`); of no effect otherwise.
    """
    server = engine.profile.server

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        reads, writes = Workers(READ_PLACES, READ_QUEUE), Workers(WRITE_PLACES, WRITE_QUEUE)
        yield {"service": Service(engine, reads, writes)}
        reads.close()
        writes.close()

    app = App(
        title="Geungeo",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(health)
    app.include_router(v1)
    app.include_router(documents.files)
    app.include_router(documents.router)
    app.include_router(docs.router)
    errors.install(app)
    app.add_middleware(
        Guard,
        hosts=allowed_hosts(server.host, extra_hosts),
        max_body_bytes=int(server.max_body_megabytes * 1_000_000),
    )
    return app


def allowed_hosts(host: str, extra: Sequence[str] = ()) -> frozenset[str] | None:
    """The Host headers to accept when bound to `host`; None when any, as we cannot know by
    which names a machine is reached from outside."""
    if not is_loopback(host):
        return None
    return frozenset({*LOOPBACK_NAMES, f"[{host}]" if ":" in host else host, *extra})


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach `host`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"
