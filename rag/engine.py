"""The engine: one data folder, opened under a profile. The only place that knows concrete classes.

Reading may happen in many threads; writing is done one after another. What takes seconds to load
is loaded when first needed, so a command that needs none of it is quick. It is not loaded in
threads: it holds the interpreter's lock meanwhile, so nothing is won. It does not know terminals
or HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from rag.cancel import Cancel
from rag.catalogue import Catalogue
from rag.citations import Citations, still_holds
from rag.errors import InputError, StoreError
from rag.filters import matching
from rag.ingest import add_paths, add_texts
from rag.lock import FolderLock
from rag.parts import Parts
from rag.profile import Profile, load_profile
from rag.question import LONGEST_QUESTION, clean_question
from rag.resources import bundled
from rag.text.normalise import normalise
from rag.types import (
    DEFAULT_COLLECTION,
    Answer,
    Check,
    CitationCheck,
    CollectionInfo,
    Document,
    DocumentInfo,
    DocumentPage,
    Event,
    FinalEvent,
    IngestReport,
    ModelInfo,
    NewDocument,
    NewFile,
    Passage,
    Progress,
    SearchResult,
    Turn,
    Verification,
)

if TYPE_CHECKING:
    from rag.retrieve import Corpus

T = TypeVar("T")
_LONGEST_NAME = 200
_MOST_PER_PAGE = 1000


def open_engine(
    profile: Profile | str | None = None,
    *,
    write: bool = False,
    seeds: bool = False,
    progress: Progress | None = None,
) -> Engine:
    """Open the data folder of a profile (given, named, or the default one).

    `write` takes the folder for this process alone; without it, others may read too. With `seeds`
    a new folder is filled with the seed articles. Raises BusyError, EmbedderMismatchError,
    StoreError, ProfileError."""
    if not isinstance(profile, Profile):
        profile = load_profile(profile)
    return Engine(profile, write=write, seeds=seeds, progress=progress)


class Engine:
    """Questions, documents and collections over one data folder. A context manager."""

    def __init__(
        self, profile: Profile, *, write: bool, seeds: bool, progress: Progress | None
    ) -> None:
        self.profile = profile
        folder = profile.data_dir
        fresh = not (folder / "catalogue.sqlite").exists()
        # A new or interrupted folder is brought in order first, which is writing.
        needs_writing = write or fresh or (folder / "writing").exists()
        self._lock = FolderLock(folder, write=needs_writing, wait=0.0 if write else 10.0)
        self._writing = threading.RLock()
        self._citations = Citations(folder / "citations.sqlite")
        try:
            self._catalogue = Catalogue(folder / "catalogue.sqlite")
            self.parts = Parts(profile, self._catalogue, self._lock)
            self._prepare(fresh, seeds=seeds, progress=progress)
            if not write and self._lock.write:
                self.parts.stores()  # brings an interrupted folder in order while we may write
                self._lock.share()
        except BaseException:
            self._lock.close()
            raise

    def _prepare(self, fresh: bool, *, seeds: bool, progress: Progress | None) -> None:
        """Fill a new folder with the seeds, once; whoever starts otherwise gets none later."""
        if fresh:
            self._catalogue.set_facts({"seeds": "wanted" if seeds else "declined"})
        if seeds and self._catalogue.fact("seeds") == "wanted" and self._lock.write:
            self.ingest_paths([bundled("seeds")], progress=progress)
            self._catalogue.set_facts({"seeds": "ingested"})

    # -- asking ----------------------------------------------------------------------------------

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
        cancel: Cancel | None = None,
    ) -> Answer:
        """Answer a question from a collection, or from `documents` alone, which are not stored.
        Raises InputError, NotFoundError, StoreError, EmbedderMismatchError, and CancelledError
        once `cancel` is thrown."""
        events = self.stream(
            question,
            history=history,
            collection=collection,
            top_k=top_k,
            filters=filters,
            documents=documents,
            explain=explain,
            cancel=cancel,
        )
        return next(event.answer for event in events if isinstance(event, FinalEvent))

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
        """As `ask`, step by step: first the passages, then pieces of the answer and citations as
        they become certain, and last the whole answer. What is wrong with the request itself is
        raised before the iterator is returned."""
        from rag.ask import events

        text = clean_question(question)
        turns = [Turn(turn.role, normalise(turn.content)) for turn in history]
        corpus, among = self._corpus(collection, filters, documents)
        steps = events(
            text,
            turns,
            corpus,
            self.parts.embedder().get_query_embedding,
            self.profile,
            self._model(),
            self._top_k(top_k),
            among,
            explain=explain,
            cancel=cancel or Cancel(),
        )
        return steps if documents else self._citations.remembering(steps, collection)

    def citation(self, citation_id: str) -> CitationCheck:
        """Whether a citation of an earlier answer from a collection still holds, after its document
        was edited or removed. Raises NotFoundError when none is remembered by this id."""
        return still_holds(*self._citations.find(citation_id), self._catalogue)

    def search(
        self,
        question: str,
        *,
        collection: str = DEFAULT_COLLECTION,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> SearchResult:
        """Passages for a question, best first, without an answer. Raises as `ask` does."""
        from rag.ask import search

        text = clean_question(question)
        corpus, among = self._corpus(collection, filters, None)
        embed = self.parts.embedder().get_query_embedding
        return search(text, corpus, embed, self.profile, self._top_k(top_k), among)

    def verify(
        self,
        text: str,
        *,
        sources: Sequence[NewDocument] | None = None,
        collection: str = DEFAULT_COLLECTION,
    ) -> Verification:
        """Whether each sentence of a text, 1 to 50,000 characters, stands on the sources (1 to 100
        texts, not stored), or without them on the collection. Raises as `ask` does."""
        from rag.verify import clean_text, given, searched, verify

        text = clean_text(text)
        if sources is not None:
            return verify(text, given(sources), self.parts.judge())

        def passages(sentence: str) -> Sequence[Passage]:
            return self.search(sentence[:LONGEST_QUESTION], collection=collection).passages

        return verify(text, searched(passages), self.parts.judge())

    def _top_k(self, top_k: int | None) -> int:
        chosen = self.profile.retrieval.top_k if top_k is None else top_k
        if not 1 <= chosen <= 50:
            raise InputError(f"top_k is {chosen}; it must be from 1 to 50.", param="top_k")
        return chosen

    def _model(self) -> ModelInfo:
        generation = self._catalogue.fact("generation") or "1"
        fingerprint = f"{self.profile.fingerprint}-{generation}"
        return ModelInfo("embedded", "extractive-1", fingerprint)

    def _corpus(
        self,
        collection: str,
        filters: Mapping[str, Any] | None,
        documents: Sequence[NewDocument] | None,
    ) -> tuple[Corpus, list[str] | None]:
        from rag.retrieve import Corpus

        if documents:
            from rag.inline import inline_corpus

            return inline_corpus(documents, self.parts.embedder(), self.profile.ingest), None
        self._catalogue.require_collection(collection)
        among = None
        if filters:
            chosen = matching(self._catalogue.metadata(collection), filters)
            among = self._catalogue.chunk_ids_where(collection, chosen)
        stores = self.parts.stores()
        corpus = Corpus(
            collection,
            stores.vectors,
            stores.lexical,
            self.parts.chunks,
            self._catalogue.text_at,
            partial(self._catalogue.glosses, collection),
        )
        return corpus, among

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
        """Store texts, or files' bytes; one item for each, in order. Raises NotFoundError and
        StoreError."""
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

    # -- keeping ---------------------------------------------------------------------------------

    def check(self) -> tuple[Check, ...]:
        """Compare the catalogue with both indexes, and the index with this program."""
        from rag.keeping import card, check

        return check(
            self.parts.stores(any_embedder=True), card(self.profile, self.parts.embedder())
        )

    def reindex(self, progress: Progress | None = None) -> None:
        """Build both indexes again from the catalogue, with the profile's embedder."""
        from rag.keeping import card, rebuild

        def build() -> None:
            stores = self.parts.stores(any_embedder=True)
            embedder = self.parts.embedder()
            rebuild(stores, card(self.profile, embedder), embedder, progress)

        self._written(build)

    def warm(self) -> None:
        """Load everything that the first question would wait for, by asking one."""
        self.ask("?")

    def _written(self, action: Callable[[], T], *, tell: bool = False) -> T:
        with self._writing:
            if not self._lock.write:
                raise StoreError("This engine was opened for reading: open it with write=True.")
            done = action()
            if tell:
                self._tell()
            return done

    def _tell(self) -> None:
        """Pass on to the indexes what was written."""
        from rag.keeping import mark_clean, mark_unclean, tell

        stores = self.parts.stores()
        mark_unclean(stores)
        tell(stores, self.parts.embedder().model_name)
        mark_clean(stores)

    def close(self) -> None:
        """Give everything back. The engine cannot be used afterwards."""
        with self._writing, self.parts.loading:
            self.parts.close()
            self._citations.close()
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
