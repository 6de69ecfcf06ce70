"""A service that answers word by word and never ends: as slow as a model, for tests of stopping.

It is a real server on a loopback port, speaking what `rag chat --url` needs of the contract.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = "르쿤은 2013년 메타에 합류한 이후 기초인공지능연구소를 통해 작업을 이끌어 왔습니다."


@dataclass
class Slow:
    """`hung_up` is set when a client has gone away in the middle of its answer."""

    url: str = ""
    keys: list[str | None] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def slow_service() -> Iterator[Slow]:
    """Run it."""
    slow = Slow()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            slow.keys.append(self.headers["Authorization"])
            collections = [{"name": "default", "documents": 2, "chunks": 41}]
            body = json.dumps({"collections": collections}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                self._event("passages", {"passages": []})
                for word in WORDS.split():
                    self._event("delta", {"text": f"{word} "})
                while not slow.hung_up.wait(0.05):
                    self._write(b": waiting\n\n")
            except OSError:
                slow.hung_up.set()

        def _event(self, name: str, data: object) -> None:
            self._write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())

        def _write(self, data: bytes) -> None:
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slow.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield slow
        finally:
            slow.hung_up.set()
            server.shutdown()
