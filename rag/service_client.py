"""A client of a running service: the methods of the engine, over HTTP.

Answers come back as the same types, streams as the same events, and errors as the same
exceptions. It needs nothing but the standard library, uses no proxy, and does not know how the
service makes its answers.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

from rag import errors
from rag.cancel import Cancel
from rag.errors import BusyError, CancelledError, InputError, ModelError, NotFoundError, RagError
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.lock import holder
from rag.types import (
    DEFAULT_COLLECTION,
    Answer,
    Citation,
    CollectionInfo,
    Document,
    DocumentPage,
    IngestItem,
    IngestReport,
    NewDocument,
    Passage,
    Progress,
    SearchResult,
    Turn,
    Verification,
)

T = TypeVar("T")
_TIMEOUT = 120.0  # seconds without a byte
_LOOK = 2.0  # seconds for finding out whether somebody answers
_KINDS = {
    kind.type: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, RagError)
}


class ServiceClient:
    """Asks the service at `url`, such as http://127.0.0.1:8000, with an API key where it wants
    one (RAG_API_KEY when left out)."""

    def __init__(self, url: str, key: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url!r} is not the address of a service: it looks like http://…")
        self.url = url.rstrip("/")
        self._parts = parts
        self._key = os.environ.get("RAG_API_KEY") if key is None else key

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
        body = _question(question, history, collection, top_k, filters, documents, explain)
        return self._post("/v1/ask", body, Answer)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
        documents: Sequence[NewDocument] | None = None,
        explain: bool = False,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        """As `ask`, step by step. Throwing `cancel` hangs up, which stops the service's work, and
        raises CancelledError."""
        body = _question(question, history, collection, top_k, filters, documents, explain)
        with self._call("POST", "/v1/ask", {**body, "stream": True}, cancel=cancel) as response:
            for name, data in _server_sent(response):
                yield _event(name, data)
                if name == "final":
                    return
            if cancel is not None:
                cancel.check()
            raise ModelError("The service's answer broke off. Ask again.")

    def search(
        self,
        question: str,
        *,
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> SearchResult:
        """`POST /v1/search`. Raises as `ask` does."""
        body = {"question": question, "collection": collection}
        return self._post("/v1/search", body | _given(top_k=top_k, filters=filters), SearchResult)

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

    def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        *,
        limit: int = 100,
        after: str | None = None,
    ) -> DocumentPage:
        """`GET /v1/documents`. Raises as `ask` does."""
        query = urlencode(_given(collection=collection, limit=limit, after=after))
        return self._get(f"/v1/documents?{query}", DocumentPage)

    def document(self, document_id: str) -> Document:
        """`GET /v1/documents/{id}`: its blocks and authors are not sent. Raises as `ask` does."""
        body = self._get(f"/v1/documents/{quote(document_id, safe='')}", dict[str, Any])
        kept = ("collection", "source", "title", "text", "sha256", "metadata", "created")
        return Document(
            id=body["document_id"],
            languages=tuple(body["languages"]),
            blocks=(),
            **{name: body[name] for name in kept},
        )

    def add(self, documents: Sequence[NewDocument]) -> IngestReport:
        """`POST /v1/documents`. Raises as `ask` does."""
        sent = [
            {**_document(d), "metadata": dict(d.metadata), "collection": d.collection}
            for d in documents
        ]
        body = self._post("/v1/documents", {"documents": sent}, dict[str, Any])
        return _report(body)

    def ingest_paths(
        self,
        paths: Sequence[Path],
        *,
        collection: str = DEFAULT_COLLECTION,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Send files, and those of folders, one after another; the service reads them. A file
        that is gone from a folder stays with the service. Raises as `ask` does."""
        from rag.ingest import sources_of
        from rag.read import find_files

        files, refused = find_files(paths)
        items = [IngestItem(None, str(path), "failed", 0, reason) for path, reason in refused]
        for number, (file, source) in enumerate(sources_of(files, paths).items(), start=1):
            items += self._send_file(file, source, collection).items
            if progress:
                progress(file.name, number, len(files))
        return IngestReport(tuple(items))

    def collections(self) -> tuple[CollectionInfo, ...]:
        """`GET /v1/collections`. Raises as `ask` does."""
        found = self._get("/v1/collections", dict[str, tuple[CollectionInfo, ...]])
        return found["collections"]

    def create_collection(self, name: str) -> CollectionInfo:
        """`POST /v1/collections`. Raises as `ask` does."""
        return self._post("/v1/collections", {"name": name}, CollectionInfo)

    def instance(self) -> str | None:
        """The name that the service gives this start of itself; None when nobody answers."""
        connection = self._connection(_LOOK)
        try:
            connection.request("GET", f"{self._parts.path.rstrip('/')}/healthz")
            body = json.loads(connection.getresponse().read())
            return str(body["instance"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return None
        finally:
            connection.close()

    # -- the wire --------------------------------------------------------------------------------

    def _get(self, path: str, kind: type[T]) -> T:
        with self._call("GET", path) as response:
            return _read(response.read(), kind)

    def _post(self, path: str, body: Mapping[str, Any], kind: type[T]) -> T:
        with self._call("POST", path, body) as response:
            return _read(response.read(), kind)

    def _send_file(self, file: Path, source: str, collection: str) -> IngestReport:
        try:
            content = file.read_bytes()
        except OSError as error:
            reason = f"{file} cannot be read ({error.strerror})."
            return IngestReport((IngestItem(None, source, "failed", 0, reason),))
        body, kind = _multipart({"collection": collection}, source, content)
        try:
            with self._call("POST", "/v1/documents", body, kind=kind) as response:
                return _report(_read(response.read(), dict[str, Any]))
        except InputError as error:  # one bad file never loses the good ones
            return IngestReport((IngestItem(None, source, "failed", 0, error.message),))

    def _connection(self, timeout: float) -> HTTPConnection:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=timeout)

    @contextmanager
    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        kind: str = "application/json",
        cancel: Cancel | None = None,
    ) -> Iterator[HTTPResponse]:
        """The response, if it is a good one. Raises RagError."""
        cancel = cancel or Cancel()
        cancel.check()
        data = json.dumps(body).encode() if isinstance(body, Mapping) else body
        headers = {"Content-Type": kind} if data is not None else {}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        connection = self._connection(_TIMEOUT)
        try:
            connection.connect()
            with cancel.calling(_hanging_up(connection.sock)):
                connection.request(method, self._parts.path.rstrip("/") + path, data, headers)
                response = connection.getresponse()
                if response.status >= 400:
                    raise _told(response, self.url)
                yield response
        except ValueError:
            raise RagError(
                f"What answers at {self.url} is no service of ours. Check the address."
            ) from None
        except (OSError, HTTPException) as error:
            if cancel.thrown:
                raise CancelledError("Nobody waits for this answer any more.") from None
            raise RagError(
                f"No answer from a service at {self.url} ({error}). Start one with `rag serve`."
            ) from None
        finally:
            connection.close()


