"""The parts that hold for any input: the reader of JSON, the error table, the places."""

from __future__ import annotations

import asyncio
import json
import logging
import types
from collections.abc import Iterator
from threading import Event
from typing import Any

import anyio
import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import rag.errors
from api.admission import host_name
from api.errors import STATUS, describe, error_response_of
from api.middleware import Finished, Guard
from api.requests import parse_json
from api.responses import json_response
from api.workers import Workers
from rag.errors import BusyError, MalformedError, NotFoundError, RagError, StoreError

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def classes(root: type[RagError]) -> Iterator[type[RagError]]:
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


def test_every_class_of_error_has_a_status_of_its_own() -> None:
    assert set(classes(RagError)) == set(STATUS)
    named = {c for c in vars(rag.errors).values() if isinstance(c, type)}
    assert {c for c in named if issubclass(c, RagError)} <= set(STATUS)


@pytest.mark.parametrize("kind", STATUS)
def test_every_class_of_error_gives_the_one_body(
    kind: type[RagError], caplog: pytest.LogCaptureFixture
) -> None:
    # What is logged holds the surrogate, and a report with it cannot go from process to process.
    caplog.set_level(logging.CRITICAL, logger="api")
    response = error_response_of(kind("잘못\ud800", param="a.\udfffb"), "req_1")
    error = orjson.loads(response.body)["error"]
    assert set(error) == {"type", "message", "param", "retryable", "request_id"}
    assert response.status_code == STATUS[kind]
    assert error["request_id"] == "req_1"
    if response.status_code == 500:
        assert (error["type"], error["param"]) == ("internal", None)
        assert "잘못" not in error["message"]
    else:
        assert (error["type"], error["message"]) == (kind.type, "잘못?")
    assert ("retry-after" in response.headers) is kind.retryable is error["retryable"]


def test_a_new_class_of_error_has_the_status_of_its_parent() -> None:
    child = types.new_class("MissingPageError", (NotFoundError,))
    assert error_response_of(child("none"), "r").status_code == 404


@pytest.mark.parametrize("error", [ValueError("secret"), StoreError("disk full")])
def test_what_the_operator_must_see_is_logged_with_the_id(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = error_response_of(error, "req_42")
    assert "req_42" in caplog.text
    assert str(error) in caplog.text
    assert b"secret" not in bytes(response.body)


@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_what_is_read_can_always_be_written_again(body: bytes) -> None:
    try:
        value = parse_json(body)
    except MalformedError:
        return
    assert orjson.loads(orjson.dumps(value)) == value


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=12), st.integers(0, 99999))
def test_the_name_of_a_host_is_what_stands_before_the_port(name: str, port: int) -> None:
    plain = name.replace(":", "").replace("[", "")
    assert host_name(f"{plain}:{port}") == (plain.lower() or f":{port}")
    assert host_name(f"[::1]:{port}") == "[::1]"


def test_read_only_mappings_are_written() -> None:
    response = json_response({"ranks": types.MappingProxyType({"dense": 1})})
    assert response.body == b'{"ranks":{"dense":1}}'


def test_a_kind_of_problem_that_has_no_sentence_still_names_the_field() -> None:
    problem = {"type": "something_new", "loc": ("body", "a", 0), "msg": "Input is odd"}
    assert describe([problem]) == ("a.0", "`a.0` is not acceptable: Input is odd.")


def call(app: Guard, messages: list[Message]) -> tuple[list[Message], int]:
    """What `app` sends back for a POST, and how many messages it took."""
    sent: list[Message] = []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return messages[taken - 1]

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    anyio.run(app, scope, receive, send)
    return sent, taken


def guarded(app: ASGIApp, told: list[Finished] | None = None) -> Guard:
    """`app` behind a guard that lets everyone in, and bodies of 50 bytes."""
    heard = told if told is not None else []
    return Guard(app, max_body_bytes=50, admit=lambda _: None, tell=heard.append)


async def reading_app(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_no_more_is_read_once_the_limit_is_passed(sizes: list[int]) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"x" * size, "more_body": i < len(sizes) - 1}
        for i, size in enumerate(sizes)
    ]
    sent, taken = call(guarded(reading_app), messages)
    totals = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    over = next((i + 1 for i, total in enumerate(totals) if total > 50), None)
    assert sent[0]["status"] == (413 if over else 200)
    assert taken == (over or len(sizes))


def test_what_nobody_foresaw_is_a_500_without_a_trace() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("secret")

    sent, _ = call(guarded(broken), [])
    assert sent[0]["status"] == 500
    error = orjson.loads(sent[1]["body"])["error"]
    assert (error["type"], error["retryable"]) == ("internal", False)
    assert dict(sent[0]["headers"])[b"x-request-id"].decode() == error["request_id"]
    assert "secret" not in str(sent)


def test_a_client_that_hangs_up_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert call(guarded(reading_app), messages) == ([], 2)
    assert not caplog.records


def test_what_is_cut_off_by_the_stop_is_told_to_come_again() -> None:
    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    sent, _ = call(guarded(cancelled), [])
    assert sent[0]["status"] == 503
    assert b"retry-after" in dict(sent[0]["headers"])
    assert orjson.loads(sent[1]["body"])["error"]["retryable"] is True


def test_places_and_queue_are_bounded_and_the_next_call_is_refused() -> None:
    async def scenario() -> None:
        workers, release, done = Workers(places=2, queue=3, patience=60), Event(), []

        async def one() -> None:
            await workers.run(release.wait)
            done.append(1)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(BusyError):
                await workers.run(release.wait)
            release.set()
        assert len(done) == 5
        assert await workers.run(divmod, 7, 2) == (3, 1)
        workers.close()

    anyio.run(scenario)


def body_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies whose fields are often right and sometimes anything."""
    return st.fixed_dictionaries(
        {}, optional={name: value | JSON_VALUES for name, value in fields.items()}
    )


TEXTS = st.text(st.characters(), min_size=1, max_size=30)
BODIES = {
    "/v1/ask": body_of(
        question=TEXTS,
        top_k=st.integers(-1, 60),
        filters=st.dictionaries(TEXTS, JSON_VALUES, max_size=2),
        explain=st.booleans(),
        history=st.lists(body_of(role=st.sampled_from(["user", "assistant"]), content=TEXTS)),
        documents=st.lists(body_of(text=TEXTS, title=TEXTS, source=TEXTS), max_size=3),
    ),
    "/v1/search": body_of(question=TEXTS, filters=JSON_VALUES, collection=TEXTS),
    "/v1/documents": body_of(
        documents=st.lists(
            body_of(
                text=TEXTS,
                title=TEXTS,
                source=TEXTS,
                metadata=st.dictionaries(TEXTS, JSON_VALUES, max_size=3),
            ),
            max_size=3,
        )
    ),
    "/v1/collections": body_of(name=TEXTS),
}


@pytest.mark.parametrize("path", BODIES)
def test_no_body_whatever_is_a_500(client: httpx.Client, path: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(BODIES[path])
    def send(body: dict[str, Any]) -> None:
        # Python's writer sends what other clients could: NaN, and lone surrogates as escapes.
        headers = {"Content-Type": "application/json"}
        response = client.post(path, content=json.dumps(body).encode(), headers=headers)
        assert response.status_code < 500, response.text
        assert response.status_code < 300 or set(response.json()) == {"error"}

    send()
    assert client.get("/v1/documents?limit=1000").status_code == 200
    assert client.get("/v1/collections").status_code == 200
