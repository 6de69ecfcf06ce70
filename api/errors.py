"""Every error of the service as one JSON body, and the table from error class to status code.

    {"error": {"type", "message", "param", "retryable", "request_id"}}

It does not know the routes. Messages of the engine's errors are written to be shown; anything
unforeseen is logged with the request's id and shown as `internal` without a detail.
"""

from __future__ import annotations

import difflib
import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from rag.errors import (
    BusyError,
    CancelledError,
    EmbedderMismatchError,
    ExistsError,
    InputError,
    MalformedError,
    ModelAuthError,
    ModelBrokenError,
    ModelBusyError,
    ModelError,
    ModelMissingError,
    ModelRejectedError,
    ModelTimeoutError,
    ModelUnreachableError,
    NotFoundError,
    ProfileError,
    RagError,
    StoreError,
    TooLargeError,
)

log = logging.getLogger("api")


class MediaTypeError(RagError):
    """The body is not declared as JSON."""

    type = "unsupported_media_type"


class WrongHostError(RagError):
    """The Host header names another machine than the one that serves."""

    type = "wrong_host"


class UnauthorizedError(RagError):
    """No key, or one that is not known, where keys are asked for."""

    type = "unauthorized"


class ForbiddenError(RagError):
    """The key is known but may not do this."""

    type = "forbidden"


class ForeignOriginError(RagError):
    """A browser sent this for a page of another site."""

    type = "foreign_origin"


class SlowBodyError(RagError):
    """The body did not come in time."""

    type = "too_slow"
    retryable = True


class RateLimitError(RagError):
    """Too many requests with one key; `retry_after` is in seconds."""

    type = "rate_limited"
    retryable = True

    def __init__(self, message: str, retry_after: int = 1, *, param: str | None = None) -> None:
        super().__init__(message, param=param)
        self.retry_after = retry_after


STATUS: Mapping[type[RagError], int] = {
    RagError: 500,
    InputError: 422,
    MalformedError: 400,
    TooLargeError: 413,
    ProfileError: 500,
    NotFoundError: 404,
    ExistsError: 409,
    BusyError: 503,
    EmbedderMismatchError: 409,
    StoreError: 503,
    ModelError: 502,
    ModelUnreachableError: 502,
    ModelAuthError: 502,
    ModelMissingError: 502,
    ModelRejectedError: 502,
    ModelBrokenError: 502,
    ModelTimeoutError: 504,
    ModelBusyError: 503,
    CancelledError: 503,
    MediaTypeError: 415,
    WrongHostError: 421,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    ForeignOriginError: 403,
    SlowBodyError: 408,
    RateLimitError: 429,
}
"""The status of each class of error; one that is not named here has its parent's."""

RETRY_AFTER_SECONDS = 1


def status_of(error: RagError) -> int:
    """The status code of an error, from its class or its nearest parent in the table."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def error_response(
    status: int,
    kind: str,
    message: str,
    request_id: str,
    *,
    param: str | None = None,
    retryable: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The one error body. Text that is not valid Unicode is replaced, so it always serialises."""
    error = {
        "type": kind,
        "message": _plain(message),
        "param": None if param is None else _plain(param),
        "retryable": retryable,
        "request_id": request_id,
    }
    extra = {"Retry-After": str(RETRY_AFTER_SECONDS)} if retryable else {}
    return Response(
        orjson.dumps({"error": error}),
        status,
        {**extra, **(headers or {})},
        media_type="application/json",
    )


def error_response_of(error: Exception, request_id: str) -> Response:
    """The response to anything raised. What nobody foresaw is logged; the caller learns only
    the id by which the operator finds it."""
    status = status_of(error) if isinstance(error, RagError) else 500
    if status == 500 or isinstance(error, StoreError):
        log.error("request %s failed", request_id, exc_info=error)
    if status == 500 or not isinstance(error, RagError):
        message = "Something went wrong inside the service. Report the request id to its operator."
        return error_response(500, "internal", message, request_id)
    return error_response(
        status,
        error.type,
        error.message,
        request_id,
        param=error.param,
        retryable=error.retryable,
        headers=_headers_of(error),
    )


