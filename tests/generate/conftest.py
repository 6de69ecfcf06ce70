"""An engine whose answers a scripted model writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.engine import Engine
from rag.events import Event, FinalEvent
from rag.types import Answer
from tests.generate.scripted import Reply, Scripted, answering

QUESTION = "얀 르쿤은 언제 메타에 합류했나요?"
Ask = Callable[..., tuple[Answer, list[Event], Scripted]]


@pytest.fixture
def ask(seeded: Engine) -> Ask:
    """Ask the seeded engine, with a model that replies this: answer, events, the model."""

    def run(
        reply: Reply | Scripted, question: str = QUESTION, **more: object
    ) -> tuple[Answer, list[Event], Scripted]:
        model = reply if isinstance(reply, Scripted) else Scripted(reply)
        with answering(seeded, model):
            events = list(seeded.stream(question, **more))  # type: ignore[arg-type]
        assert isinstance(events[-1], FinalEvent)
        return events[-1].answer, events, model

    return run
