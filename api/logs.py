"""The log: one JSON object a line on standard error, one line a request.

Lines are written by a thread of their own, and dropped (and counted) when nobody reads them: a
full pipe must never keep an answer waiting. Neither questions nor texts are logged, unless a
caller of `note` was told to. It does not know what a request is.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

MOST_WAITING = 10_000

_notes: ContextVar[dict[str, Any] | None] = ContextVar("notes", default=None)


@contextmanager
def noting() -> Iterator[dict[str, Any]]:
    """What is passed to `note` within the block, in its tasks and in its threads."""
    notes: dict[str, Any] = {}
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def note(**fields: Any) -> None:
    """Add fields to the log line of the request that this is done for, if it is for one."""
    notes = _notes.get()
    if notes is not None:
        notes.update(fields)


class JsonLog(logging.Handler):
    """Writes what is logged to `stream`. A record's `fields`, if it has any, stand beside its
    message."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lost = 0
        self._writer = threading.Thread(target=self._write, name="log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() >= MOST_WAITING:
            self._lost += 1
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            self._lines.put(_line({"level": "warning", "message": f"{lost} lines were lost"}))
        self._lines.put(_line(self._entry(record)))

    def _entry(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, Any] = {"time": moment, "level": record.levelname.lower()}
        entry["message"] = record.getMessage()
        entry.update(getattr(record, "fields", {}))
        if record.exc_info:
            entry["exception"] = logging.Formatter().formatException(record.exc_info)
        return entry

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            # Nobody reads any more: the service goes on.
            with suppress(OSError, ValueError):
                self._stream.write(line)
                self._stream.flush()

    def close(self) -> None:
        """Write what waits, for at most a second."""
        self._lines.put(None)
        self._writer.join(1)
        super().close()


def _line(entry: dict[str, Any]) -> str:
    """One line. Lone surrogates, which have no UTF-8, are replaced."""
    try:
        return orjson.dumps(entry, default=str).decode() + "\n"
    except (TypeError, ValueError):
        plain = {k: str(v).encode("utf-8", "replace").decode() for k, v in entry.items()}
        return orjson.dumps(plain).decode() + "\n"
