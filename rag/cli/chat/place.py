"""Where the questions of a chat go: an engine in this process, or a service that runs already.

Both are asked by the same methods. An engine of our own is open for reading, so that others can
read too, and for writing only while documents are added. It does not know the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.cli.options import opened, service_or, settings
from rag.errors import InputError
from rag.events import Event
from rag.types import CollectionInfo, Document, DocumentPage, IngestReport, Progress, Turn

if TYPE_CHECKING:
    from rag.cancel import Cancel
    from rag.engine import Engine
    from rag.service_client import ServiceClient


class Asked(Protocol):
    """What an engine and a client of the service have in common."""

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        collection: str = "",
        explain: bool = False,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]: ...

    def documents(
        self, collection: str, *, limit: int = 100, after: str | None = None
    ) -> DocumentPage: ...

    def document(self, document_id: str) -> Document: ...

    def collections(self) -> tuple[CollectionInfo, ...]: ...


class Place(Protocol):
    """`name` says where it is, for people; `profile` is None where it is not ours to choose."""

    @property
    def engine(self) -> Asked: ...

    @property
    def name(self) -> str: ...

    @property
    def profile(self) -> str | None: ...

    def profiles(self) -> list[str]:
        """The profiles to choose from."""
        ...

    def use(self, profile: str) -> None:
        """Answer by another profile. Raises RagError, and then all is as before."""
        ...

    def add(self, path: Path, collection: str, progress: Progress) -> IngestReport:
        """Read a file or folder into a collection."""
        ...


class Own:
    """An engine in this process, closed with the stack."""

    def __init__(self, stack: ExitStack, profile: str | None, data_dir: Path | None) -> None:
        self._stack = stack
        self._profile = profile
        self._data_dir = data_dir
        self._opened = stack.enter_context(opened(profile, data_dir))

    @property
    def engine(self) -> Engine:
        return self._opened

    @property
    def name(self) -> str:
        return str(self._opened.profile.data_dir)

    @property
    def profile(self) -> str:
        return self._opened.profile.name

    def profiles(self) -> list[str]:
        from rag.profile import profile_names

        return profile_names()

    def use(self, profile: str) -> None:
        settings(profile, self._data_dir)  # a name that does not exist closes nothing
        before, self._profile = self._profile, profile
        try:
            self._reopen()
            self._opened.warm()
        except BaseException:
            self._profile = before
            self._reopen()
            raise

    def add(self, path: Path, collection: str, progress: Progress) -> IngestReport:
        try:
            self._reopen(write=True)
            return self._opened.ingest_paths([path], collection=collection, progress=progress)
        finally:
            self._reopen()

    def _reopen(self, *, write: bool = False) -> None:
        self._stack.close()
        self._opened = self._stack.enter_context(opened(self._profile, self._data_dir, write=write))


class Elsewhere:
    """A running service."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    @property
    def engine(self) -> ServiceClient:
        return self._client

    @property
    def name(self) -> str:
        return self._client.url

    @property
    def profile(self) -> None:
        return None

    def profiles(self) -> list[str]:
        return []

    def use(self, profile: str) -> None:
        raise InputError(
            f"The profile is that of the service at {self.name}. Start another one with "
            f"`rag serve --profile {profile}`."
        )

    def add(self, path: Path, collection: str, progress: Progress) -> IngestReport:
        return self._client.ingest_paths([path], collection=collection, progress=progress)


@contextmanager
def place_of(
    url: str | None, profile: str | None, data_dir: Path | None
) -> Iterator[Own | Elsewhere]:
    """The service at `url` or the one that holds the data folder, else an engine of our own.
    Raises RagError."""
    with ExitStack() as stack:
        found = service_or(url, profile, data_dir, lambda: Own(stack, profile, data_dir))
        yield found if isinstance(found, Own) else Elsewhere(found)
