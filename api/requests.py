"""Read a request body strictly, before anything is validated or called: JSON, or a form of files.

Python's own JSON reader lets through what cannot be answered or stored again (NaN, lone
surrogates) and fails on deep nesting; here each of these is a 400 with a reason. It does not
know which fields a request has.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.errors import MediaTypeError
from rag.errors import MalformedError

MAX_DEPTH = 64
"""Levels of nesting in a body. Ours need 5; metadata beyond this could not be serialised again."""

MAX_BRACKETS = 1_000_000
"""Opening brackets in a body. Empty lists take twenty times their size in memory, and seconds."""


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8, with or without a byte order mark.

    Raises MalformedError for anything else: NaN, infinities, lone surrogates, invalid UTF-8,
    control characters in strings, nesting beyond `MAX_DEPTH`, more than `MAX_BRACKETS` brackets,
    an empty body.
    """
    if not body:
        raise MalformedError("The request body is empty. Send a JSON object.")
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise MalformedError(
            f"The request body has over {MAX_BRACKETS:,} opening brackets. Send the documents in "
            "several requests."
        )
    try:
        value = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"The request body is not valid JSON in UTF-8: {error}.") from None
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return value
    raise MalformedError(f"The request body is nested deeper than {MAX_DEPTH} levels.")


def _children(value: Any) -> list[Any]:
    """What a container holds; scalars are left out, so a level is as small as it can be."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


class JsonRequest(Request):
    """A request whose body has been read and parsed already."""

    payload: Any = None

    async def json(self) -> Any:
        return self.payload


class JsonRoute(APIRoute):
    """A route whose body, if it has one, is read by `parse_json`.

    Only a declared JSON body is read: a page of another origin can send any other kind
    without the browser asking first.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_then_handle(request: Request) -> Response:
            if _media_type(request.headers) != "application/json":
                raise MediaTypeError("Send the body as JSON, with Content-Type: application/json.")
            parsed = JsonRequest(request.scope, request.receive)
            parsed.payload = parse_json(await parsed.body())
            return await handle(parsed)

        return read_then_handle


class FormRoute(APIRoute):
    """A route for a multipart form alone; any other body goes to the next route of its path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if _media_type(Headers(scope=scope)) != "multipart/form-data":
            return Match.NONE, {}
        return super().matches(scope)


async def read_form(request: Request, *, most_files: int) -> list[tuple[str, str | UploadFile]]:
    """The fields of a multipart form, in order. Raises MalformedError."""
    try:
        form = await request.form(max_files=most_files, max_fields=16)
    except HTTPException as error:
        raise MalformedError(f"The form cannot be read: {error.detail}") from None
    return form.multi_items()


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
