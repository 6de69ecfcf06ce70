"""Traces, as a collector receives them from a real service."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from http_service import start_server

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")


class Collector(BaseHTTPRequestHandler):
    """Keeps the bodies that it is sent."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_request_and_its_stages_are_spans_without_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    received: list[tuple[str, bytes]] = []
    collector = HTTPServer(("127.0.0.1", 0), type("Kept", (Collector,), {"received": received}))
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    running = start_server(tmp_path)
    body = {"question": "비밀의 문은 어디에 있나?", "documents": [{"text": "문은 북쪽에 있다."}]}
    assert httpx.post(f"{running.url}/v1/ask", json=body, timeout=60).status_code == 200
    assert running.stop()[0] == 0
    collector.shutdown()

    assert {path for path, _ in received} == {"/v1/traces"}
    spans = [
        span
        for _, data in received
        for resource in ExportTraceServiceRequest.FromString(data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    request = next(span for span in spans if span.name == "POST /v1/ask")
    below = {span.name for span in spans if span.trace_id == request.trace_id} - {request.name}
    assert {"retrieve", "answer", "verify"} <= below
    sent = b"".join(data for _, data in received)
    assert "비밀".encode() not in sent
    assert "북쪽".encode() not in sent
