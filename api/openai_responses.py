"""`POST /v1/responses`, as OpenAI's clients know it: plain, and as the events of its stream.

Citations are `file_citation` annotations; the whole answer stands in the field `geungeo`. The
turns of the latest responses are kept in memory, so that `previous_response_id` can be followed.
It does not know how answers are made.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from api import examples
from api.openai_in import MODEL, ResponsesBody
from api.openai_out import ResponseOut
from api.requests import JsonRoute
from api.responses import answer_body, json_response
from api.shared import BODY, ServiceNow, errors, events
from api.stream import EventStream, frame, heard
from rag.cancel import Cancel
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.types import Answer, Citation, Turn, Usage

router = APIRouter(prefix="/v1", route_class=JsonRoute, tags=["OpenAI-compatible"])

EVENTS = (
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
    "response.incomplete",
    "error",
)
"""What a streamed response consists of."""


@router.post(
    "/responses",
    response_model=ResponseOut,
    responses={200: events(EVENTS), **errors(*BODY, 404, 409, 502, 503, 504)},
    summary="Answer a conversation (Responses)",
)
async def respond(
    request: Request,
    service: ServiceNow,
    body: Annotated[ResponsesBody, Body(openapi_examples=examples.RESPONSES_REQUESTS)],
) -> Response:
    """For clients of OpenAI: the last message is answered from the documents, as `POST /v1/ask`
    does, with `file_citation` annotations, and the whole answer in `geungeo`. Instructions and
    sampling options are ignored."""
    conversations = service.conversations
    asked = body.asked(conversations.before(body.previous_response_id))
    question = asked.for_engine()
    response = _Response(body)

    def answered(answer: Answer) -> None:
        if body.store is not False:
            turns = [Turn("user", asked.question), Turn("assistant", answer.answer)]
            conversations.keep(response.id, [*question["history"], *turns])

    if body.stream:

        def frames(cancel: Cancel) -> Iterator[bytes]:
            for event in service.engine.stream(**question, cancel=cancel):
                if isinstance(event, FinalEvent):
                    answered(event.answer)
                yield from response.frames(event)

        return EventStream(service.reads, frames, response.failed)
    answer = await heard(
        request, service.reads, lambda cancel: service.engine.ask(**question, cancel=cancel)
    )
    answered(answer)
    return json_response(response.whole(answer))


class _Response:
    """One response on its way: its ids, and the number of its next event."""

    def __init__(self, body: ResponsesBody) -> None:
        self.id = "resp_" + secrets.token_hex(12)
        self._body = body
        self._item_id = "msg_" + secrets.token_hex(12)
        self._created = time.time()
        self._next = 0
        self._cited = 0

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The response with the answer in it."""
        item = self._item("completed", [_part(answer.answer, answer.citations)])
        if answer.reason == "interrupted":
            why = {"reason": "max_output_tokens"}
            state = self._object("incomplete", [item], answer.usage, incomplete_details=why)
        else:
            state = self._object("completed", [item], answer.usage, completed_at=time.time())
        return {**state, "geungeo": answer_body(answer, explain=False)}

    def frames(self, event: Event) -> Iterator[bytes]:
        """An event of the engine as those of OpenAI's stream, in their order."""
        place = {"item_id": self._item_id, "output_index": 0, "content_index": 0}
        match event:
            case PassagesEvent():
                started = self._object("in_progress", [], None)
                yield self._frame("response.created", response=started)
                yield self._frame("response.in_progress", response=started)
                item = self._item("in_progress", [])
                yield self._frame("response.output_item.added", output_index=0, item=item)
                yield self._frame("response.content_part.added", **place, part=_part("", ()))
            case DeltaEvent(text):
                yield self._frame("response.output_text.delta", **place, delta=text, logprobs=[])
            case CitationEvent(citation):
                yield self._frame(
                    "response.output_text.annotation.added",
                    **place,
                    annotation_index=self._cited,
                    annotation=_annotation(citation),
                )
                self._cited += 1
            case FinalEvent(answer):
                whole = self.whole(answer)
                (item,) = whole["output"]
                (part,) = item["content"]
                yield self._frame(
                    "response.output_text.done", **place, text=answer.answer, logprobs=[]
                )
                yield self._frame("response.content_part.done", **place, part=part)
                yield self._frame("response.output_item.done", output_index=0, item=item)
                yield self._frame(f"response.{whole['status']}", response=whole)

    def failed(self, body: Mapping[str, Any]) -> bytes:
        """The last event when the answer broke off: OpenAI's own error event, and the body that
        every error has, by which the clients raise."""
        error = body["error"]
        told = {"code": error["type"], "message": error["message"], "param": error["param"]}
        return self._frame("error", **told, error=error)

    def _frame(self, kind: str, **fields: Any) -> bytes:
        number, self._next = self._next, self._next + 1
        return frame(kind, {"type": kind, "sequence_number": number, **fields})

    def _item(self, status: str, content: Sequence[Any]) -> dict[str, Any]:
        return {
            "type": "message",
            "id": self._item_id,
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _object(
        self, status: str, output: Sequence[Any], usage: Usage | None, **more: Any
    ) -> dict[str, Any]:
        body = self._body
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": body.instructions,
            "metadata": body.metadata or {},
            "model": MODEL,
            "output": output,
            "parallel_tool_calls": False,
            "previous_response_id": body.previous_response_id,
            "store": body.store is not False,
            "temperature": None,
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_p": None,
            "truncation": "disabled",
            "usage": None if usage is None else _usage(usage),
            **more,
        }


def _part(text: str, citations: Sequence[Citation]) -> dict[str, Any]:
    annotations = [_annotation(citation) for citation in citations]
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


def _annotation(citation: Citation) -> dict[str, Any]:
    """`index` is where in the text the cited sentence ends, before its marker."""
    return {
        "type": "file_citation",
        "file_id": citation.document_id,
        "filename": citation.source,
        "index": citation.answer_span.end,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total_tokens,
    }
