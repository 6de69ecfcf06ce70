"""`GET /v1/models` and `POST /v1/chat/completions`, as OpenAI's clients know them.

The text is that of `POST /v1/ask`; the whole answer with its citations stands beside it in the
field `geungeo`. It does not know how answers are made.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request
from starlette.responses import Response

from api import examples
from api.openai_in import MODEL, ChatBody
from api.openai_out import ChatOut, OpenAIModelOut, OpenAIModelsOut
from api.requests import JsonRoute
from api.responses import answer_body, json_response
from api.shared import BODY, ServiceNow, errors, events
from api.stream import EventStream, frame, heard
from rag.cancel import Cancel
from rag.errors import NotFoundError
from rag.events import DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.types import Answer

router = APIRouter(prefix="/v1", route_class=JsonRoute, tags=["OpenAI-compatible"])

_THE_MODEL = {"id": MODEL, "object": "model", "created": 1763740000, "owned_by": MODEL}
_DONE = b"data: [DONE]\n\n"


@router.get("/models", response_model=OpenAIModelsOut, summary="List models")
async def list_models() -> Response:
    """The one model: whoever the profile lets answer."""
    return json_response({"object": "list", "data": [_THE_MODEL]})


@router.get(
    "/models/{model}",
    response_model=OpenAIModelOut,
    responses=errors(404, 422),
    summary="Look at a model",
)
async def read_model(model: Annotated[str, Path(examples=[MODEL])]) -> Response:
    """By its name in the list."""
    if model != MODEL:
        raise NotFoundError(f"There is no model of that name; {MODEL!r} is.", param="model")
    return json_response(_THE_MODEL)


@router.post(
    "/chat/completions",
    response_model=ChatOut,
    responses={200: events(["message"]), **errors(*BODY, 404, 409, 502, 503, 504)},
    summary="Answer a conversation (Chat Completions)",
)
async def chat(
    request: Request,
    service: ServiceNow,
    body: Annotated[ChatBody, Body(openapi_examples=examples.CHAT_REQUESTS)],
) -> Response:
    """For clients of OpenAI: the last message is answered from the documents, as `POST /v1/ask`
    does, and the whole answer is in `geungeo`. Sampling options and system messages are ignored."""
    question = body.asked().for_engine()
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)

        def frames(cancel: Cancel) -> Iterator[bytes]:
            return _chunks(service.engine.stream(**question, cancel=cancel), with_usage=usage)

        return EventStream(service.reads, frames, lambda error: frame(None, error))
    answer = await heard(
        request, service.reads, lambda cancel: service.engine.ask(**question, cancel=cancel)
    )
    return json_response(completion(answer))


def completion(answer: Answer) -> dict[str, Any]:
    """An answer as a chat completion."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.answer,
        "refusal": None,
        "annotations": [],
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
    return {
        "id": _new_id(),
        "object": "chat.completion",
        "created": answer.created,
        "model": MODEL,
        "system_fingerprint": answer.model.fingerprint,
        "choices": [choice],
        "usage": answer.usage,
        "geungeo": answer_body(answer, explain=False),
    }


def _chunks(events: Iterable[Event], *, with_usage: bool) -> Iterator[bytes]:
    head = {
        "id": _new_id(),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
    }
    usage = {"usage": None} if with_usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return frame(None, {**head, "choices": [choice], **usage, **more})

    for event in events:
        match event:
            case PassagesEvent():
                yield chunk({"role": "assistant", "content": ""})
            case DeltaEvent(text):
                yield chunk({"content": text})
            case FinalEvent(answer):
                yield chunk({}, _finish(answer), geungeo=answer_body(answer, explain=False))
                if with_usage:
                    yield frame(None, {**head, "choices": [], "usage": answer.usage})
    yield _DONE


def _finish(answer: Answer) -> str:
    return "length" if answer.reason == "interrupted" else "stop"


def _new_id() -> str:
    return "chatcmpl-" + secrets.token_hex(12)