def _headers_of(error: RagError) -> Mapping[str, str]:
    """What a client is told beside the body."""
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, RateLimitError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, ModelError) and error.retry_after is not None:
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    return {}


def request_id_of(request: Request) -> str:
    """The id that the middleware gave this request."""
    return str(request.scope["state"]["request_id"])


def install(app: FastAPI) -> None:
    """Answer every kind of error of `app` with the one body."""

    @app.exception_handler(RagError)
    async def rag_error(request: Request, error: RagError) -> Response:
        return error_response_of(error, request_id_of(request))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        param, message = describe(error.errors())
        kind = InputError.type
        return error_response(422, kind, message, request_id_of(request), param=param)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        headers = error.headers
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {**(headers or {}), "Allow": _allowed(app, request, headers or {})}
        kind, message = _http_message(request, error.status_code, headers or {})
        return error_response(
            error.status_code, kind, message, request_id_of(request), headers=headers
        )


def _allowed(app: FastAPI, request: Request, headers: Mapping[str, str]) -> str:
    """All methods of a path: the router names only those of the first route that has it."""
    path = getattr(request.scope.get("route"), "path_format", None)
    described = app.openapi()["paths"].get(path, {})
    return ", ".join(sorted(method.upper() for method in described)) or headers.get("Allow", "")


def _http_message(request: Request, status: int, headers: Mapping[str, str]) -> tuple[str, str]:
    """Type and message of what the router itself refuses."""
    if status == HTTPStatus.NOT_FOUND:
        return "not_found", "There is nothing at this path. /docs lists every call."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = headers.get("Allow") or "another method"
        return "method_not_allowed", f"{request.method} is not possible here; use {allowed}."
    return "http_error", HTTPStatus(status).phrase


def describe(problems: Sequence[Any]) -> tuple[str | None, str]:
    """The dotted field and a sentence for pydantic's list of problems: the first one in full."""
    first = problems[0]
    names = [str(part) for part in first["loc"][1:]]
    context = first.get("ctx") or {}
    if first["type"] == "unknown_field":
        names.append(_shortened(context["field"]))
    param = ".".join(names) or None
    field = f"`{param}`" if param else "The request body"
    message = f"{field} {_complaint(first['type'], context, first['msg'])}"
    others = len(problems) - 1
    if others:
        message += f" ({others} more {'problem' if others == 1 else 'problems'} after this one.)"
    return param, message


def _complaint(kind: str, context: Mapping[str, Any], fallback: str) -> str:
    """What is wrong with a field and what to send instead."""
    match kind:
        case "unknown_field":
            return _unknown(str(context["field"]), list(context["known"]))
        case "missing":
            return "is required but missing."
        case "too_short" | "too_long":
            size, word = (
                (context["min_length"], "at least")
                if kind == "too_short"
                else (context["max_length"], "at most")
            )
            return f"needs {word} {size} {'entry' if size == 1 else 'entries'}."
        case "string_too_short":
            return f"needs at least {context['min_length']} character."
        case "string_too_long":
            return f"is too long: at most {context['max_length']:,} characters."
        case "greater_than_equal":
            return f"must be at least {context['ge']}."
        case "less_than_equal":
            return f"must be at most {context['le']}."
        case "literal_error":
            return f"must be {context['expected']}."
        case "custom":
            return str(context["complaint"])
    expected = _EXPECTED.get(kind)
    return f"must be {expected}." if expected else f"is not acceptable: {fallback}."


_EXPECTED: Mapping[str, str] = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of ordinary size",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"is not a field here. Did you mean `{near[0]}`?"
    return f"is not a field here. The fields are: {', '.join(known)}."


def _shortened(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
