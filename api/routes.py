"""The calls of version 1. Each reads its request, makes one call, and wraps what came back.

It knows neither how an answer is made nor how an error is shown: errors are raised, never
caught, here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.responses import Response

from api import examples
from api.requests import JsonRoute
from api.responses import (
    AnswerOut,
    CollectionOut,
    CollectionsOut,
    DocumentOut,
    DocumentPageOut,
    ErrorOut,
    HealthOut,
    IngestOut,
    SearchOut,
    VerificationOut,
    answer_body,
    document_body,
    json_response,
)
from api.schemas import AddBody, AskBody, CollectionBody, DocumentsQuery, SearchBody, VerifyBody
from api.workers import Workers
from rag.engine import Engine


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes work with: the open engine and the places to run its calls in."""

    engine: Engine
    reads: Workers
    writes: Workers


def _service(request: Request) -> Service:
    return cast(Service, request.state.service)


ServiceNow = Annotated[Service, Depends(_service)]
DocumentId = Annotated[str, Path(examples=[examples.DOCUMENT_ID])]

_REASONS = {
    400: "The body is not JSON",
    404: "There is no such document or collection",
    409: "The name is taken, or the index was built by another embedder",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "Well-formed, but not acceptable: `param` names the field",
    503: "Busy, or the store cannot be reached",
}
_BODY = (400, 413, 415, 422)


def _errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for the errors that a call can give."""
    return {code: {"model": ErrorOut, "description": _REASONS[code]} for code in sorted(codes)}


health = APIRouter(tags=["health"])
v1 = APIRouter(prefix="/v1", route_class=JsonRoute)


@health.get(
    "/healthz",
    response_model=HealthOut,
    summary="Is the service running?",
)
async def healthz() -> Response:
    """Answers as long as the process lives; looks at nothing else."""
    return json_response({"status": "alive"})


@health.get(
    "/readyz",
    response_model=HealthOut,
    responses=_errors(503),
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
    responses=_errors(*_BODY, 404, 409, 503),
    summary="Answer a question with citations",
)
async def ask(
    service: ServiceNow, body: Annotated[AskBody, Body(openapi_examples=examples.ASK_REQUESTS)]
) -> Response:
    """Answers from the collection, or from `documents` alone when they are given. Where the
    documents do not say, the answer is `abstained`, with its reason, and still status 200."""
    answer = await service.reads.run(
        service.engine.ask,
        body.question,
        history=[turn.turn() for turn in body.history],
        collection=body.collection,
        top_k=body.top_k,
        filters=body.filters,
        documents=body.new_documents(),
        explain=body.explain,
    )
    return json_response(answer_body(answer, explain=body.explain))


@v1.post(
    "/search",
    tags=["questions"],
    response_model=SearchOut,
    responses=_errors(*_BODY, 404, 409, 503),
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
    responses=_errors(*_BODY, 404, 409, 503),
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


@v1.post(
    "/documents",
    tags=["documents"],
    response_model=IngestOut,
    responses=_errors(*_BODY, 404, 409, 503),
    summary="Add documents",
)
async def add_documents(
    service: ServiceNow, body: Annotated[AddBody, Body(openapi_examples=examples.ADD_REQUESTS)]
) -> Response:
    """The same text again is `unchanged`; the same `source` with another text is `updated`, and
    the old text cannot be found from the next question on. What cannot be kept is `failed`
    with its reason, and the others are kept all the same."""
    report = await service.writes.run(
        service.engine.add, [document.new_document() for document in body.documents]
    )
    return json_response({"documents": report.items, "counts": report.counts})


@v1.get(
    "/documents",
    tags=["documents"],
    response_model=DocumentPageOut,
    responses=_errors(404, 422, 503),
    summary="List documents",
)
async def list_documents(
    service: ServiceNow, query: Annotated[DocumentsQuery, Query()]
) -> Response:
    """A page at a time: pass `next` as `after` until it is null."""
    page = await service.reads.run(
        service.engine.documents, query.collection, limit=query.limit, after=query.after
    )
    return json_response(page)


@v1.get(
    "/documents/{document_id}",
    tags=["documents"],
    response_model=DocumentOut,
    responses=_errors(404, 422, 503),
    summary="Read a document",
)
async def read_document(service: ServiceNow, document_id: DocumentId) -> Response:
    """With the normalised text that the spans of citations and passages refer to."""
    return json_response(await service.reads.run(_whole_document, service.engine, document_id))


def _whole_document(engine: Engine, document_id: str) -> dict[str, Any]:
    return document_body(engine.document_info(document_id), engine.document(document_id))


@v1.delete(
    "/documents/{document_id}",
    tags=["documents"],
    status_code=204,
    responses=_errors(404, 422, 503),
    summary="Remove a document",
)
async def remove_document(service: ServiceNow, document_id: DocumentId) -> Response:
    """It cannot be found from the next question on."""
    await service.writes.run(service.engine.remove, document_id)
    return Response(status_code=204)


@v1.get(
    "/collections",
    tags=["collections"],
    response_model=CollectionsOut,
    responses=_errors(503),
    summary="List collections",
)
async def list_collections(service: ServiceNow) -> Response:
    """All of them, with their sizes."""
    return json_response({"collections": await service.reads.run(service.engine.collections)})


@v1.post(
    "/collections",
    tags=["collections"],
    status_code=201,
    response_model=CollectionOut,
    responses=_errors(*_BODY, 409, 503),
    summary="Make a collection",
)
async def create_collection(
    service: ServiceNow,
    body: Annotated[CollectionBody, Body(openapi_examples=examples.COLLECTION_REQUESTS)],
) -> Response:
    """A collection is made before it is used. `default` is always there."""
    made = await service.writes.run(service.engine.create_collection, body.name)
    return json_response(made, 201)


@v1.delete(
    "/collections/{name:path}",
    tags=["collections"],
    status_code=204,
    responses=_errors(404, 422, 503),
    summary="Remove a collection with its documents",
)
async def drop_collection(
    service: ServiceNow, name: Annotated[str, Path(examples=["manuals"])]
) -> Response:
    """Its documents go with it. `default` is only emptied."""
    await service.writes.run(service.engine.drop_collection, name)
    return Response(status_code=204)
