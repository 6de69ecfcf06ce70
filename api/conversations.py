"""What was said in the latest responses, so that the next one can refer to it.

In memory, for as long as the service runs. It does not know how a response is made.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from rag.errors import NotFoundError
from rag.types import Turn

_MOST_REMEMBERED, _MOST_TURNS = 1000, 20


class Conversations:
    """The turns up to each of the latest responses, in memory. Safe to use from many threads."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, tuple[Turn, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, response_id: str | None) -> tuple[Turn, ...]:
        """The turns up to a response and with it. Raises NotFoundError when it is forgotten."""
        if response_id is None:
            return ()
        with self._lock:
            if response_id not in self._turns:
                raise NotFoundError(
                    "That response is not remembered (only the latest are, until the service "
                    "stops, unless `store` is false). Send the earlier messages in `input`.",
                    param="previous_response_id",
                )
            return self._turns[response_id]

    def keep(self, response_id: str, turns: Sequence[Turn]) -> None:
        with self._lock:
            self._turns[response_id] = tuple(turns[-_MOST_TURNS:])
            while len(self._turns) > _MOST_REMEMBERED:
                self._turns.popitem(last=False)
