"""Leaves out what a model thinks aloud before it answers: a leading <think> … </think>.

Servers that know the model send thoughts apart; others send them as text. It does not know what
the thoughts are worth.
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThoughtFilter:
    """Fed with a reply piece by piece, gives the text that is not thought."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"  # then thinking, ended and writing; or writing at once

    def feed(self, text: str) -> str:
        if self._state == "writing":
            return text
        self._held += text
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._state = "thinking"
            elif not _OPEN.startswith(begun):
                self._state = "writing"
                return self._let_go()
        if self._state == "thinking" and _CLOSE in self._held:
            self._state = "ended"
            self._held = self._held.split(_CLOSE, 1)[1]
        if self._state == "ended" and self._held.strip():
            self._state = "writing"
            return self._let_go().lstrip()
        return ""

    def end(self) -> str:
        """What was held back because it might still have become a thought."""
        return self._let_go() if self._state == "start" else ""

    def _let_go(self) -> str:
        held, self._held = self._held, ""
        return held
