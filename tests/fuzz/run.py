"""Schemathesis over the whole OpenAPI document, links and all, against a real service.

    python -m tests.fuzz.run [--examples 400]        `make fuzz`: 5,000 cases and more

No answer may be a 5xx, have an undocumented status or a body of another form than described.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a service over the seed articles in `folder`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAG_")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "rag", "serve", "--port", "0", "--data-dir", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), (folder / "log").read_text()
        yield line.removeprefix("listening on ").strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def fuzz(url: str, folder: Path, *options: str) -> tuple[int, int, str]:
    """The exit code, the number of cases, and all that schemathesis said. `options` are its own."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)),
            *("run", f"{url}/openapi.json", "--no-color", "--generation-database", "none"),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    cases = re.search(r"([\d,]+) generated", said)
    return done.returncode, int(cases[1].replace(",", "")) if cases else 0, said


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=400, help="cases a call")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as url:
        code, cases, said = fuzz(url, Path(name), "-n", str(wanted.examples))
    print(said)
    print(f"{cases} cases, {'nothing found' if not code else 'see above'}")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
