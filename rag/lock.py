"""Who may touch a data folder: one writer, or any number of readers.

Two processes writing to one embedded Chroma lose data, and nothing in Chroma prevents it. So a
writer holds an exclusive `flock` on a file of the folder and readers a shared one; the kernel
drops it when a process dies. The holder notes who it is, for the message that others get.
It does not know what the folder holds.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.errors import BusyError, StoreError


class FolderLock:
    """Taken on construction, given back by `close`. Raises BusyError when another process holds
    the folder in a way that does not go together, after `wait` seconds of trying."""

    def __init__(self, folder: Path, *, write: bool, wait: float = 0.0) -> None:
        self.write = write
        self._note = folder / "writer.json"
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
            self._note.write_text(json.dumps({"pid": os.getpid(), "program": _program()}))

    def _try(self) -> bool:
        kind = fcntl.LOCK_EX if self.write else fcntl.LOCK_SH
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self, folder: Path) -> str:
        try:
            note = json.loads(self._note.read_text())
            who = f"process {note['pid']} ({note['program']})"
        except (OSError, ValueError, KeyError):
            who = "another process, which is reading it"
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
