"""Who may touch a data folder: one writer, or any number of readers.

Two processes writing to one embedded Chroma lose data, and nothing in Chroma prevents it. So a
writer holds an exclusive `flock` on a file of the folder and readers a shared one; the kernel
drops it when a process dies. The holder notes who it is, for the message that others get, and a
service also where it answers, so that other programs can ask it instead.
It does not know what the folder holds.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.errors import BusyError, StoreError

_NOTE = "writer.json"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes to a folder. `url` is where it answers, if it is a service; it proves that it is
    this one by telling the same `instance` (a note can outlive its writer)."""

    pid: int
    program: str
    instance: str
    url: str | None = None


def holder(folder: Path) -> Holder | None:
    """Who says to be writing to the folder; None when nobody does."""
    try:
        return Holder(**json.loads((folder / _NOTE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


class FolderLock:
    """Taken on construction, given back by `close`. Raises BusyError when another process holds
    the folder in a way that does not go together, after `wait` seconds of trying."""

    def __init__(self, folder: Path, *, write: bool, wait: float = 0.0) -> None:
        self.write = write
        self.instance = secrets.token_hex(8)
        self._note = folder / _NOTE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(
                f"The data folder {folder} cannot be used: {error.strerror}. "
                "Choose another with --data-dir."
            ) from error
        deadline = time.monotonic() + wait
        while not self._try():
            if time.monotonic() >= deadline:
                os.close(self._file)
                raise BusyError(self._holder(folder))
            time.sleep(0.05)
        if write:
            self.announce(None)

    def announce(self, url: str | None) -> None:
        """As the writer, note who we are and where we answer."""
        note = Holder(os.getpid(), _program(), self.instance, url)
        self._note.write_text(json.dumps(asdict(note)), encoding="utf-8")

    def _try(self) -> bool:
        kind = fcntl.LOCK_EX if self.write else fcntl.LOCK_SH
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self, folder: Path) -> str:
        writer = holder(folder)
        who = "another process, which is reading it"
        if writer:
            who = f"process {writer.pid} ({writer.program})"
        return (
            f"The index in {folder} is in use by {who}. Ask the running service over HTTP, "
            "wait until that process has ended, or use another --data-dir."
        )

    def share(self) -> None:
        """From writer to reader, without a moment in between where others could write."""
        self._note.unlink(missing_ok=True)
        fcntl.flock(self._file, fcntl.LOCK_SH)
        self.write = False

    def close(self) -> None:
        if self._file < 0:
            return
        if self.write:
            self._note.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _program() -> str:
    try:
        words = Path("/proc/self/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "rag"
    names = [Path(word).name for word in words[:3] if word]
    return " ".join(names[1:] if names and names[0].startswith("python") else names) or "rag"
