"""Start the service as a process of its own on a free loopback port, and read its errors."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    errors: Path

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """The exit code, the rest of standard output, and standard error."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out, self.errors.read_text("utf-8")

    def log(self) -> list[dict[str, Any]]:
        """What it has logged so far, one entry a line."""
        return [json.loads(line) for line in self.errors.read_text("utf-8").splitlines()]


def start_server(data_dir: Path, prelude: str = "", **settings: object) -> Running:
    """A server that is ready; fails with its own words if it does not come up. `__` in the name
    of a setting stands for the dot of its key. `prelude` is code to run in it first."""
    settings = {"data_dir": data_dir, "server__port": 0, **settings}
    arguments = [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAG_")}
    data_dir.mkdir(parents=True, exist_ok=True)
    errors = data_dir / "stderr.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + START, *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    assert process.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if ready.select(timeout=180) else ""
    if not line.startswith("listening on "):
        process.kill()
        process.communicate()
        pytest.fail(f"the server did not start: {line!r} {errors.read_text('utf-8')}")
    url = line.removeprefix("listening on ").removesuffix("\n")
    return Running(process, url, data_dir, errors)


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
