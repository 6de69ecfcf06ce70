"""What the OpenAPI document says beyond the routes: keys, what is refused before a route is
reached, and links from what one call returns to what another takes.

It does not know how any of it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Where keys are asked for."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_REFUSALS = {
    "400": "The request cannot be read",
    "401": "A key is asked for, and none or an unknown one was sent",
    "403": "The key may not do this, or a page of another site calls",
    "408": "The body did not come in time",
    "413": "The body is too large",
    "421": "The Host header names another machine",
    "429": "Too many requests with this key; see `Retry-After`",
    "503": "Busy, or stopping; see `Retry-After`",
}

_LINKS: dict[tuple[str, str, str], dict[str, tuple[str, str, dict[str, str]]]] = {
    ("/v1/documents", "post", "200"): {
        "ReadDocument": (
            "/v1/documents/{document_id}",
            "get",
            {"document_id": "$response.body#/documents/0/document_id"},
        ),
        "RemoveDocument": (
            "/v1/documents/{document_id}",
            "delete",
            {"document_id": "$response.body#/documents/0/document_id"},
        ),
    },
    ("/v1/documents", "get", "200"): {
        "ReadListedDocument": (
            "/v1/documents/{document_id}",
            "get",
            {"document_id": "$response.body#/documents/0/document_id"},
        ),
        "NextPage": ("/v1/documents", "get", {"after": "$response.body#/next"}),
    },
    ("/v1/collections", "post", "201"): {
        "ListItsDocuments": ("/v1/documents", "get", {"collection": "$response.body#/name"}),
        "RemoveCollection": ("/v1/collections/{name}", "delete", {"name": "$response.body#/name"}),
    },
    ("/v1/search", "post", "200"): {
        "ReadFoundDocument": (
            "/v1/documents/{document_id}",
            "get",
            {"document_id": "$response.body#/passages/0/document_id"},
        ),
    },
    ("/v1/ask", "post", "200"): {
        "ReadCitedDocument": (
            "/v1/documents/{document_id}",
            "get",
            {"document_id": "$response.body#/citations/0/document_id"},
        ),
        "CheckCitation": (
            "/v1/citations/{citation_id}",
            "get",
            {"citation_id": "$response.body#/citations/0/id"},
        ),
    },
}


def add_guards(document: dict[str, Any]) -> None:
    """Name the ways to send a key, and on every call that may ask for one its refusals."""
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
    for path, operation in _operations(document):
        if path.startswith("/v1/"):
            # None of them is needed on an address that only its own machine reaches.
            operation["security"] = [{}, *({name: []} for name in _SCHEMES)]
        for code, why in _REFUSALS.items():
            operation["responses"].setdefault(code, {"description": why, "content": body})


def add_links(document: dict[str, Any]) -> None:
    """Tell programs (and schemathesis) which calls lead on to which."""
    paths = document["paths"]
    for (path, method, code), links in _LINKS.items():
        response = paths.get(path, {}).get(method, {}).get("responses", {}).get(code)
        if response is None:
            continue
        response["links"] = {
            name: {"operationId": paths[to][how]["operationId"], "parameters": parameters}
            for name, (to, how, parameters) in links.items()
            if to in paths
        }


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation
