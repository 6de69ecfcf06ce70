"""Start the service as a process of its own on a free loopback port, and read its errors."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
START = """
import sys
from api.server import serve
from rag.profile import load_profile
overrides = dict(pair.split("=", 1) for pair in sys.argv[1:])
raise SystemExit(serve(load_profile(overrides=overrides), seeds=False))
"""


@dataclass(frozen=True)
class Running:
    """A started server."""

    process: subprocess.Popen[str]
    url: str
    data_dir: Path

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """The exit code, the rest of standard output, and standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def start_server(data_dir: Path, **settings: object) -> Running:
    """A server that is ready; fails with its own words if it does not come up. `__` in the name
    of a setting stands for the dot of its key."""
    settings = {"data_dir": data_dir, "server__port": 0, **settings}
    arguments = [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAG_")}
    process = subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if ready.select(timeout=60) else ""
    if not line.startswith("listening on "):
        process.kill()
        pytest.fail(f"the server did not start: {line!r} {process.communicate()}")
    return Running(process, line.removeprefix("listening on ").removesuffix("\n"), data_dir)


def error_of(response: httpx.Response) -> dict[str, object]:
    """The error of a response, having checked that it is the one body, whole."""
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, object] = body["error"]
    assert set(error) == {"type", "message", "param", "retryable", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert error["message"]
    assert "Traceback" not in response.text
    return error
