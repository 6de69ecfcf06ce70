"""Notices that a model repeats itself for ever. It does not know words, only characters."""

from __future__ import annotations

_LONGEST_UNIT = 300  # characters of what is repeated
_LEAST, _TIMES = 400, 5  # repeated characters, and how often a long unit must have come
_EVERY = 64  # characters between two looks


class LoopDetector:
    """Fed with a text piece by piece, tells whether its end is one thing over and over: at least
    400 characters, and the unit five times. Tables and rules of ordinary width pass."""

    def __init__(self) -> None:
        self._tail = ""
        self._fresh = 0

    def feed(self, text: str) -> bool:
        self._tail = (self._tail + text)[-_LONGEST_UNIT * (_TIMES + 1) :]
        self._fresh += len(text)
        if self._fresh < _EVERY:
            return False
        self._fresh = 0
        return any(self._repeats(unit) for unit in range(1, _LONGEST_UNIT + 1))

    def _repeats(self, unit: int) -> bool:
        """Whether the text of the last `need` characters is the same `unit` characters before."""
        tail = self._tail
        need = max(_LEAST, unit * _TIMES)
        if len(tail) < need or tail[-1] != tail[-1 - unit]:
            return False
        return tail[-need + unit :] == tail[-need:-unit]