def find_service(folder: Path) -> ServiceClient | None:
    """A client of the service that holds the data folder, if one does and says so itself: the
    note in the folder may be older than whoever listens there now."""
    writer = holder(folder)
    if writer is None or writer.url is None:
        return None
    client = ServiceClient(writer.url)
    return client if client.instance() == writer.instance else None


def _hanging_up(sock: socket.socket) -> Callable[[], None]:
    def hang_up() -> None:
        # Closing would not wake a thread that is reading; it may be closed already.
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    return hang_up


def _question(
    question: str,
    history: Sequence[Turn],
    collection: str,
    top_k: int | None,
    filters: Mapping[str, Any] | None,
    documents: Sequence[NewDocument] | None,
    explain: bool,
) -> dict[str, Any]:
    body: dict[str, Any] = {"question": question, "explain": explain}
    if documents is None:
        body["collection"] = collection
    else:
        body["documents"] = [_document(document) for document in documents]
    if history:
        body["history"] = [{"role": turn.role, "content": turn.content} for turn in history]
    return body | _given(top_k=top_k, filters=filters)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _document(document: NewDocument) -> dict[str, Any]:
    return {"text": document.text, **_given(title=document.title, source=document.source)}


def _multipart(fields: Mapping[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    """Fields and one file as a form (RFC 7578), and its content type."""
    edge = secrets.token_hex(16)
    # As browsers do (WHATWG): what would end the quoted name is percent-encoded.
    safe = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{safe}"\r\n\r\n'
    parts += [head.encode(errors="replace"), content, f"\r\n--{edge}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={edge}"


@cache
def _adapter(kind: Hashable) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(cast(Any, kind))


def _read(data: bytes | str, kind: type[T]) -> T:
    read: T = _adapter(cast(Hashable, kind)).validate_json(data)
    return read


def _report(body: Mapping[str, Any]) -> IngestReport:
    return IngestReport(tuple(IngestItem(**item) for item in body["documents"]))


def _server_sent(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The name and data of each event (WHATWG server-sent events); comments are skipped."""
    name, data = "message", list[str]()
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line:
            if data:
                yield name, "\n".join(data)
            name, data = "message", []


def _event(name: str, data: str) -> Event:
    if name == "passages":
        return PassagesEvent(tuple(_read(data, dict[str, list[Passage]])["passages"]))
    if name == "delta":
        return DeltaEvent(_read(data, dict[str, str])["text"])
    if name == "citation":
        return CitationEvent(_read(data, Citation))
    if name == "final":
        return FinalEvent(_read(data, Answer))
    raise _error(json.loads(data)["error"])


def _error(body: Mapping[str, Any]) -> RagError:
    kind = _KINDS.get(body["type"], BusyError if body["retryable"] else RagError)
    return kind(str(body["message"]), param=body["param"])


def _told(response: HTTPResponse, url: str) -> RagError:
    """The service's own error as the exception that the engine would have raised."""
    if response.status == 401:
        return RagError(
            f"The service at {url} asks for a key, and knows none that was sent. Put one into the "
            "environment variable RAG_API_KEY; `rag keys add NAME` on its machine makes one."
        )
    try:
        return _error(json.loads(response.read())["error"])
    except (ValueError, KeyError, TypeError, OSError):
        if response.status == 404:
            return NotFoundError(f"There is no service of ours at {url}.")
        return RagError(f"The service answered {response.status}.")
