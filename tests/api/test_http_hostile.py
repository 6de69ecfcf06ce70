"""What no polite client sends, over raw sockets to a real service: each is refused with the one
error body, or the connection is closed, and the next question is answered."""

from __future__ import annotations

import gc
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from http_service import Running, start_server

HURRIED = """
import api.middleware, api.protocol
api.protocol.HEAD_SECONDS = 1.0
api.protocol.STALL_SECONDS = 1.0
api.middleware.BODY_SECONDS = 1.0
"""
LIMIT = 25_000_000
HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
QUESTION = {"question": "다리는 언제 열렸나?", "documents": [{"text": "다리는 1932년에 열렸다."}]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service in a hurry: what takes seconds to give up on takes one here."""
    running = start_server(tmp_path_factory.mktemp("hostile"), prelude=HURRIED)
    yield running
    code, _, err = running.stop()
    assert code == 0
    assert "Traceback" not in err, err[err.index("Traceback") :][:5000]


@pytest.fixture(autouse=True)
def _answers_afterwards(service: Running) -> Iterator[None]:
    yield
    response = httpx.post(f"{service.url}/v1/ask", json=QUESTION, timeout=60, trust_env=False)
    assert response.status_code == 200
    assert "1932" in response.json()["answer"]


def connected(service: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=60)


def told(raw: socket.socket) -> bytes:
    """All that comes until the service closes; empty also when it closes roughly."""
    answer = b""
    try:
        while more := raw.recv(65536):
            answer += more
    except ConnectionError:
        pass
    return answer


def refusal(answer: bytes) -> tuple[int, str]:
    """The status and type of an error response, having checked that it is the one body, whole."""
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert set(error) == {"type", "message", "param", "retryable", "request_id"}
    assert f"x-request-id: {error['request_id']}".encode() in head.lower()
    assert b"content-type: application/json" in head.lower()
    return int(head.split(b" ")[1]), error["type"]


def sent(service: Running, *parts: bytes) -> bytes:
    """What the service says to these bytes, up to its closing the connection."""
    with connected(service) as raw:
        for part in parts:
            try:
                raw.sendall(part)
            except ConnectionError:
                break
        return told(raw)


def posted(service: Running, body: bytes) -> bytes:
    length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    return sent(service, HEAD + length, body)


BODIES = {
    "a lone surrogate": b'{"question": "\\ud800"}',
    "NaN": b'{"question": "a", "top_k": NaN}',
    "infinity": b'{"question": "a", "filters": {"x": -Infinity}}',
    "100,000 brackets": b'{"question": "a", "filters": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "open brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "NUL": b'{"question": "a\\u0000b"}',
    "bare NUL": b'{"question": "a\x00b"}',
    "invalid UTF-8": b'{"question": "\xff\xfe"}',
    "surrogates in UTF-8": b'{"question": "\xed\xa0\x80"}',
    "UTF-16": '{"question": "a"}'.encode("utf-16"),
    "a huge number": b'{"question": "a", "top_k": 1' + b"0" * 100_000 + b"}",
    "a huge exponent": b'{"question": "a", "top_k": 1e999999}',
    "a million keys": b'{"question": "a", '
    + b", ".join(b'"k%d": 1' % n for n in range(1_000_000))
    + b"}",
    "nothing": b"",
    "rubbish": bytes(range(256)) * 100,
    "many lists": b'{"question": "a", "filters": {"x": [' + b"[]," * 8_000_000 + b"0]}}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_refused(service: Running, body: bytes) -> None:
    status, _ = refusal(posted(service, body))
    assert status in (400, 422)


def test_a_body_over_the_limit_is_refused(service: Running) -> None:
    assert refusal(posted(service, b" " * 30_000_000)) == (413, "too_large")


def test_a_body_in_chunks_without_end_is_refused(service: Running) -> None:
    chunk = b"F4240\r\n" + b"x" * 1_000_000 + b"\r\n"
    with connected(service) as raw:
        raw.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(100):
                raw.sendall(chunk)
        except ConnectionError:
            pass
        answer = told(raw)
    # A client that goes on sending may lose the answer to a reset; it is cut off in any case.
    assert not answer or refusal(answer) == (413, "too_large")


PATHS = [
    b"/../../etc/passwd",
    b"/%2e%2e/%2e%2e/etc/passwd",
    b"/docs/../../pyproject.toml",
    b"/docs/%2e%2e%2f%2e%2e%2fpyproject.toml",
    b"/docs/..%5c..%5cpyproject.toml",
    b"/v1/documents/%2e%2e",
    b"/v1/documents/..%2f..%2fkeys.json",
    b"/v1/documents/%00",
    b"/v1/documents/%ff%fe",
    b"/v1/documents/%ed%a0%80",
    b"/v1/documents/" + b"a" * 60_000,
    b"//v1/collections",
    b"/v1//collections",
    b"/v1/collections;x",
    b"/%",
    b"/%zz",
    b"/?" + b"&" * 50_000,
]


@pytest.mark.parametrize("path", PATHS)
def test_tricks_with_paths_find_nothing(service: Running, path: bytes) -> None:
    answer = sent(
        service, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    if path.startswith(b"/?"):
        assert answer.startswith((b"HTTP/1.1 307 ", b"HTTP/1.1 200 "))
    else:
        assert refusal(answer)[0] in (400, 404)
    assert b"[build-system]" not in answer
    assert b"root:" not in answer


RUBBISH = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "not HTTP": b"EHLO example.org\r\n\r\n",
    "bad version": b"GET / HTTP/9.9\r\n\r\n",
    "a space in a header": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a huge length": HEAD + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "a bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzzz\r\n",
    "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH)
def test_what_is_not_http_is_refused_and_the_connection_closed(
    service: Running, data: bytes
) -> None:
    assert refusal(sent(service, data))[0] in (400, 413)


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", b"GET /"], ids=["headers", "path"])
def test_a_head_without_end_is_cut_off(service: Running, start: bytes) -> None:
    line = b"x" if start == b"GET /" else b"X-Filler: " + b"x" * 1000 + b"\r\n"
    answer = sent(service, start, line * (2_000_000 // len(line)))
    assert not answer or refusal(answer) == (431, "head_too_large")


def dripped(service: Running, start: bytes, drop: Callable[[int], bytes]) -> bytes:
    """What comes when a byte or line is sent every 0.2 s, until the service closes."""
    with connected(service) as raw:
        raw.sendall(start)
        raw.settimeout(0.2)
        answer = b""
        for n in range(100):
            try:
                more = raw.recv(65536)
                if not more:
                    return answer
                answer += more
            except TimeoutError:
                try:
                    raw.sendall(drop(n))
                except ConnectionError:
                    return answer
            except ConnectionError:
                return answer
    raise AssertionError("the service never lost its patience")


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_slow_drip_of_headers_is_cut_off(service: Running, before: bytes) -> None:
    start = before + b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    answer = dripped(service, start, lambda n: b"X-%d: y\r\n" % n)
    assert refusal(answer[answer.rindex(b"HTTP/1.1") :]) == (408, "too_slow")


def test_blank_lines_for_ever_are_cut_off(service: Running) -> None:
    assert refusal(dripped(service, b"\r\n", lambda _: b"\r\n")) == (408, "too_slow")


def test_a_silent_connection_is_closed(service: Running) -> None:
    with connected(service) as raw:
        assert raw.recv(1) == b""


def test_a_slow_drip_of_a_body_is_cut_off(service: Running) -> None:
    start = HEAD + b"Content-Length: 1000\r\n\r\n"
    assert refusal(dripped(service, start, lambda _: b" ")) == (408, "too_slow")
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    assert refusal(dripped(service, start, lambda _: b"1\r\n \r\n")) == (408, "too_slow")


def test_who_does_not_read_is_hung_up_on(service: Running) -> None:
    path = "/docs/swagger-ui-bundle.js"
    size = len(httpx.get(service.url + path, timeout=60, trust_env=False).content)
    with connected(service) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 50)
        time.sleep(4)
        assert len(told(raw)) < 25 * size


def test_a_hundred_idle_connections_keep_nobody_waiting(service: Running) -> None:
    idle = [connected(service) for _ in range(100)]
    for raw in idle:
        raw.sendall(b"GET / HT")
    assert httpx.get(f"{service.url}/readyz", timeout=60, trust_env=False).status_code == 200
    for raw in idle:
        told(raw)
        raw.close()


def test_memory_comes_back(service: Running) -> None:
    bodies = [BODIES["100,000 objects"], b" " * 30_000_000, b'{"question": "' + b"a" * 20_000_000]
    for body in bodies:
        posted(service, body)
    before = resident(service)
    for _ in range(5):
        for body in bodies:
            posted(service, body)
    assert resident(service) < before * 1.05 + 30_000_000


def resident(service: Running) -> int:
    """Bytes of memory that the service holds."""
    gc.collect()
    pages = Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096
