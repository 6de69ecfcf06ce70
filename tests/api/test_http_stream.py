"""A streamed answer over a real server: its events, its errors, and what hanging up does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from asgi_server import serving
from fastapi import FastAPI, Request
from http_service import error_of
from sse import events_of
from starlette.responses import Response

import api.stream
from api import errors
from api.middleware import Guard
from api.stream import EventStream, frame, heard
from api.workers import Workers
from rag.cancel import Cancel
from rag.errors import ModelError

LIBRARY = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다. 주말에는 문을 열지 않습니다."
QUESTION = "한빛도서관은 몇 시에 닫나요?"
ONLY_ITS_OWN = ("id", "created", "timings_ms")

Frames = Callable[[Cancel], Iterator[bytes]]


def streamed(client: httpx.Client, **body: object) -> list[tuple[str, Any]]:
    with client.stream("POST", "/v1/ask", json={**body, "stream": True}) as response:
        assert response.status_code == 200
        return events_of(response)


def same(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ONLY_ITS_OWN}


@pytest.mark.parametrize("question", [QUESTION, "달에는 누가 사나요?", "When does it close?"])
@pytest.mark.parametrize("explain", [False, True])
def test_the_events_are_the_answer_step_by_step(
    client: httpx.Client, question: str, explain: bool
) -> None:
    body = {"question": question, "documents": [{"text": LIBRARY}], "explain": explain}
    (first, passages), *middle, (last, final) = streamed(client, **body)
    whole = client.post("/v1/ask", json=body).json()
    assert (first, last) == ("passages", "final")
    assert {name for name, _ in middle} <= {"delta", "citation"}
    assert passages == {"passages": whole["passages"]}
    assert "".join(data["text"] for name, data in middle if name == "delta") == whole["answer"]
    assert [data for name, data in middle if name == "citation"] == whole["citations"]
    assert same(final) == same(whole)
    assert ("trail" in final) is explain


def test_it_is_sent_as_events_and_kept_by_nobody(client: httpx.Client) -> None:
    body = {"question": QUESTION, "documents": [{"text": LIBRARY}], "stream": True}
    headers = client.post("/v1/ask", json=body).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "no-cache" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers


def test_what_is_wrong_with_the_request_has_its_status(client: httpx.Client) -> None:
    body = {"question": QUESTION, "collection": "no-such-one", "stream": True}
    response = client.post("/v1/ask", json=body)
    assert response.status_code == 404
    assert error_of(response)["type"] == "not_found"


class Served:
    """A service with one streamed and one whole call, both made by `frames`."""

    def __init__(self, frames: Frames) -> None:
        self.workers = Workers(1, 1, 60)
        self.app = FastAPI()
        errors.install(self.app)
        self.app.add_middleware(
            Guard, max_body_bytes=100, admit=lambda _: None, tell=lambda _: None
        )

        @self.app.get("/stream")
        async def stream() -> Response:
            return EventStream(self.workers, frames, lambda body: frame("error", body))

        @self.app.get("/whole")
        async def whole(request: Request) -> Response:
            made = await heard(request, self.workers, lambda cancel: b"".join(frames(cancel)))
            return Response(made)


def test_an_error_on_the_way_is_the_last_event() -> None:
    def frames(_: Cancel) -> Iterator[bytes]:
        yield frame("delta", {"text": "한"})
        raise ModelError("The model broke off. Ask again.")

    with serving(Served(frames).app) as url, httpx.stream("GET", f"{url}/stream") as response:
        assert response.status_code == 200
        (_, delta), (name, body) = events_of(response)
    assert delta == {"text": "한"}
    assert name == "error"
    assert body["error"]["message"] == "The model broke off. Ask again."
    assert body["error"]["request_id"] == response.headers["x-request-id"]


def test_an_error_before_anything_is_an_ordinary_one() -> None:
    def frames(_: Cancel) -> Iterator[bytes]:
        raise ModelError("The model does not answer.")
        yield b""

    with serving(Served(frames).app) as url:
        response = httpx.get(f"{url}/stream")
        assert response.status_code == 502
        assert error_of(response)["type"] == "model_failed"


def test_a_comment_says_that_it_is_still_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.stream, "PING_SECONDS", 0.02)
    waiting = threading.Event()

    def frames(cancel: Cancel) -> Iterator[bytes]:
        waiting.wait(60)
        yield frame("final", {})

    with serving(Served(frames).app) as url, httpx.stream("GET", f"{url}/stream") as response:
        lines = response.iter_lines()
        assert next(lines) == ": waiting"
        waiting.set()
        assert "event: final" in list(lines)


@pytest.mark.parametrize("path", ["/stream", "/whole"])
def test_a_client_that_hangs_up_stops_the_work(path: str) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def frames(cancel: Cancel) -> Iterator[bytes]:
        yield frame("delta", {"text": "…"})
        with cancel.calling(stopped.set):
            begun.set()
            cancel.wait(60)

    with serving(Served(frames).app) as url:
        host, port = url.removeprefix("http://").split(":")
        with httpx.Client(base_url=url, timeout=60) as client:
            hanging = threading.Thread(target=_hang_up_once, args=(host, int(port), path, begun))
            hanging.start()
            assert stopped.wait(30)
            hanging.join()
            assert client.get("/nothing").status_code == 404


def _hang_up_once(host: str, port: int, path: str, begun: threading.Event) -> None:
    with socket.create_connection((host, port)) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert begun.wait(30)


def test_work_that_waited_longer_than_its_client_is_not_begun() -> None:
    started: list[int] = []
    release = threading.Event()

    def frames(cancel: Cancel) -> Iterator[bytes]:
        started.append(1)
        release.wait(60)
        yield frame("final", {})

    served = Served(frames)
    with serving(served.app) as url:
        host, port = url.removeprefix("http://").split(":")
        request = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection((host, int(port))) as first:
            first.sendall(request)
            _until(lambda: bool(started))
            with socket.create_connection((host, int(port))) as second:
                second.sendall(request)
                _until(lambda: served.workers.waiting == 1)
            assert httpx.get(f"{url}/nothing").status_code == 404
            release.set()
            _until(lambda: served.workers.waiting == 0)
            assert b"event: final" in _rest(first)
    assert started == [1]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _rest(raw: Any) -> bytes:
    got: bytes = raw.recv(65536)
    while b"final" not in got:
        got += raw.recv(65536)
    return got


def test_a_stream_cut_off_by_the_stop_ends_with_an_error() -> None:
    begun = threading.Event()

    def frames(cancel: Cancel) -> Iterator[bytes]:
        yield frame("delta", {"text": "…"})
        begun.set()
        cancel.wait(60)

    told: list[tuple[str, Any]] = []

    def listen(url: str) -> None:
        with httpx.stream("GET", f"{url}/stream", timeout=60) as response:
            told.extend(events_of(response))

    with serving(Served(frames).app) as url:
        listening = threading.Thread(target=listen, args=(url,))
        listening.start()
        assert begun.wait(30)
    listening.join()
    assert [name for name, _ in told] == ["delta", "error"]
    assert told[-1][1]["error"]["retryable"] is True
