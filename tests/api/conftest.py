"""One real server for the whole folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import httpx
import pytest
from http_service import Running, start_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server that the tests share; at the end it must stop politely, having said nothing."""
    running = start_server(tmp_path_factory.mktemp("data"))
    yield running
    code, out, err = running.stop()
    assert (code, out) == (0, "")
    assert "Traceback" not in err, err


@pytest.fixture(scope="session")
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client


_numbers = count(1)


@pytest.fixture
def collection(client: httpx.Client) -> str:
    """A new, empty collection."""
    name = f"test-{next(_numbers)}"
    assert client.post("/v1/collections", json={"name": name}).status_code == 201
    return name


Add = Callable[..., list[dict[str, object]]]


@pytest.fixture
def add(client: httpx.Client, collection: str) -> Add:
    """Adds documents to the new collection and returns what became of each."""

    def add(*documents: dict[str, object]) -> list[dict[str, object]]:
        body = {"documents": [{"collection": collection, **document} for document in documents]}
        response = client.post("/v1/documents", json=body)
        assert response.status_code == 200, response.text
        items: list[dict[str, object]] = response.json()["documents"]
        return items

    return add
