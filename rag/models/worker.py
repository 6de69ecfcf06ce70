"""Models that run in this process, or behind a library that cannot be interrupted: a thread of
their own writes the reply, and whoever waits for it has the deadlines.

A producer is told to stop and does so at its next word; nobody waits for it any longer. It does
not know which model writes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

from rag.cancel import Cancel
from rag.errors import CancelledError, ModelBrokenError, ModelError, ModelTimeoutError
from rag.models.loops import LoopDetector
from rag.models.port import Piece
from rag.profile import Deadlines

PassOn = Callable[[Piece], None]
Produce = Callable[[PassOn, threading.Event], None]
"""Passes on its pieces; the event is set once nobody waits for them any more."""


class StopError(Exception):
    """Raised in the producer when nobody waits for its words any more."""


def pieces(produce: Produce, name: str, deadlines: Deadlines, cancel: Cancel) -> Iterator[Piece]:
    """Run `produce` in a thread and give what it passes on, which ends with a `finish`; a piece
    without text only shows that the model is alive. Raises ModelError, also for whatever the
    producer raised, and CancelledError."""
    cancel.check()
    box: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def pass_on(piece: Piece) -> None:
        if stopped.is_set():
            raise StopError
        box.put(piece)

    def work() -> None:
        try:
            produce(pass_on, stopped)
            box.put(None)
        except StopError:
            pass
        except BaseException as error:
            box.put(error)

    def stop() -> None:
        stopped.set()
        box.put(CancelledError("The call to the model was stopped."))

    threading.Thread(target=work, name=f"model {name}", daemon=True).start()
    try:
        with cancel.calling(stop):
            yield from _taken(box, name, deadlines)
    finally:
        stopped.set()


def _taken(
    box: queue.SimpleQueue[Piece | BaseException | None], name: str, deadlines: Deadlines
) -> Iterator[Piece]:
    loops = LoopDetector()
    until = time.monotonic() + deadlines.total_seconds
    limit = min(until, time.monotonic() + deadlines.first_token_seconds)
    finished = False
    while True:
        try:
            item = box.get(timeout=max(0.0, limit - time.monotonic()))
        except queue.Empty:
            raise ModelTimeoutError(
                f"The model {name!r} did not write within its deadline. Try again, or raise "
                "deadlines in the profile."
            ) from None
        if item is None:
            break
        if isinstance(item, ModelError | CancelledError):
            raise item
        if isinstance(item, BaseException):
            raise ModelBrokenError(
                f"The model {name!r} failed ({type(item).__name__}: {str(item)[:200]})."
            ) from item
        if loops.feed(item.text):
            raise ModelBrokenError(f"The model {name!r} repeats itself without end.")
        limit = until
        finished = finished or item.finish is not None
        if item.text or item.finish:
            yield item
    if not finished:
        raise ModelBrokenError(f"The model {name!r} stopped in the middle of its reply.")
