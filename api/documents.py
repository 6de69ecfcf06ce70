"""The calls for documents and collections. Each reads its request, makes one call, and wraps what
came back.

It does not know how documents are kept.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import examples
from api.requests import FormRoute, JsonRoute, read_form
from api.responses import (
    CitationCheckOut,
    CollectionOut,
    CollectionsOut,
    DocumentOut,
    DocumentPageOut,
    IngestOut,
    document_body,
    json_response,
)
from api.schemas import FORM, MOST_FILES, AddBody, CollectionBody, DocumentsQuery, checked_form
from api.shared import BODY, ServiceNow, errors
from rag.engine import Engine
from rag.types import NewFile

router = APIRouter(prefix="/v1", route_class=JsonRoute)
files = APIRouter(prefix="/v1", route_class=FormRoute)

DocumentId = Annotated[str, Path(examples=[examples.DOCUMENT_ID])]


@files.post("/documents", include_in_schema=False)
async def upload_documents(request: Request, service: ServiceNow) -> Response:
    """As `add_documents`, for files of a multipart form."""
    fields = await read_form(request, most_files=MOST_FILES)
    form = checked_form(fields)
    new = [
        NewFile(file.filename or "", await file.read(), form.metadata, form.collection)
        for _, file in fields
        if isinstance(file, UploadFile)
    ]
    report = await service.writes.run(service.engine.add, new)
    return json_response({"documents": report.items, "counts": report.counts})


@router.post(
    "/documents",
    tags=["documents"],
    response_model=IngestOut,
    responses=errors(*BODY, 404, 409, 503),
    summary="Add documents",
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"schema": FORM}}}},
)
async def add_documents(
    service: ServiceNow, body: Annotated[AddBody, Body(openapi_examples=examples.ADD_REQUESTS)]
) -> Response:
    """Texts as JSON, or files (`files`, one or many) as a multipart form. The same content again
    is `unchanged`; the same `source` with another text is `updated`, and the old text cannot be
    found from the next question on. What cannot be kept is `failed` with its reason, and the
    others are kept all the same."""
    report = await service.writes.run(
        service.engine.add, [document.new_document() for document in body.documents]
    )
    return json_response({"documents": report.items, "counts": report.counts})


@router.get(
    "/documents",
    tags=["documents"],
    response_model=DocumentPageOut,
    responses=errors(404, 422, 503),
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


@router.get(
    "/documents/{document_id}",
    tags=["documents"],
    response_model=DocumentOut,
    responses=errors(404, 422, 503),
    summary="Read a document",
)
async def read_document(service: ServiceNow, document_id: DocumentId) -> Response:
    """With the normalised text that the spans of citations and passages refer to."""
    return json_response(await service.reads.run(_whole_document, service.engine, document_id))


def _whole_document(engine: Engine, document_id: str) -> dict[str, Any]:
    return document_body(engine.document_info(document_id), engine.document(document_id))


@router.delete(
    "/documents/{document_id}",
    tags=["documents"],
    status_code=204,
    responses=errors(404, 422, 503),
    summary="Remove a document",
)
async def remove_document(service: ServiceNow, document_id: DocumentId) -> Response:
    """It cannot be found from the next question on."""
    await service.writes.run(service.engine.remove, document_id)
    return Response(status_code=204)


@router.get(
    "/citations/{citation_id}",
    tags=["documents"],
    response_model=CitationCheckOut,
    responses=errors(404, 422, 503),
    summary="Does a citation still hold?",
)
async def check_citation(
    service: ServiceNow, citation_id: Annotated[str, Path(examples=[examples.CITATION_ID])]
) -> Response:
    """Of an answer given earlier from a collection: does the quote still stand in its source?"""
    return json_response(await service.reads.run(service.engine.citation, citation_id))


@router.get(
    "/collections",
    tags=["collections"],
    response_model=CollectionsOut,
    responses=errors(503),
    summary="List collections",
)
async def list_collections(service: ServiceNow) -> Response:
    """All of them, with their sizes."""
    return json_response({"collections": await service.reads.run(service.engine.collections)})


@router.post(
    "/collections",
    tags=["collections"],
    status_code=201,
    response_model=CollectionOut,
    responses=errors(*BODY, 409, 503),
    summary="Make a collection",
)
async def create_collection(
    service: ServiceNow,
    body: Annotated[CollectionBody, Body(openapi_examples=examples.COLLECTION_REQUESTS)],
) -> Response:
    """A collection is made before it is used. `default` is always there."""
    made = await service.writes.run(service.engine.create_collection, body.name)
    return json_response(made, 201)


@router.delete(
    "/collections/{name:path}",
    tags=["collections"],
    status_code=204,
    responses=errors(404, 422, 503),
    summary="Remove a collection with its documents",
)
async def drop_collection(
    service: ServiceNow, name: Annotated[str, Path(examples=["manuals"])]
) -> Response:
    """Its documents go with it. `default` is only emptied."""
    await service.writes.run(service.engine.drop_collection, name)
    return Response(status_code=204)
