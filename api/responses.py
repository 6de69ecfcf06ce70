"""What a response holds, described for /docs, and how it is written: straight from the types.

The models here are never used to check or build a response at run time; a test holds them to
the fields of `rag.types`. It does not know the routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.types import Answer, Document, DocumentInfo


def json_response(body: Any, status: int = 200) -> Response:
    """`body` (dataclasses, mappings, sequences) as JSON."""
    return Response(orjson.dumps(body, default=plain), status, media_type="application/json")


def answer_body(answer: Answer, *, explain: bool) -> dict[str, Any]:
    """An answer as it leaves the service: `trail` only when it was asked for."""
    body = _fields(answer)
    if not explain:
        del body["trail"]
    return body


def document_body(info: DocumentInfo, document: Document) -> dict[str, Any]:
    """A document as it leaves the service: its row in the list, and its text."""
    return {**_fields(info), "text": document.text}


def _fields(value: Answer | DocumentInfo) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def plain(value: Any) -> Any:
    """What orjson does not know by itself: read-only mappings."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


class SpanOut(BaseModel):
    """Unicode code points, end exclusive."""

    start: int
    end: int


class PassageOut(BaseModel):
    """A stretch of a document that was found."""

    document_id: str
    chunk_id: str
    title: str
    source: str
    text: str
    span: Annotated[SpanOut, Field(description="Where it lies in the document's text.")]
    score: float
    ranks: Annotated[dict[str, int], Field(description="Its rank at each stage, from 1.")]


class CitationOut(BaseModel):
    """A quote that carries a sentence of the answer."""

    id: str
    marker: Annotated[int, Field(description="The number in square brackets in `answer`.")]
    answer_span: Annotated[SpanOut, Field(description="The sentence of `answer` it supports.")]
    document_id: str
    chunk_id: str
    title: str
    source: str
    source_span: Annotated[
        SpanOut, Field(description="`document.text[start:end] == cited_text`, exactly.")
    ]
    cited_text: str
    verified: bool
    support: Annotated[float, Field(ge=0, le=1)]


class GivenCitationOut(BaseModel):
    """A citation as it was given."""

    id: str
    document_id: str
    collection: str
    source: str
    source_span: SpanOut


class CitationCheckOut(BaseModel):
    """Whether a citation still holds."""

    id: str
    object: Literal["citation"]
    status: Annotated[
        Literal["unchanged", "moved", "changed", "gone"],
        Field(
            description="`unchanged`: the quote stands where it stood. `moved`: it stands at "
            "another place of the document, `source_span`. `changed`: the document has it no "
            "longer. `gone`: there is no document of that `source` any more."
        ),
    ]
    document_id: Annotated[
        str | None, Field(description="The document that has this `source` now.")
    ]
    source_span: Annotated[SpanOut | None, Field(description="Where the quote stands now.")]
    cited_text: str | None
    citation: Annotated[GivenCitationOut, Field(description="As it was given.")]


class UnsupportedOut(BaseModel):
    """A sentence of the answer that no quote carries."""

    start: int
    end: int
    why: str


class ConflictValueOut(BaseModel):
    """What one source says."""

    text: str
    marker: int


class ConflictOut(BaseModel):
    """Sources that disagree about one thing."""

    about: str
    values: list[ConflictValueOut]


class ModelOut(BaseModel):
    """Who wrote the answer."""

    provider: str
    name: str
    fingerprint: str


