"""The documents and collections of one open data folder: what `Engine` can do beside asking.

Writing is done one after another, and only by who opened the folder for it. It does not know
questions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rag.catalogue import Catalogue
from rag.errors import InputError, StoreError
from rag.ingest import add_paths, add_texts
from rag.lock import FolderLock
from rag.parts import Parts
from rag.profile import Profile
from rag.rows import Entry
from rag.text.normalise import normalise
from rag.types import (
    DEFAULT_COLLECTION,
    CollectionInfo,
    Document,
    DocumentInfo,
    DocumentPage,
    IngestReport,
    NewDocument,
    NewFile,
    Progress,
)

T = TypeVar("T")
_LONGEST_NAME = 200
_MOST_PER_PAGE = 1000


class Holdings:
    """Whoever derives from it opens the folder and sets these."""

    profile: Profile
    parts: Parts
    _catalogue: Catalogue
    _lock: FolderLock
    _writing: threading.RLock

    # -- documents -------------------------------------------------------------------------------

    def ingest_paths(
        self,
        paths: Sequence[Path],
        *,
        collection: str = DEFAULT_COLLECTION,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Store files and folders; see `rag.ingest.add_paths`. Raises NotFoundError, StoreError."""
        return self._written(
            lambda: add_paths(
                self._catalogue,
                self.parts.fitting_embedder,
                self.profile.ingest,
                paths,
                collection,
                self._tell,
                progress,
            )
        )

    def add(
        self, documents: Sequence[NewDocument | NewFile], *, progress: Progress | None = None
    ) -> IngestReport:
        """Store texts, or files' bytes; one item for each, in order. Raises StoreError, and
        NotFoundError, for a collection that is not there, before anything is stored."""
        for collection in {new.collection for new in documents}:
            self._catalogue.require_collection(collection)
        return self._written(
            lambda: add_texts(
                self._catalogue,
                self.parts.fitting_embedder,
                self.profile.ingest,
                documents,
                self._tell,
                progress,
            )
        )

    def documents(
        self, collection: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> DocumentPage:
        """A page of documents in the order of their ids."""
        if not 1 <= limit <= _MOST_PER_PAGE:
            raise InputError(f"limit is {limit}; it must be from 1 to 1,000.", param="limit")
        if collection is not None:
            self._catalogue.require_collection(collection)
        rows = self._catalogue.documents(collection, limit=limit + 1, after=after)
        more = len(rows) > limit
        return DocumentPage(rows[:limit], rows[limit - 1].document_id if more else None)

    def document(self, document_id: str) -> Document:
        return self._catalogue.document(document_id)

    def document_info(self, document_id: str) -> DocumentInfo:
        return self._catalogue.document_info(document_id)

    def remove(self, document_id: str) -> None:
        """Remove a document; from the next question on nothing of it is found."""
        self._written(lambda: self._catalogue.delete_documents([document_id]), tell=True)

    # -- collections -----------------------------------------------------------------------------

    def collections(self) -> tuple[CollectionInfo, ...]:
        return self._catalogue.collections()

    def create_collection(self, name: str) -> CollectionInfo:
        """Raises ExistsError, InputError."""
        name = normalise(name).strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InputError(
                f"A collection's name has 1 to {_LONGEST_NAME} printable characters.", param="name"
            )
        self._written(lambda: self._catalogue.create_collection(name))
        return CollectionInfo(name, 0, 0)

    def drop_collection(self, name: str) -> None:
        """Remove a collection with its documents; `default` is only emptied."""
        self._catalogue.require_collection(name)
        self._written(lambda: self._catalogue.drop_collection(name), tell=True)

    def _written(self, action: Callable[[], T], *, tell: bool = False) -> T:
        with self._writing:
            if not self._lock.write:
                raise StoreError("This engine was opened for reading: open it with write=True.")
            done = action()
            if tell:
                self._tell()
            return done

    def _tell(self, written: Sequence[Entry] = ()) -> None:
        """Pass on to the indexes what was written, or removed."""
        from rag.embed import embedder_name
        from rag.keeping import mark_clean, mark_unclean, tell

        stores = self.parts.stores()
        mark_unclean(stores)
        tell(stores, embedder_name(self.parts.embedder()), written)
        mark_clean(stores)
