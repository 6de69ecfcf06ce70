"""Starting and stopping: one line when ready, clear words when not, and no hanging."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from http_service import Running, start_server

from api.app import allowed_hosts, create_app, is_loopback
from api.server import serve
from rag.engine import open_engine
from rag.profile import load_profile

NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def try_to_serve(capsys: pytest.CaptureFixture[str], **settings: object) -> tuple[int, str, str]:
    """The exit code and what was printed, where the address cannot be had."""
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    code = serve(load_profile(overrides=overrides, environ={}), seeds=False)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_taken_port_is_a_sentence_and_exit_code_2(
    server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    code, out, err = try_to_serve(capsys, data_dir=folder, server__port=server.port)
    assert (code, out) == (2, "")
    assert err.startswith(f"rag: 127.0.0.1:{server.port} is already in use.")
    assert len(err.splitlines()) == 1
    assert not folder.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_a_sentence_and_exit_code_2(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = try_to_serve(capsys, data_dir=tmp_path, server__host=host, server__port=0)
    assert (code, out) == (2, "")
    assert f"{host} is not an address of this machine" in err


def test_it_stops_at_once_whatever_is_under_way_and_has_everything_when_it_returns(
    tmp_path: Path,
) -> None:
    first = start_server(tmp_path, server__host="localhost")
    assert first.url == f"http://localhost:{first.port}"
    address = ("127.0.0.1", first.port)
    url = f"http://127.0.0.1:{first.port}"
    document = {"text": "청람천문대의 망원경은 지름이 1.8미터입니다.", "source": "천문대.txt"}
    added = httpx.post(f"{url}/v1/documents", json={"documents": [document]}, timeout=60)
    assert added.json()["counts"]["added"] == 1

    long = {"text": "이 문서는 아주 길고 칠백 쪽입니다. " * 200_000}
    with socket.create_connection(address) as writing, socket.create_connection(address) as half:
        writing.sendall(post("/v1/documents", json.dumps({"documents": [long]}).encode()))
        half.sendall(post("/v1/ask", b"{" + b" " * 99)[:-99])
        assert httpx.get(f"{url}/readyz", timeout=60).status_code == 200
        assert httpx.get(f"{url}/healthz", timeout=60).status_code == 200
        code, out, err = first.stop(signal.SIGTERM)
        answers = [writing.recv(65536), half.recv(65536)]
    assert (code, out) == (0, "")
    assert "Traceback" not in err
    for answer in answers:
        assert answer == b"" or answer.startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 200 "))

    second = start_server(tmp_path)
    body = {"question": "청람천문대 망원경의 지름은?"}
    answer = httpx.post(f"{second.url}/v1/ask", json=body, timeout=60).json()
    assert answer["citations"][0]["source"] == "천문대.txt"
    kept = httpx.get(f"{second.url}/v1/documents", timeout=60).json()["documents"]
    assert all(document["chunks"] for document in kept)
    assert second.stop(signal.SIGINT)[:2] == (0, "")


def post(path: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_loopback_address_has_a_list_of_names_and_others_have_none() -> None:
    assert allowed_hosts("127.0.0.2") == NAMES | {"127.0.0.2"}
    assert allowed_hosts("::1", ["testserver"]) == NAMES | {"testserver"}
    assert allowed_hosts("0.0.0.0") is None
    assert allowed_hosts("192.168.0.7") is None


def test_a_name_of_its_own_is_accepted_only_from_one_who_asks_for_it(tmp_path: Path) -> None:
    profile = load_profile(overrides={"data_dir": tmp_path}, environ={})
    with open_engine(profile, write=True) as engine:
        with TestClient(create_app(engine)) as client:
            assert client.get("/v1/collections").status_code == 421
        with TestClient(create_app(engine, extra_hosts=["testserver"])) as client:
            assert client.get("/v1/collections").status_code == 200


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
