"""The embedded profile needs no network: everything runs where there is none but loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import no_network
from tests.support.paths import ROOT

ALONE = [sys.executable, no_network.__file__]
RAG = [sys.executable, "-m", "rag"]


def outside(*command: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command without network, in an empty home, so that no cache helps."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*ALONE, *command], cwd=cwd, env=environ, capture_output=True, text=True, timeout=300,
        check=False, **options,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _namespaces(tmp_path: Path) -> None:
    if outside("true", cwd=tmp_path).returncode == no_network.CANNOT:
        pytest.skip("this machine does not allow a network namespace")


def test_there_is_no_network_in_there(tmp_path: Path) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    done = outside(sys.executable, "-c", code, cwd=tmp_path)
    assert "Network is unreachable" in done.stderr


def test_ask_and_chat_in_an_empty_folder(tmp_path: Path) -> None:
    done = outside(*RAG, "ask", "얀 르쿤은 언제 메타에 합류했나요?", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["short_answer"] == "2013년"
    chat = outside(*RAG, "chat", cwd=tmp_path, input="메타가 스케일 AI에 투자한 금액은?\n")
    assert chat.returncode == 0, chat.stderr
    assert "143억 달러" in chat.stdout


def test_serve(tmp_path: Path) -> None:
    # The client must be inside as well: loopback out here is another one.
    client = f"""
import http.client, json, signal, subprocess, sys
server = subprocess.Popen({[*RAG, "serve", "--port", "0"]!r}, stdout=subprocess.PIPE, text=True)
try:
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({{"question": "How much did Meta invest in Scale AI?"}})
    link.request("POST", "/v1/ask", body, {{"Content-Type": "application/json"}})
    print(link.getresponse().read().decode())
finally:
    server.send_signal(signal.SIGTERM)
    sys.exit(server.wait(30))
"""
    done = outside(sys.executable, "-c", client, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["short_answer"] == "$14.3 billion"
