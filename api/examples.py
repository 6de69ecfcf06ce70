"""Examples for /docs: every request can be sent as it stands, every response is well-formed.

Built from the types themselves, so a field that is added or renamed cannot be forgotten here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from api.responses import answer_body
from rag.types import (
    Answer,
    Citation,
    CitationCheck,
    CollectionInfo,
    DocumentInfo,
    DocumentPage,
    GivenCitation,
    IngestItem,
    IngestReport,
    ModelInfo,
    Passage,
    SearchResult,
    SourceQuote,
    Span,
    Usage,
    Verification,
    VerifiedSentence,
)

TEXT = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다. 주말에는 쉽니다."
QUOTE = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다."
QUESTION = "한빛도서관은 몇 시에 닫나요?"
SOURCE = "library-hours.txt"
DOCUMENT_ID = "doc_5f0c2a9be1d34c77"
ASKED = "얀 르쿤은 언제 메타에 합류했나요?"
CITATION_ID = "cit_3d8e6f1a7b5c9024"
CHUNK_ID = "chk_90b1d7e2c4a8f613"
CREATED = 1763740000

_PASSAGE = Passage(
    document_id=DOCUMENT_ID,
    chunk_id=CHUNK_ID,
    title="이용 시간",
    source=SOURCE,
    text=TEXT,
    span=Span(0, len(TEXT)),
    score=0.91,
    ranks={"dense": 1, "lexical": 1, "rerank": 1},
)
_TIMINGS = {"retrieve": 4.1, "answer": 3.0, "verify": 0.6, "total": 7.7}

_ANSWER = Answer(
    id="ans_7c1f0e5d9a2b4c68",
    created=CREATED,
    status="answered",
    reason=None,
    question=QUESTION,
    standalone_question=QUESTION,
    language="ko",
    answer=f"{QUOTE} [1]",
    short_answer="오후 6시",
    citations=(
        Citation(
            id=CITATION_ID,
            marker=1,
            answer_span=Span(0, len(QUOTE)),
            document_id=DOCUMENT_ID,
            chunk_id=CHUNK_ID,
            title="이용 시간",
            source=SOURCE,
            source_span=Span(TEXT.index(QUOTE), TEXT.index(QUOTE) + len(QUOTE)),
            cited_text=QUOTE,
            verified=True,
            support=0.97,
        ),
    ),
    unsupported=(),
    conflicts=(),
    passages=(_PASSAGE,),
    confidence=0.93,
    model=ModelInfo("embedded", "extractive", "1f4b6c8d0e2a"),
    usage=Usage(),
    timings_ms=_TIMINGS,
)
_CLAIM = "한빛도서관은 평일 오후 8시에 닫습니다."
_VERIFICATION = Verification(
    support=0.19,
    grounded=False,
    sentences=(
        VerifiedSentence(
            span=Span(0, len(_CLAIM)),
            text=_CLAIM,
            support=0.19,
            verdict="unsupported",
            why="number",
            evidence=SourceQuote(0, Span(0, len(QUOTE)), QUOTE),
        ),
    ),
)
_INFO = DocumentInfo(
    document_id=DOCUMENT_ID,
    source=SOURCE,
    title="이용 시간",
    languages=("ko",),
    collection="default",
    chunks=1,
    characters=len(TEXT),
    sha256="c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a",
    created=CREATED,
    metadata={"year": 2025},
)
_REPORT = IngestReport((IngestItem(DOCUMENT_ID, SOURCE, "added", 1),))
_MOVED = CitationCheck(
    id=CITATION_ID,
    status="moved",
    document_id="doc_b7e41f06ac2d9358",
    source_span=Span(12, 12 + len(QUOTE)),
    cited_text=QUOTE,
    citation=GivenCitation(CITATION_ID, DOCUMENT_ID, "default", SOURCE, Span(0, len(QUOTE))),
)


def _json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


_MODEL = {"id": "geungeo", "object": "model", "created": CREATED, "owned_by": "geungeo"}
_WHOLE = _json(answer_body(_ANSWER, explain=False))
_CHAT = {
    "id": "chatcmpl-5b0e7d1c9f3a4c68",
    "object": "chat.completion",
    "created": CREATED,
    "model": "geungeo",
    "system_fingerprint": _ANSWER.model.fingerprint,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": _ANSWER.answer,
                "refusal": None,
                "annotations": [],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": _json(_ANSWER.usage),
    "geungeo": _WHOLE,
}
_CITED = {
    "type": "file_citation",
    "file_id": DOCUMENT_ID,
    "filename": SOURCE,
    "index": len(QUOTE),
}
_RESPONSE = {
    "id": "resp_0d7c5e2b9a1f4c68",
    "object": "response",
    "created_at": CREATED,
    "completed_at": CREATED,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "model": "geungeo",
    "output": [
        {
            "type": "message",
            "id": "msg_2f9c8b7a6d5e4c31",
            "status": "completed",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": _ANSWER.answer,
                    "annotations": [_CITED],
                    "logprobs": [],
                }
            ],
        }
    ],
    "parallel_tool_calls": False,
    "previous_response_id": None,
    "store": True,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "none",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
    "usage": {
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    },
    "geungeo": _WHOLE,
}
_COLLECTION = CollectionInfo("manuals", 0, 0)

RESPONSES: Mapping[str, Any] = {
    "GET /healthz": {"status": "alive"},
    "GET /readyz": {"status": "ready"},
    "POST /v1/ask": _json(answer_body(_ANSWER, explain=False)),
    "POST /v1/search": _json(SearchResult(QUESTION, "ko", (_PASSAGE,), {"retrieve": 4.1})),
    "POST /v1/verify": _json(_VERIFICATION),
    "POST /v1/documents": _json({"documents": _REPORT.items, "counts": _REPORT.counts}),
    "GET /v1/documents": _json(DocumentPage((_INFO,), None)),
    "GET /v1/documents/{document_id}": {**_json(_INFO), "text": TEXT},
    "GET /v1/citations/{citation_id}": _json(_MOVED),
    "GET /v1/models": {"object": "list", "data": [_MODEL]},
    "GET /v1/models/{model}": _MODEL,
    "POST /v1/chat/completions": _CHAT,
    "POST /v1/responses": _RESPONSE,
    "GET /v1/collections": _json({"collections": [CollectionInfo("default", 2, 41), _COLLECTION]}),
    "POST /v1/collections": _json(_COLLECTION),
}
"""What each call answers when all is well, by method and path."""


def add_responses(openapi: dict[str, Any]) -> None:
    """Put `RESPONSES` into an OpenAPI document. FastAPI leaves every null out of examples that
    are given to it, and nulls are part of ours."""
    for call, example in RESPONSES.items():
        method, path = call.split(" ")
        answers = openapi["paths"][path][method.lower()]["responses"]
        good = next(answer for status, answer in answers.items() if status < "300")
        good["content"]["application/json"]["example"] = example


def named(**values: Any) -> dict[str, Any]:
    """Examples in OpenAPI's form, shown under their names."""
    return {name: {"summary": name.replace("_", " "), "value": v} for name, v in values.items()}


