"""Health, and the calls that ask. Each reads its request, makes one call, and wraps what came back.

It knows neither how an answer is made nor how an error is shown: errors are raised, never
caught, here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from api import examples
from api.requests import JsonRoute
from api.responses import (
    AnswerOut,
    HealthOut,
    SearchOut,
    VerificationOut,
    answer_body,
    json_response,
)
from api.schemas import AskBody, SearchBody, VerifyBody
from api.shared import BODY, ServiceNow, errors, events
from api.stream import EventStream, frame, heard
from rag.cancel import Cancel
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent

health = APIRouter(tags=["health"])
v1 = APIRouter(prefix="/v1", route_class=JsonRoute)

EVENTS = ("passages", "delta", "citation", "final", "error")
"""What a streamed answer consists of."""


@health.get(
    "/healthz",
    response_model=HealthOut,
    summary="Is the service running?",
)
async def healthz(service: ServiceNow) -> Response:
    """Answers as long as the process lives; looks at nothing else."""
    return json_response({"status": "alive", "instance": service.engine.instance})


@health.get(
    "/readyz",
    response_model=HealthOut,
    responses=errors(503),
    summary="Can it answer questions?",
)
async def readyz(service: ServiceNow) -> Response:
    """Reads from the store; an error (503) when that fails."""
    await service.reads.run(service.engine.collections)
    return json_response({"status": "ready"})


@v1.post(
    "/ask",
    tags=["questions"],
    response_model=AnswerOut,
    responses={200: events(EVENTS), **errors(*BODY, 404, 409, 502, 503, 504)},
    summary="Answer a question with citations",
)
async def ask(
    request: Request,
    service: ServiceNow,
    body: Annotated[AskBody, Body(openapi_examples=examples.ASK_REQUESTS)],
) -> Response:
    """Answers from the collection, or from `documents` alone when they are given. Where the
    documents do not say, the answer is `abstained`, with its reason, and still status 200.

    With `"stream": true` the answer comes as events: `passages` once, then `delta` (a piece of the
    text, never taken back) and `citation` as they become certain, and last either `final`, the
    whole answer, or `error`, the body that every error has. Hanging up stops the work."""
    question = body.for_engine()
    if body.stream:

        def frames(cancel: Cancel) -> Iterator[bytes]:
            for event in service.engine.stream(**question, cancel=cancel):
                yield _event_frame(event, explain=body.explain)

        return EventStream(service.reads, frames, partial(frame, "error"))
    answer = await heard(
        request, service.reads, lambda cancel: service.engine.ask(**question, cancel=cancel)
    )
    return json_response(answer_body(answer, explain=body.explain))


def _event_frame(event: Event, *, explain: bool) -> bytes:
    """An event of the engine as it is sent."""
    match event:
        case PassagesEvent(passages):
            return frame("passages", {"passages": passages})
        case DeltaEvent(text):
            return frame("delta", {"text": text})
        case CitationEvent(citation):
            return frame("citation", citation)
        case FinalEvent(answer):
            return frame("final", answer_body(answer, explain=explain))


@v1.post(
    "/search",
    tags=["questions"],
    response_model=SearchOut,
    responses=errors(*BODY, 404, 409, 503),
    summary="Find passages, without an answer",
)
async def search(
    service: ServiceNow,
    body: Annotated[SearchBody, Body(openapi_examples=examples.SEARCH_REQUESTS)],
) -> Response:
    """Passages, best first, with the rank that each stage gave them."""
    found = await service.reads.run(
        service.engine.search,
        body.question,
        collection=body.collection,
        top_k=body.top_k,
        filters=body.filters,
    )
    return json_response(found)


@v1.post(
    "/verify",
    tags=["questions"],
    response_model=VerificationOut,
    responses=errors(*BODY, 404, 409, 503),
    summary="Check a text against sources",
)
async def verify(
    service: ServiceNow,
    body: Annotated[VerifyBody, Body(openapi_examples=examples.VERIFY_REQUESTS)],
) -> Response:
    """Per sentence: how well `sources`, or without them the collection, support it, what is wrong
    if they do not, and the best quote. Nothing is stored."""
    verification = await service.reads.run(
        service.engine.verify,
        body.text,
        sources=body.new_documents(),
        collection=body.collection,
    )
    return json_response(verification)
