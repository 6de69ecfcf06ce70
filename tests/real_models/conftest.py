"""llama.cpp's own server over tiny models, for all tests of this folder."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real_models.tiny import write_gguf


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 600) -> None:
    """Until the server answers; a process that ended raises at once. A first start on a machine
    that does much else has taken over two minutes."""
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.2)


@contextmanager
def served(model: Path, *options: str) -> Iterator[str]:
    """The base URL of a llama.cpp server of this model, which it calls `tiny`."""
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--n_ctx", "1024"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--model_alias", "tiny", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a chat model."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path)
    with served(path, "--chat_format", "chatml") as url:
        yield url


@pytest.fixture(scope="session", params=[True, False], ids=["embedder", "chat model"])
def llama_vectors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, bool]]:
    """A server of vectors, and whether its model is made for that: one vector for a text."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path, pooled=request.param)
    with served(path, "--embedding", "True") as url:
        yield url, request.param