class UsageOut(BaseModel):
    """Tokens, all 0 when no language model was called."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class TrailStepOut(BaseModel):
    """What one stage did to one passage."""

    stage: str
    chunk_id: str
    rank: int
    score: float
    kept: bool
    note: str


class AnswerOut(BaseModel):
    """An answer with its grounds, or a refusal with its reason. Both are status 200."""

    id: str
    object: Literal["answer"]
    created: Annotated[int, Field(description="Seconds since 1970.")]
    status: Literal["answered", "partial", "abstained"]
    reason: (
        Literal["no_evidence", "low_support", "off_topic", "model_refused", "interrupted"] | None
    )
    question: str
    standalone_question: Annotated[
        str, Field(description="The question with what `history` adds to it.")
    ]
    language: str
    answer: Annotated[str, Field(description="Markers such as [1] are part of the text.")]
    short_answer: Annotated[str | None, Field(description="The span that answers, if any.")]
    citations: list[CitationOut]
    unsupported: list[UnsupportedOut]
    conflicts: list[ConflictOut]
    passages: list[PassageOut]
    confidence: Annotated[float, Field(ge=0, le=1)]
    model: ModelOut
    usage: UsageOut
    timings_ms: dict[str, float]
    trail: Annotated[list[TrailStepOut] | None, Field(description="Only with `explain`.")] = None


class SearchOut(BaseModel):
    """Passages, best first."""

    object: Literal["search"]
    question: str
    language: str
    passages: list[PassageOut]
    timings_ms: dict[str, float]


class SourceQuoteOut(BaseModel):
    """The best evidence for a sentence."""

    source: Annotated[
        int, Field(description="Its place in `sources`, or among the documents that were found.")
    ]
    span: Annotated[SpanOut, Field(description="Where it lies in the source's normalised text.")]
    text: str
    document_id: Annotated[str | None, Field(description="Only of a collection.")]
    source_name: Annotated[str | None, Field(description="Only of a collection.")]


class VerifiedSentenceOut(BaseModel):
    """A sentence of the text and how well the sources support it."""

    span: Annotated[SpanOut, Field(description="Where it lies in the normalised text.")]
    text: str
    support: Annotated[float, Field(ge=0, le=1)]
    verdict: Literal["supported", "partial", "unsupported", "contradicted"]
    why: Annotated[
        Literal["number", "date", "name", "polarity", "no_evidence"] | None,
        Field(description="What the evidence does not carry."),
    ]
    evidence: Annotated[
        SourceQuoteOut | None, Field(description="Null when no source shares a word with it.")
    ]


class VerificationOut(BaseModel):
    """Whether a text stands on its sources."""

    support: Annotated[float, Field(ge=0, le=1, description="Of the weakest sentence.")]
    grounded: Annotated[bool, Field(description="Every sentence is supported.")]
    sentences: list[VerifiedSentenceOut]


class IngestItemOut(BaseModel):
    """What became of one document."""

    document_id: str | None
    source: str
    status: Literal["added", "unchanged", "updated", "removed", "failed"]
    chunks: int
    error: Annotated[str | None, Field(description="Why it failed and what to do.")]


class IngestOut(BaseModel):
    """What became of each document, in the order of the request."""

    documents: list[IngestItemOut]
    counts: Annotated[dict[str, int], Field(description="How many have each status.")]


class DocumentInfoOut(BaseModel):
    """Everything about a document but its text."""

    document_id: str
    source: str
    title: str
    languages: list[str]
    collection: str
    chunks: int
    characters: int
    sha256: Annotated[str, Field(description="Of the normalised text in UTF-8.")]
    created: int
    metadata: dict[str, Any]


class DocumentOut(DocumentInfoOut):
    """A document with the normalised text that all spans refer to."""

    text: str


class DocumentPageOut(BaseModel):
    """A page of the list."""

    documents: list[DocumentInfoOut]
    next: Annotated[str | None, Field(description="Pass it as `after` for the next page.")]


class CollectionOut(BaseModel):
    """A collection and its size."""

    name: str
    documents: int
    chunks: int


class CollectionsOut(BaseModel):
    """All collections."""

    collections: list[CollectionOut]


class HealthOut(BaseModel):
    """The service runs, or is ready."""

    status: Literal["alive", "ready"]


class ErrorDetail(BaseModel):
    """What went wrong and what to do next."""

    type: str
    message: str
    param: Annotated[str | None, Field(description="The field at fault, such as `history.0.role`.")]
    retryable: Annotated[bool, Field(description="The same call may succeed later.")]
    request_id: Annotated[str, Field(description="Also in the header X-Request-ID.")]


class ErrorOut(BaseModel):
    """The body of every error."""

    error: ErrorDetail
