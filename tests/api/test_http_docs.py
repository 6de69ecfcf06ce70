"""The OpenAPI page needs no other server, and what it says is true of the service."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from api import examples, openai_out, responses, schemas
from rag import types

METHODS = ("get", "post", "delete")


@pytest.fixture(scope="module")
def openapi(client: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def operations(openapi: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in openapi["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_every_file_of_the_page_comes_from_the_service(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4
    for link in links:
        assert "//" not in link
        file = client.get(f"/{link}")
        assert file.status_code == 200
        assert file.headers["content-type"] != "text/html; charset=utf-8"
        assert file.content
    assert "//" not in client.get("/docs/start.js").text


def test_the_page_allows_no_script_but_ours(client: httpx.Client) -> None:
    page = client.get("/docs")
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "<script>" not in page.text


def test_the_calls_are_those_of_the_contract(openapi: dict[str, Any]) -> None:
    assert set(operations(openapi)) == {
        "GET /healthz",
        "GET /readyz",
        "POST /v1/ask",
        "POST /v1/search",
        "POST /v1/verify",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "POST /v1/chat/completions",
        "POST /v1/responses",
        "GET /v1/documents",
        "POST /v1/documents",
        "GET /v1/documents/{document_id}",
        "DELETE /v1/documents/{document_id}",
        "GET /v1/citations/{citation_id}",
        "GET /v1/collections",
        "POST /v1/collections",
        "DELETE /v1/collections/{name}",
    }


def test_every_call_has_examples(openapi: dict[str, Any]) -> None:
    for name, operation in operations(openapi).items():
        assert operation["summary"], name
        assert operation["description"], name
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"], name
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if status in ("200", "201"):
                assert response["content"]["application/json"]["example"], name


def test_every_error_is_described_as_the_one_body(openapi: dict[str, Any]) -> None:
    for name, operation in operations(openapi).items():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorOut"}, (name, status)


def test_every_request_example_is_accepted(client: httpx.Client, openapi: dict[str, Any]) -> None:
    for name, operation in operations(openapi).items():
        if "requestBody" not in operation:
            continue
        method, path = name.split(" ")
        shown = operation["requestBody"]["content"]["application/json"]["examples"]
        for example in shown.values():
            response = client.request(method, path, json=example["value"])
            assert response.status_code in (200, 201), response.text
            model = response_model(operation)
            model.model_validate(response.json(), strict=False, extra="forbid")


def response_model(operation: dict[str, Any]) -> type[BaseModel]:
    good = next(r for status, r in operation["responses"].items() if status in ("200", "201"))
    name = good["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    module = responses if hasattr(responses, name) else openai_out
    model: type[BaseModel] = getattr(module, name)
    return model


def test_every_response_example_has_the_form_it_is_shown_for(openapi: dict[str, Any]) -> None:
    for operation in operations(openapi).values():
        for status, response in operation["responses"].items():
            if status in ("200", "201"):
                model = response_model(operation)
                example = response["content"]["application/json"]["example"]
                model.model_validate(example, extra="forbid")


def test_the_example_answer_keeps_the_promises_of_an_answer() -> None:
    answer = examples.RESPONSES["POST /v1/ask"]
    (citation,) = answer["citations"]
    source, span = citation["source_span"], citation["answer_span"]
    assert examples.TEXT[source["start"] : source["end"]] == citation["cited_text"]
    assert answer["answer"][span["start"] : span["end"]] == citation["cited_text"]
    assert answer["short_answer"] in citation["cited_text"]


SAME_FIELDS: list[tuple[type[BaseModel], type]] = [
    (responses.SpanOut, types.Span),
    (responses.PassageOut, types.Passage),
    (responses.CitationOut, types.Citation),
    (responses.GivenCitationOut, types.GivenCitation),
    (responses.CitationCheckOut, types.CitationCheck),
    (responses.UnsupportedOut, types.Unsupported),
    (responses.ConflictValueOut, types.ConflictValue),
    (responses.ConflictOut, types.Conflict),
    (responses.ModelOut, types.ModelInfo),
    (responses.UsageOut, types.Usage),
    (responses.TrailStepOut, types.TrailStep),
    (responses.AnswerOut, types.Answer),
    (responses.SearchOut, types.SearchResult),
    (responses.SourceQuoteOut, types.SourceQuote),
    (responses.VerifiedSentenceOut, types.VerifiedSentence),
    (responses.VerificationOut, types.Verification),
    (responses.IngestItemOut, types.IngestItem),
    (responses.DocumentInfoOut, types.DocumentInfo),
    (responses.DocumentPageOut, types.DocumentPage),
    (responses.CollectionOut, types.CollectionInfo),
    (schemas.TurnBody, types.Turn),
    (schemas.DocumentBody, types.NewDocument),
]


@pytest.mark.parametrize(("model", "sent"), SAME_FIELDS)
def test_what_is_described_is_what_is_sent(model: type[BaseModel], sent: type) -> None:
    assert is_dataclass(sent)
    assert set(model.model_fields) == {field.name for field in fields(sent)}
