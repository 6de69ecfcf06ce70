"""What the calls share: the open service, and how their errors are described.

It does not know the calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from api.conversations import Conversations
from api.responses import ErrorOut
from api.workers import Workers
from rag.engine import Engine


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes work with: the open engine and the places to run its calls in."""

    engine: Engine
    reads: Workers
    writes: Workers
    conversations: Conversations = field(default_factory=Conversations)


def _service(request: Request) -> Service:
    return cast(Service, request.state.service)


ServiceNow = Annotated[Service, Depends(_service)]

_REASONS = {
    400: "The body is not JSON",
    404: "There is no such document, collection or citation",
    409: "The name is taken, or the index was built by another embedder",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "Well-formed, but not acceptable: `param` names the field",
    502: "The language model failed",
    503: "Busy, or the store cannot be reached",
    504: "The language model took too long",
}
BODY = (400, 413, 415, 422)
"""The errors of every call that has a body."""
EVENTS: dict[str, Any] = {
    "description": "The answer, or its events as they come",
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
                "required": ["data"],
            }
        }
    },
}
"""OpenAPI's `responses` for a call whose answer can be streamed."""


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for the errors that a call can give."""
    return {code: {"model": ErrorOut, "description": _REASONS[code]} for code in sorted(codes)}
