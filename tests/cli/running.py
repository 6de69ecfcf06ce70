"""Ways to run the program, and the environment of a clean machine."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTION = "얀 르쿤은 언제 메타에 합류했나요?"


@dataclass(frozen=True)
class Outcome:
    """How a run ended and what it wrote."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """The environment of a clean machine: nothing of ours, no colour wishes."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "LC_", "COLUMNS"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE"):
        kept.pop(name, None)
    return {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TERM": "xterm-256color", **more}


def run_program(
    *arguments: str | bytes, cwd: Path, stdin: str = "", env: dict[str, str] | None = None
) -> Outcome:
    """The real program as a process of its own, in pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=cwd,
        env=env or environment(),
        timeout=180,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def serving(data_dir: Path, *arguments: str) -> Iterator[str]:
    """The real service over a folder, as a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", "0", "--data-dir", data_dir, *arguments],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if ready.select(timeout=180) else ""
        assert line.startswith("listening on "), line
        yield line.removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)
