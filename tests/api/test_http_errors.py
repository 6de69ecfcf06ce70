"""Whatever a client sends, it gets the one error body and a 4xx that says what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx
import pytest
from http_service import Running, error_of

BODY_CALLS = ["/v1/ask", "/v1/search", "/v1/documents", "/v1/collections"]
JSON = {"Content-Type": "application/json"}


def nested(depth: int) -> bytes:
    return b'{"question": "q", "filters": {"a": ' + b"[" * depth + b"]" * depth + b"}}"


MALFORMED = {
    "empty": b"",
    "spaces": b"   ",
    "not JSON": b"question=hello",
    "cut off": b'{"question": "hel',
    "two values": b'{"question": "a"} {"question": "b"}',
    "trailing comma": b'{"question": "a",}',
    "lone surrogate": b'{"question": "a\\ud800"}',
    "lone surrogate as a key": b'{"\\udfff": 1}',
    "surrogate in UTF-8": b'{"question": "\xed\xa0\x80"}',
    "invalid UTF-8": b'{"question": "\xff\xfe"}',
    "CP949": '{"question": "누구인가"}'.encode("cp949"),
    "UTF-16": '{"question": "a"}'.encode("utf-16"),
    "NaN": b'{"question": "a", "top_k": NaN}',
    "Infinity": b'{"question": "a", "top_k": -Infinity}',
    "1e400": b'{"question": "a", "top_k": 1e400}',
    "a NUL byte": b'{"question": "a\x00"}',
    "NUL bytes": b"\x00" * 1000,
    "a number of 10,000 digits": b'{"question": "a", "top_k": 1' + b"0" * 10_000 + b"}",
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets, closed": nested(100_000),
    "65 levels": nested(63),
    "1,000 objects deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
}


@pytest.mark.parametrize("path", BODY_CALLS)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_json_is_a_400(client: httpx.Client, path: str, body: bytes) -> None:
    response = client.post(path, content=body, headers=JSON)
    assert response.status_code == 400
    assert error_of(response)["type"] == "malformed"


def test_a_byte_order_mark_and_64_levels_are_read(client: httpx.Client) -> None:
    body = b'\xef\xbb\xbf{"question": "a", "no": 1}'
    assert client.post("/v1/ask", content=body, headers=JSON).status_code == 422
    assert client.post("/v1/ask", content=nested(62), headers=JSON).status_code != 400


def ask(**fields: object) -> dict[str, object]:
    return {"question": "누구인가?", **fields}


UNACCEPTABLE: list[tuple[str, object, str | None, str]] = [
    ("/v1/ask", [], None, "object"),
    ("/v1/ask", None, None, "object"),
    ("/v1/ask", "question", None, "object"),
    ("/v1/ask", {}, "question", "required"),
    ("/v1/ask", {"question": None}, "question", "string"),
    ("/v1/ask", {"question": 5}, "question", "string"),
    ("/v1/ask", {"question": ""}, "question", "at least 1"),
    ("/v1/ask", {"question": " \n\t\u3000"}, "question", "only spaces"),
    ("/v1/ask", {"question": "가" * 8001}, "question", "8,000"),
    ("/v1/ask", {"question": "a\0b"}, "question", "NUL"),
    ("/v1/ask", ask(top_k=0), "top_k", "at least 1"),
    ("/v1/ask", ask(top_k=51), "top_k", "at most 50"),
    ("/v1/ask", ask(top_k="5"), "top_k", "whole number"),
    ("/v1/ask", ask(top_k=2.5), "top_k", "whole number"),
    ("/v1/ask", ask(top_k=True), "top_k", "whole number"),
    ("/v1/ask", ask(top_k=10**30), "top_k", "whole number"),
    ("/v1/ask", ask(top_k=2**63), "top_k", "at most 50"),
    ("/v1/ask", ask(topk=5), "topk", "`top_k`"),
    ("/v1/ask", ask(Documents=[]), "Documents", "`documents`"),
    ("/v1/ask", ask(temperature=1), "temperature", "fields are: question,"),
    ("/v1/ask", ask(stream="no"), "stream", "true or false"),
    ("/v1/ask", ask(explain=1), "explain", "true or false"),
    ("/v1/ask", ask(history={}), "history", "list"),
    ("/v1/ask", ask(history=["hello"]), "history.0", "object"),
    ("/v1/ask", ask(history=[{"role": "user"}]), "history.0.content", "required"),
    (
        "/v1/ask",
        ask(history=[{"role": "system", "content": "x"}]),
        "history.0.role",
        "'user' or 'assistant'",
    ),
    (
        "/v1/ask",
        ask(history=[{"role": "user", "content": "x", "nmae": "y"}]),
        "history.0.nmae",
        "fields are: role, content",
    ),
    ("/v1/ask", ask(documents=[]), "documents", "at least 1 entry"),
    ("/v1/ask", ask(documents=[{"text": "a"}] * 101), "documents", "at most 100"),
    ("/v1/ask", ask(documents=[{"text": ""}]), "documents.0.text", "at least 1"),
    ("/v1/ask", ask(documents=[{"text": "a"}, {"text": " "}]), "documents.1.text", "only spaces"),
    ("/v1/ask", ask(documents=[{"txt": "a"}]), "documents.0.txt", "`text`"),
    ("/v1/ask", ask(documents=[{"text": "a", "title": 1}]), "documents.0.title", "string"),
    ("/v1/ask", ask(filters=[]), "filters", "object"),
    ("/v1/ask", ask(collection=7), "collection", "string"),
    ("/v1/search", {"question": "a", "explain": True}, "explain", "fields are"),
    ("/v1/search", {"question": "a", "history": []}, "history", "fields are"),
    ("/v1/documents", {"documents": []}, "documents", "at least 1 entry"),
    ("/v1/documents", {"text": "a"}, "text", "fields are: documents"),
    ("/v1/documents", {"documents": [{"title": "a"}]}, "documents.0.text", "required"),
    ("/v1/documents", {"documents": [{"text": None}]}, "documents.0.text", "string"),
    (
        "/v1/documents",
        {"documents": [{"text": "a", "metadata": []}]},
        "documents.0.metadata",
        "obj",
    ),
    ("/v1/collections", {"name": None}, "name", "string"),
    ("/v1/collections", {"nmae": "a"}, "nmae", "`name`"),
]


@pytest.mark.parametrize(("path", "body", "param", "says"), UNACCEPTABLE)
def test_an_unacceptable_field_is_named_with_what_to_do(
    client: httpx.Client, path: str, body: object, param: str | None, says: str
) -> None:
    response = client.post(path, content=json.dumps(body).encode(), headers=JSON)
    error = error_of(response)
    assert response.status_code == 422, error
    assert (error["type"], error["param"], error["retryable"]) == ("invalid_input", param, False)
    assert says in str(error["message"])


def test_several_problems_are_counted(client: httpx.Client) -> None:
    error = error_of(client.post("/v1/ask", json={"question": 1, "top_k": 0, "explain": 0}))
    assert error["param"] == "question"
    assert "2 more problems" in str(error["message"])


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        (f"limit={'9' * 5000}", "limit"),
        ("colection=x", "colection"),
    ],
)
def test_an_unacceptable_query_is_named(client: httpx.Client, query: str, param: str) -> None:
    response = client.get(f"/v1/documents?{query}")
    assert response.status_code == 422
    assert error_of(response)["param"] == param


@pytest.mark.parametrize("path", BODY_CALLS)
@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"],
)
def test_a_body_that_is_not_declared_as_json_is_a_415(
    client: httpx.Client, path: str, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = client.post(path, content=b'{"question": "a"}', headers=headers)
    assert response.status_code == 415
    assert error_of(response)["type"] == "unsupported_media_type"


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/ask/", "/docs/x", "/%00", "/%ff/%2e%2e"])
def test_an_unknown_path_is_a_404(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert error_of(response)["type"] == "not_found"


def test_a_wrong_method_is_a_405_that_names_the_right_one(client: httpx.Client) -> None:
    response = client.get("/v1/ask")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert "use POST" in str(error_of(response)["message"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/documents/doc_none"),
        ("GET", "/v1/documents/%00"),
        ("GET", "/v1/documents/%ed%a0%80"),
        ("GET", "/v1/citations/cit_none"),
        ("GET", "/v1/citations/%00"),
        ("DELETE", "/v1/documents/doc_none"),
        ("DELETE", "/v1/collections/none"),
        ("DELETE", "/v1/collections/%F0%9F%92%A5"),
    ],
)
def test_what_does_not_exist_is_a_404(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 404
    assert error_of(response)["type"] == "not_found"


def test_a_declared_length_over_the_limit_is_refused_before_the_body(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall(
            b"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
        )
        answer = raw.recv(65536)
        while b"}}" not in answer:
            answer += raw.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"type":"too_large"' in answer


def test_chunks_are_counted_as_they_come(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"question": "'
        for _ in range(26):
            yield b"a" * 1_000_000

    response = client.post("/v1/ask", content=chunks(), headers=JSON)
    assert response.status_code == 413
    assert error_of(response)["type"] == "too_large"
    assert "25 MB" in str(error_of(response)["message"])
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:1", "[::1]"])
def test_a_loopback_host_header_is_accepted(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8000", "[::2]", "", "["]
)
@pytest.mark.parametrize("path", ["/healthz", "/v1/documents", "/docs", "/nothing"])
def test_another_host_header_is_refused(client: httpx.Client, path: str, host: str) -> None:
    response = client.get(path, headers={"Host": host})
    assert response.status_code == 421
    assert error_of(response)["type"] == "wrong_host"


def test_other_origins_are_given_no_permission(client: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for response in (
        client.options("/v1/ask", headers=asked),
        client.get("/v1/collections", headers={"Origin": "https://evil.example"}),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_every_response_has_an_id_of_its_own(client: httpx.Client) -> None:
    ids = [client.get(path).headers["x-request-id"] for path in ("/", "/healthz", "/docs", "/x")]
    assert len(set(ids)) == 4
