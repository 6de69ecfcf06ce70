"""A real local server that speaks the OpenAI protocol and misbehaves on demand, byte by byte.

    with FakeModel(["One.", Reply("Two.", fault="drop", after=1)]) as server:
        ... server.base_url ... server.requests[0].body

A script says what to reply to chat completions: a text, a `Reply`, a list of them (one for each
request, the last for all that follow), or a function from the `Request` to one. Whatever is asked
without streaming gets the same reply in one piece. It does not know who is tested.
"""

from __future__ import annotations

import hashlib
import json
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.models.replies import Reply, error, lines, rerank, whole


@dataclass
class Request:
    """A request as it came in, names of headers in lower case. `gone` is set once the client hung
    up before the reply's end."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    number: int  # among those of the same path, from 0
    gone: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """All messages' texts, a line between them."""
        return "\n".join(str(m.get("content", "")) for m in self.body.get("messages", ()))


Scripted = Reply | str
Script = Scripted | Sequence[Scripted] | Callable[[Request], Scripted]


class FakeModel:
    """A server on a free loopback port, for the time of a `with` block. `port` takes a given one.
    `embeddings` and `rerank` are scripts for those calls; only status, delays, `dimension` and
    `raw` of their replies count. Vectors are bags of words, so texts with the same words are near.
    """

    def __init__(
        self,
        script: Script = "Hello.",
        *,
        models: Sequence[str] = ("fake-model",),
        embeddings: Script = "",
        rerank: Script = "",
        dimension: int = 64,
        context_tokens: int | None = None,
        port: int = 0,
    ) -> None:
        self.requests: list[Request] = []
        self.models, self.dimension, self.context_tokens = models, dimension, context_tokens
        self._scripts = {
            "/v1/chat/completions": script,
            "/v1/embeddings": embeddings,
            "/v1/rerank": rerank,
        }
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def open_connections(self) -> int:
        """How many clients are connected now."""
        with self._lock:
            return len(self._sockets)

    @property
    def chats(self) -> list[Request]:
        """The requests for chat completions."""
        return [r for r in list(self.requests) if r.path == "/v1/chat/completions"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        with self._lock:
            for connection in self._sockets:
                connection.close()
        self._server.server_close()
        self._thread.join()

    def _log(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Request:
        with self._lock:
            number = sum(request.path == path for request in self.requests)
            request = Request(path, body, headers, number)
            self.requests.append(request)
        return request

    def _reply(self, request: Request) -> Reply:
        script = self._scripts[request.path]
        if callable(script):
            script = script(request)
        elif not isinstance(script, str | Reply):
            script = script[min(request.number, len(script) - 1)]
        return Reply(script) if isinstance(script, str) else script

    def _models(self) -> dict[str, Any]:
        extra = {"max_model_len": self.context_tokens} if self.context_tokens else {}
        return {
            "object": "list",
            "data": [{"id": name, "object": "model", **extra} for name in self.models],
        }

    def vector(self, text: str, dimension: int) -> list[float]:
        row = [0.0] * dimension
        for word in re.findall(r"\w+", text.lower()):
            place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            row[place % dimension] += 1.0
        return row if any(row) else [1.0, *row[1:]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    fake: FakeModel

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what is tested."""


class _Gone(Exception):
    """The client hung up, or the server is being stopped."""


class _Cut(Exception):
    """The script ends the connection here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.fake._lock:
            self.server.fake._sockets.add(self.connection)

    def finish(self) -> None:
        with self.server.fake._lock:
            self.server.fake._sockets.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: tests read `FakeModel.requests`."""

    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self.server.fake._log(self.path, {}, self._named())
            self._json(200, self.server.fake._models())
        else:
            self._json(404, error("no such path"))

    def do_POST(self) -> None:
        fake = self.server.fake
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path not in fake._scripts:
            self._json(404, error("no such path"))
            return
        request = fake._log(self.path, body, self._named())
        reply = fake._reply(request)
        try:
            self._wait(reply.delay_first)
            self._send(request, reply)
            request.answered.set()
        except _Cut:
            request.answered.set()
            self.close_connection = True
        except (_Gone, OSError, ValueError):
            request.gone.set()
            self.close_connection = True

    def _send(self, request: Request, reply: Reply) -> None:
        fake, body = self.server.fake, request.body
        if reply.status != 200:
            headers = {"Retry-After": reply.retry_after} if reply.retry_after is not None else {}
            self._json(reply.status, error(reply.message), headers)
        elif reply.raw is not None:
            self._body(200, reply.raw)
        elif body.get("model") not in fake.models:
            self._json(404, error(f"model {body.get('model')} not found"))
        elif request.path == "/v1/embeddings":
            self._json(200, self._embeddings(body, reply))
        elif request.path == "/v1/rerank":
            self._json(200, rerank(body))
        elif body.get("stream"):
            self._stream(request, reply)
        else:
            if reply.fault in ("drop", "reset"):
                self._break(reply.fault)
            if reply.fault == "hang":
                self._wait(3600)
            self._json(200, whole(body, reply))

    def _stream(self, request: Request, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        sent = 0
        cuts = set(reply.cuts)
        for number, line in enumerate(lines(request.body, reply)):
            if number:
                self._wait(reply.delay)
            whole = reply.cut_every or len(line)
            parts: list[bytes] = []
            start = 0
            for place in range(1, len(line) + 1):
                if place - start == whole or sent + place in cuts or place == len(line):
                    parts.append(line[start:place])
                    start = place
            for part in parts:
                self._chunk(part)
            sent += len(line)
        if reply.fault in ("drop", "reset"):
            self._break(reply.fault)
        if reply.fault == "hang":
            self._wait(3600)
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self._wait(0.0)
        self.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def _break(self, fault: str) -> None:
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise _Cut

    def _wait(self, seconds: float) -> None:
        """Sleep, but notice at once when the client hangs up or the server is stopped."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            readable, _, _ = select.select([self.connection], [], [], max(0.0, min(left, 0.05)))
            gone = readable and not self.connection.recv(1, socket.MSG_PEEK)
            if gone or self.server.fake._stopping.is_set():
                raise _Gone
            if left <= 0:
                return
            if readable:  # the next request is already waiting: this client is still there
                time.sleep(min(left, 0.05))

    def _embeddings(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        fake = self.server.fake
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        dimension = reply.dimension or body.get("dimensions") or fake.dimension
        rows = [fake.vector(text, dimension) for text in texts]
        return {
            "object": "list",
            "model": body["model"],
            "data": [
                {"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)
            ],
            "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)},
        }

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._body(status, json.dumps(value, ensure_ascii=False).encode(), headers)

    def _body(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
