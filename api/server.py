"""Start the service: bind, open the engine, serve until a signal comes, close.

Standard output carries one line, the address, written once questions can be answered;
everything else goes to standard error. It does not read flags.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from api.app import create_app, is_loopback
from api.logs import JsonLog
from api.protocol import Connection
from rag.engine import Engine, open_engine
from rag.keys import KeyFile
from rag.profile import Profile

CANNOT_LISTEN = NO_KEY = 2
"""The exit code when the address cannot be had, or is a public one and there is no key."""

FINISH_SECONDS = 2
"""How long requests under way may still take after a signal, and closing the engine after them."""


def serve(profile: Profile, *, seeds: bool) -> int:
    """Serve on `profile.server` until SIGTERM or SIGINT; port 0 takes any free one.

    `seeds`: a new data folder begins with the articles that come with the package. Returns the
    exit code: 0 after a signal, 2 when the address cannot be had or needs a key. Raises RagError
    when the engine cannot be opened. Call it in the main thread.
    """
    host, port = profile.server.host, profile.server.port
    try:
        listener = _bind(host, port)
    except OSError as error:
        print(f"rag: {_why(host, port, error)}", file=sys.stderr)
        return CANNOT_LISTEN
    if not is_loopback(host) and not KeyFile(profile.data_dir).known():
        listener.close()
        _say(
            f"{host} can be reached from other machines, and there is no key yet. Make one with "
            "`rag keys add NAME`, or serve this machine alone with --host 127.0.0.1."
        )
        return NO_KEY
    # Both signals interrupt the opening as well as the serving, and the engine is then closed.
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        with listener, _logging():
            return _run(profile, listener, seeds)
    except KeyboardInterrupt:
        return 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _logging() -> Iterator[None]:
    """Everything that is logged goes to standard error: warnings, and each request."""
    log = JsonLog(sys.stderr)
    logging.basicConfig(handlers=[log], level=logging.WARNING)
    logging.getLogger("api.requests").setLevel(logging.INFO)
    # It warns of whatever strangers send.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(log)
        log.close()


SWITCH_SECONDS = 0.0005
"""How long a thread that answers may keep the interpreter from the one that listens. With Python's
own 5 ms the service made 23 answers a second where it makes 39."""


def _run(profile: Profile, listener: socket.socket, seeds: bool) -> int:
    engine = open_engine(profile, write=True, seeds=seeds)
    threads = threading.enumerate()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        engine.warm()
        config = uvicorn.Config(
            create_app(engine),
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=FINISH_SECONDS,
        )
        server = _Server(
            config, f"http://{_address(profile.server.host, listener)}", engine.announce
        )
        server.run(sockets=[listener])
    finally:
        _close(engine, threads)
    return 0


class _Server(uvicorn.Server):
    """uvicorn, saying where it listens once it does."""

    def __init__(self, config: uvicorn.Config, url: str, announce: Callable[[str], None]) -> None:
        super().__init__(config)
        self._url = url
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce(self._url)
        print(f"listening on {self._url}", flush=True)


def _close(engine: Engine, threads_before: Collection[threading.Thread]) -> None:
    """Close the engine; if a call that is still running keeps it, stop without: the store is
    made to survive being stopped at any point."""
    threading.Thread(target=engine.close, name="close").start()
    deadline = time.monotonic() + FINISH_SECONDS
    started = [t for t in threading.enumerate() if t not in threads_before and not t.daemon]
    for thread in started:
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in started):
        _say("a call was still running and has been stopped; if it added documents, send it again")
        sys.stderr.flush()
        os._exit(0)


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket, not yet listening: a client is refused until questions can be answered."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # `localhost` has two addresses; the older one is what everybody tries.
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _why(host: str, port: int, error: OSError) -> str:
    """One sentence on why an address cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"{host}:{port} is already in use. Stop the program that listens there, or choose "
            "another port (--port, RAG_PORT; 0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights. Choose one above 1023 (--port, RAG_PORT)."
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine (--host, RAG_HOST)."
    return f"{host}:{port} cannot be listened on: {error.strerror}."


def _say(sentence: str) -> None:
    print(f"rag: {sentence}", file=sys.stderr)
