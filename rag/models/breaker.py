"""A circuit breaker: a back-end that keeps failing rests, and callers are told so at once.

After some failures in a row nobody calls for a while; then one caller tries, and its luck decides
for all. The rest doubles with each vain trial. It does not know what failure is: it is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rag.errors import ModelBusyError

_FAILURES = 5  # in a row, then it rests
_FIRST_REST, _LONGEST_REST = 2.0, 60.0  # seconds


class Breaker:
    """Safe to use from many threads. `clock` gives seconds."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rest = _FIRST_REST
        self._until = 0.0
        self._trying = False

    def enter(self) -> None:
        """Before a call. Raises ModelBusyError while the back-end rests."""
        with self._lock:
            if self._failures < _FAILURES:
                return
            left = self._until - self._clock()
            if left > 0 or self._trying:
                wait = max(1.0, left)
                raise ModelBusyError(
                    f"{self._name} failed {self._failures} times in a row and is left alone for "
                    f"{wait:.0f} s. Look whether its server runs: `rag doctor`.",
                    retry_after=wait,
                )
            self._trying = True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._rest, self._trying = 0, _FIRST_REST, False

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._trying:
                self._rest = min(_LONGEST_REST, self._rest * 2)
                self._trying = False
            if self._failures >= _FAILURES:
                self._until = self._clock() + self._rest

    def gave_up(self) -> None:
        """The call was cancelled: nothing is known, and the next caller may try."""
        with self._lock:
            self._trying = False
