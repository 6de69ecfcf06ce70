"""The tools over HTTP, with the official client, in both forms of the protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest
from http_service import Running, error_of
from mcp import Client

HOURS = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다. 주말에는 쉽니다."
QUESTION = "한빛도서관은 몇 시에 닫나요?"


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    """A document in a collection of its own."""
    client.post("/v1/collections", json={"name": "for-mcp"})
    body = {"text": HOURS, "source": "hours.txt", "title": "이용 시간", "collection": "for-mcp"}
    added = client.post("/v1/documents", json={"documents": [body]}).json()["documents"][0]
    read: dict[str, Any] = client.get(f"/v1/documents/{added['document_id']}").json()
    return read


def talk(server: Running, mode: str, say: Callable[[Client], Awaitable[Any]]) -> Any:
    """What `say` returns, told a connected client."""

    async def connected() -> Any:
        async with Client(f"{server.url}/mcp", mode=mode, read_timeout_seconds=60) as client:
            return await say(client)

    return anyio.run(connected)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_those_of_the_service(
    server: Running, client: httpx.Client, document: dict[str, Any], mode: str
) -> None:
    async def say(mcp: Client) -> tuple[Any, ...]:
        asked = {"question": QUESTION, "collection": "for-mcp"}
        return (
            await mcp.list_tools(),
            await mcp.call_tool("ask", asked),
            await mcp.call_tool("search", asked),
            await mcp.call_tool("read_document", {"document_id": document["document_id"]}),
        )

    tools, answered, found, read = talk(server, mode, say)
    assert {tool.name for tool in tools.tools} == {"ask", "search", "read_document"}
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools.tools)
    body = {"question": QUESTION, "collection": "for-mcp"}
    own = client.post("/v1/ask", json=body).json()
    data = answered.structured_content
    assert {k: v for k, v in data.items() if k not in ("id", "created", "timings_ms")} == {
        k: v for k, v in own.items() if k not in ("id", "created", "timings_ms")
    }
    (text,) = answered.content
    assert text.text.startswith(own["answer"])
    assert own["citations"][0]["cited_text"] in text.text
    assert document["document_id"] in text.text
    passages = client.post("/v1/search", json=body).json()["passages"]
    assert found.structured_content["passages"] == passages
    assert read.structured_content["text"] == read.content[0].text == document["text"]


def test_a_mistake_is_told_so_that_a_model_can_mend_it(
    server: Running, document: dict[str, Any]
) -> None:
    async def say(mcp: Client) -> tuple[Any, ...]:
        return (
            await mcp.call_tool("ask", {"question": QUESTION, "collection": "no-such-one"}),
            await mcp.call_tool("ask", {"question": " "}),
            await mcp.call_tool("search", {"question": QUESTION, "top_k": 99}),
            await mcp.call_tool("read_document", {"document_id": "doc_none"}),
            await mcp.call_tool("read_document", {"document_id": "d", "start": -1}),
        )

    told = talk(server, "auto", say)
    assert all(result.is_error for result in told)
    words = ["no-such-one", "question", "from 1 to 50", "doc_none", "start"]
    assert [word in result.content[0].text for word, result in zip(words, told, strict=True)] == [
        True
    ] * len(words), [result.content[0].text for result in told]
    assert "Traceback" not in str(told)


def test_a_part_of_a_document_is_read(server: Running, document: dict[str, Any]) -> None:
    async def say(mcp: Client) -> Any:
        return await mcp.call_tool(
            "read_document", {"document_id": document["document_id"], "start": 7, "length": 5}
        )

    part = talk(server, "auto", say).structured_content
    assert part["text"] == document["text"][7:12]
    assert (part["span"], part["next"]) == ({"start": 7, "end": 12}, 12)
    assert part["characters"] == len(document["text"])


def test_a_browser_cannot_be_made_to_call(client: httpx.Client) -> None:
    """What a page can send without asking first is refused before it is read."""
    simple = client.post("/mcp", content=b"{}", headers={"Content-Type": "text/plain"})
    assert simple.status_code == 400
    renamed = client.post("/mcp", json={}, headers={"Host": "evil.example"})
    assert (renamed.status_code, error_of(renamed)["type"]) == (421, "wrong_host")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_session_to_listen_to_or_to_end(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/mcp")
    assert response.status_code == 405
    assert error_of(response)["type"] == "method_not_allowed"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"jsonrpc": "2.0"}', b"\xff", b"[" * 9999])
def test_what_is_no_call_is_a_4xx(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    assert 400 <= client.post("/mcp", content=body, headers=headers).status_code < 500
