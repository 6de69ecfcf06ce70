"""How whoever waits for an answer says that nobody waits any more.

A generator that is blocked on a model's socket does not notice that its consumer is gone, so each
question carries a `Cancel`; whoever blocks registers what ends the block. It does not know what is
cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rag.errors import CancelledError


class Cancel:
    """A one-way switch, safe to throw from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thrown = threading.Event()
        self._actions: dict[int, Callable[[], None]] = {}
        self._next = 0

    @property
    def thrown(self) -> bool:
        return self._thrown.is_set()

    def throw(self) -> None:
        """Cancel: runs what is registered, once. Later registrations run at once."""
        with self._lock:
            self._thrown.set()
            actions, self._actions = list(self._actions.values()), {}
        for action in actions:
            action()

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """Within the block, cancelling calls `action` (from the cancelling thread)."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            thrown = self._thrown.is_set()
            if not thrown:
                self._actions[number] = action
        if thrown:
            action()
        try:
            yield
        finally:
            with self._lock:
                self._actions.pop(number, None)

    def wait(self, seconds: float) -> bool:
        """Sleep, at most `seconds`; true as soon as it is cancelled."""
        return self._thrown.wait(seconds)

    def check(self) -> None:
        """Raise CancelledError once cancelled."""
        if self._thrown.is_set():
            raise CancelledError("Nobody waits for this answer any more.")


_LISTENING: ContextVar[Cancel | None] = ContextVar("listening", default=None)


@contextmanager
def listening_to(cancel: Cancel) -> Iterator[None]:
    """Within the block, calls in this thread that are handed no `Cancel` can ask for this one: for
    interfaces of other libraries, which have no place to hand it through."""
    token = _LISTENING.set(cancel)
    try:
        yield
    finally:
        _LISTENING.reset(token)


def listening() -> Cancel | None:
    """What this thread listens to, if anything."""
    return _LISTENING.get()
