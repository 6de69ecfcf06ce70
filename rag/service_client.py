"""A thin client of a running service: `ask` and `verify` as the engine has them, over HTTP.

Answers come back as the same types, and errors as the same exceptions. It needs nothing but the
standard library and does not know how the service makes its answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rag import errors
from rag.errors import BusyError, NotFoundError, RagError
from rag.types import DEFAULT_COLLECTION, Answer, NewDocument, Turn, Verification

T = TypeVar("T")
_TIMEOUT = 120.0  # seconds for one answer
_KINDS = {
    kind.type: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, RagError)
}


class ServiceClient:
    """Asks the service at `url`, such as http://127.0.0.1:8000."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
        documents: Sequence[NewDocument] | None = None,
        explain: bool = False,
    ) -> Answer:
        """`POST /v1/ask`. Raises RagError: as the engine does, or that nobody answers at `url`."""
        body: dict[str, Any] = {"question": question, "explain": explain}
        if documents is None:
            body["collection"] = collection
        else:
            body["documents"] = [_document(document) for document in documents]
        if history:
            body["history"] = [{"role": turn.role, "content": turn.content} for turn in history]
        body |= {k: v for k, v in (("top_k", top_k), ("filters", filters)) if v is not None}
        return self._post("/v1/ask", body, Answer)

    def verify(
        self,
        text: str,
        *,
        sources: Sequence[NewDocument] | None = None,
        collection: str = DEFAULT_COLLECTION,
    ) -> Verification:
        """`POST /v1/verify`. Raises as `ask` does."""
        body: dict[str, Any] = {"text": text}
        if sources is None:
            body["collection"] = collection
        else:
            body["sources"] = [{"text": s.text, "title": s.title} for s in sources]
        return self._post("/v1/verify", body, Verification)

    def _post(self, path: str, body: Mapping[str, Any], kind: type[T]) -> T:
        from pydantic import TypeAdapter

        request = Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=_TIMEOUT) as response:
                return TypeAdapter(kind).validate_json(response.read())
        except HTTPError as error:
            raise _told(error) from None
        except (URLError, OSError, ValueError) as error:
            raise RagError(
                f"No answer from a service at {self.url} ({error}). Start one with `rag serve`."
            ) from None


def _document(document: NewDocument) -> dict[str, Any]:
    fields = {"title": document.title, "source": document.source}
    return {"text": document.text, **{k: v for k, v in fields.items() if v is not None}}


def _told(error: HTTPError) -> RagError:
    """The service's own error as the exception that the engine would have raised."""
    try:
        body = json.loads(error.read())["error"]
        kind = _KINDS.get(body["type"], BusyError if body["retryable"] else RagError)
        return kind(str(body["message"]), param=body["param"])
    except (ValueError, KeyError, TypeError, OSError):
        if error.code == 404:
            return NotFoundError(f"There is no service of ours at {error.url}.")
        return RagError(f"The service answered {error.code}.")
