"""Make the web application around an open engine.

It does not open or close the engine, and binds no address: see `server`.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypedDict

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api import (
    describe,
    docs,
    documents,
    errors,
    examples,
    mcp,
    openai_chat,
    openai_responses,
    page,
)
from api.admission import Admission, Rules
from api.mcp import Tools
from api.metrics import Metrics
from api.middleware import Finished, Guard
from api.observed import observed
from api.routes import health, v1
from api.shared import Service
from api.traces import telemetry
from api.workers import READ_QUEUE, WRITE_PLACES, WRITE_QUEUE, Workers
from rag.engine import Engine
from rag.keys import KeyFile

_log = logging.getLogger("api.requests")

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

DESCRIPTION = (
    "Answers questions about documents, in Korean and English, with exact quotes as grounds. "
    "All offsets are Unicode code points, end exclusive. Every error has the same body, and "
    "every response a header X-Request-ID."
)


class State(TypedDict):
    """What each request finds in `request.state`."""

    service: Service
    tools: Tools


class App(FastAPI):
    """FastAPI with our examples, links and guards in its description."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            examples.add_responses(document)
            describe.add_guards(document)
            describe.add_links(document)
        return super().openapi()


def create_app(engine: Engine, *, extra_hosts: Sequence[str] = ()) -> FastAPI:
    """The application over `engine`, which must be open for writing and outlive it.

    `extra_hosts`: more names that the Host header may have when `server.host` is a loopback
    address (a test client calls itself `testserver`); of no effect otherwise.
    """
    server = engine.profile.server
    metrics = Metrics()
    seen = observed(engine, metrics.answered, log_texts=server.log_texts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        reads = Workers(server.answers_at_once, READ_QUEUE, server.wait_seconds)
        writes = Workers(WRITE_PLACES, WRITE_QUEUE, server.wait_seconds)
        metrics.watch({"read": reads, "write": writes})
        tools = Tools(seen, reads)
        async with tools.running():
            yield {"service": Service(seen, reads, writes), "tools": tools}
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
        telemetry=telemetry(),
    )
    app.include_router(health)
    app.include_router(v1)
    app.include_router(documents.files)
    app.include_router(documents.router)
    app.include_router(openai_chat.router)
    app.include_router(openai_responses.router)
    app.include_router(docs.router)
    app.include_router(page.router)
    app.include_router(metrics.router())
    app.router.routes.append(mcp.route)
    errors.install(app)
    _guard(app, engine, metrics, extra_hosts)
    return app


def _guard(app: FastAPI, engine: Engine, metrics: Metrics, extra_hosts: Sequence[str]) -> None:
    """Put the middleware around `app`; what is added last is met first."""
    server = engine.profile.server
    rules = Rules(
        hosts=allowed_hosts(server.host, extra_hosts),
        origins=server.cors_origins,
        key_needed=not is_loopback(server.host),
        rate_per_minute=server.rate_per_minute,
    )

    def tell(request: Finished) -> None:
        metrics.requested(request)
        log_request(request)

    app.add_middleware(
        Guard,
        max_body_bytes=int(server.max_body_megabytes * 1_000_000),
        admit=Admission(rules, KeyFile(engine.profile.data_dir)).admit,
        tell=tell,
    )
    if server.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=server.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )


def log_request(request: Finished) -> None:
    """One line: what was called, how it ended and how long it took."""
    fields = {
        "request_id": request.request_id,
        "method": request.method,
        "route": request.route,
        "status": request.status,
        "ms": round(1000 * request.seconds, 2),
        "key": request.key,
        **request.notes,
    }
    _log.info("request", extra={"fields": fields})


def allowed_hosts(host: str, extra: Sequence[str] = ()) -> frozenset[str] | None:
    """The Host headers to accept when bound to `host`; None when any, as we cannot know by
    which names a machine is reached from outside."""
    if not is_loopback(host):
        return None
    names = (*LOOPBACK_NAMES, f"[{host}]" if ":" in host else host, *extra)
    return frozenset(name.lower() for name in names)


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach `host`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"
