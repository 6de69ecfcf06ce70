"""The engine as the routes see it: every answer is counted and noted as it leaves.

Done here, so that no route can forget it. It does not know the routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from api.logs import note
from api.traces import trace_stages
from rag.engine import Engine
from rag.events import Event, FinalEvent
from rag.types import Answer


def observed(engine: Engine, tell: Callable[[Answer], None], *, log_texts: bool) -> Engine:
    """`engine`, of which `tell` hears every answer. The log line of a request holds the id, status
    and reason of its answer, and its question only with `log_texts`."""

    def seen(answer: Answer) -> None:
        tell(answer)
        trace_stages(answer)
        outcome = {"id": answer.id, "status": answer.status, "reason": answer.reason}
        note(answer=outcome, **({"question": answer.question} if log_texts else {}))

    return cast(Engine, _Observed(engine, seen))


class _Observed:
    def __init__(self, engine: Engine, seen: Callable[[Answer], None]) -> None:
        self._engine = engine
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        answer = self._engine.ask(*args, **kwargs)
        self._seen(answer)
        return answer

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Event]:
        return self._watched(self._engine.stream(*args, **kwargs))

    def _watched(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, FinalEvent):
                self._seen(event.answer)
            yield event