ASK_REQUESTS = named(
    a_question={"question": ASKED},
    in_English={"question": "How much did Meta invest in Scale AI?", "top_k": 5},
    a_follow_up={
        "question": "그는 왜 회사를 떠나나요?",
        "history": [
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": "르쿤은 2013년 메타에 합류했습니다. [1]"},
        ],
    },
    from_a_text_of_yours={
        "question": QUESTION,
        "documents": [{"text": TEXT, "title": "이용 시간", "source": SOURCE}],
    },
    why_this_answer={"question": "월드 모델이란 무엇인가요?", "explain": True},
)
SEARCH_REQUESTS = named(
    passages={"question": "메타 초지능 연구소의 책임자", "top_k": 5},
    filtered={"question": "library hours", "filters": {"year": {"gte": 2024}}},
)
VERIFY_REQUESTS = named(
    against_a_text={"text": _CLAIM, "sources": [{"text": TEXT, "title": "이용 시간"}]},
    against_the_collection={"text": "르쿤은 2013년 메타에 합류했습니다. [1]"},
)
CHAT_REQUESTS = named(
    a_question={"model": "geungeo", "messages": [{"role": "user", "content": ASKED}]},
    a_follow_up={
        "model": "geungeo",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": "르쿤은 2013년 메타에 합류했습니다. [1]"},
            {"role": "user", "content": [{"type": "text", "text": "그는 왜 회사를 떠나나요?"}]},
        ],
        "temperature": 0,
    },
)
RESPONSES_REQUESTS = named(
    a_question={"model": "geungeo", "input": ASKED},
    a_conversation={
        "model": "geungeo",
        "input": [
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": "르쿤은 2013년 메타에 합류했습니다. [1]"},
            {"role": "user", "content": [{"type": "input_text", "text": "왜 떠나나요?"}]},
        ],
        "store": False,
    },
)
ADD_REQUESTS = named(
    one_text={
        "documents": [
            {"text": TEXT, "title": "이용 시간", "source": SOURCE, "metadata": {"year": 2025}}
        ]
    },
)
COLLECTION_REQUESTS = named(a_collection={"name": "manuals"})
