"""Starting and stopping: one line when ready, clear words when not, and no hanging."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from http_service import Running, start_process, start_server

from api.app import allowed_hosts, is_loopback

NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def test_a_taken_port_is_a_sentence_and_exit_code_2(server: Running, tmp_path: Path) -> None:
    process = start_process(data_dir=tmp_path / "new", server__port=server.port)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(f"rag: 127.0.0.1:{server.port} is already in use.")
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_a_sentence_and_exit_code_2(host: str, tmp_path: Path) -> None:
    process = start_process(data_dir=tmp_path, server__host=host, server__port=0)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert f"{host} is not an address of this machine" in err


def test_what_was_added_is_there_after_a_restart(tmp_path: Path) -> None:
    document = {"text": "청람천문대의 망원경은 지름이 1.8미터입니다.", "source": "천문대.txt"}
    first = start_server(tmp_path, server__host="localhost")
    assert first.url == f"http://localhost:{first.port}"
    added = httpx.post(
        f"http://127.0.0.1:{first.port}/v1/documents", json={"documents": [document]}, timeout=60
    )
    assert added.json()["counts"]["added"] == 1
    assert first.stop(signal.SIGINT)[:2] == (0, "")

    second = start_server(tmp_path)
    answer = httpx.post(
        f"{second.url}/v1/ask", json={"question": "망원경의 지름은?"}, timeout=60
    ).json()
    assert answer["citations"][0]["source"] == "천문대.txt"
    # A client that keeps its connection open, half a request sent, must not keep us running.
    with socket.create_connection(("127.0.0.1", second.port)) as raw:
        raw.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        )
        assert httpx.get(f"{second.url}/readyz", timeout=60).status_code == 200
        code, out, err = second.stop(signal.SIGTERM)
        answer_to_it = raw.recv(65536)
    assert answer_to_it == b"" or answer_to_it.startswith(b"HTTP/1.1 503 ")
    assert (code, out) == (0, "")
    assert "Traceback" not in err


def test_a_long_write_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    running = start_server(tmp_path)
    texts = [{"text": f"{n}번째 문서는 {n * 7}쪽입니다. " * 400} for n in range(1500)]
    body = json.dumps({"documents": texts}).encode()
    with socket.create_connection(("127.0.0.1", running.port)) as raw:
        raw.sendall(
            b"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert httpx.get(f"{running.url}/healthz", timeout=60).status_code == 200
        code, _, err = running.stop()
    assert code == 0
    assert "Traceback" not in err


def test_a_loopback_address_has_a_list_of_names_and_others_have_none() -> None:
    assert allowed_hosts("127.0.0.2") == NAMES | {"127.0.0.2"}
    assert allowed_hosts("::1", ["testserver"]) == NAMES | {"testserver"}
    assert allowed_hosts("0.0.0.0") is None
    assert allowed_hosts("192.168.0.7") is None


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
