"""Cancelling: what is registered runs once, from then on everything is refused."""

from __future__ import annotations

import threading

import pytest

from rag.cancel import Cancel
from rag.errors import CancelledError


def test_what_is_registered_runs_once() -> None:
    cancel, calls = Cancel(), list[str]()
    with cancel.calling(lambda: calls.append("a")):
        cancel.throw()
        cancel.throw()
    assert calls == ["a"]
    assert cancel.thrown


def test_what_has_ended_is_not_called() -> None:
    cancel, calls = Cancel(), list[str]()
    with cancel.calling(lambda: calls.append("a")):
        pass
    cancel.throw()
    assert calls == []


def test_what_comes_late_is_called_at_once() -> None:
    cancel, calls = Cancel(), list[str]()
    cancel.throw()
    with cancel.calling(lambda: calls.append("a")):
        assert calls == ["a"]
    with pytest.raises(CancelledError):
        cancel.check()


def test_a_wait_ends_when_cancelled_from_another_thread() -> None:
    cancel = Cancel()
    threading.Timer(0.05, cancel.throw).start()
    assert cancel.wait(10)
