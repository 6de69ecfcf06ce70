"""The engine: one data folder, opened under a profile. The only place that knows concrete classes.

Reading may happen in many threads; writing is done one after another. What takes seconds to load
is loaded when first needed, so a command that needs none of it is quick. It is not loaded in
threads: it holds the interpreter's lock meanwhile, so nothing is won. It does not know terminals
or HTTP.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from rag.cancel import Cancel, listening_to
from rag.catalogue import Catalogue
from rag.citations import Citations, still_holds
from rag.errors import InputError, ModelError
from rag.events import Event, FinalEvent
from rag.filters import matching
from rag.holdings import Holdings
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
    ModelInfo,
    NewDocument,
    Passage,
    Progress,
    SearchResult,
    Turn,
    Verification,
)

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

    from rag.models.port import ChatModel
    from rag.retrieve import Corpus

log = logging.getLogger("rag")
P = ParamSpec("P")
T = TypeVar("T")
Embed = Callable[[str], Sequence[float]]


def open_engine(
    profile: Profile | str | None = None,
    *,
    write: bool = False,
    seeds: bool = False,
    progress: Progress | None = None,
    embedder: BaseEmbedding | None = None,
    llm: LLM | ChatModel | None = None,
) -> Engine:
    """Open the data folder of a profile (given, named, or the default one).

    `write` takes the folder for this process alone; without it, others may read too. With `seeds`
    a new folder is filled with the seed articles. Any LlamaIndex `embedder` or `llm` (or a
    `ChatModel`) may stand in place of the profile's; whoever made it closes it. Raises BusyError,
    EmbedderMismatchError, StoreError, ProfileError."""
    if not isinstance(profile, Profile):
        profile = load_profile(profile)
    return Engine(
        profile,
        write=write,
        seeds=seeds,
        progress=progress,
        embedder=embedder,
        chat_model=_as_chat_model(llm, profile),
    )


def _as_chat_model(llm: LLM | ChatModel | None, profile: Profile) -> ChatModel | None:
    if llm is None or hasattr(llm, "count_tokens"):
        return cast("ChatModel | None", llm)
    from rag.models.llama_index import LlamaIndexChat

    return LlamaIndexChat(llm, profile.deadlines)


class Engine(Holdings):
    """Questions, documents and collections over one data folder. A context manager."""

    def __init__(
        self,
        profile: Profile,
        *,
        write: bool,
        seeds: bool,
        progress: Progress | None,
        embedder: BaseEmbedding | None = None,
        chat_model: ChatModel | None = None,
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
            self.parts = Parts(profile, self._catalogue, self._lock, embedder, chat_model)
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
        cancel = cancel or Cancel()
        corpus, embed, among = self._corpus(collection, filters, documents, cancel)
        steps = events(
            text,
            turns,
            corpus,
            embed,
            self.profile,
            self._model(),
            self._top_k(top_k),
            among,
            chat=self.parts.chat_model(),
            judge=self.parts.judge,
            given=bool(documents),
            explain=explain,
            cancel=cancel,
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
        corpus, embed, among = self._corpus(collection, filters, None, Cancel())
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
        chat = self.parts.chat_model()
        if chat is not None:
            return ModelInfo(chat.provider, chat.name, fingerprint)
        return ModelInfo("embedded", "extractive-1", fingerprint)

    def _corpus(
        self,
        collection: str,
        filters: Mapping[str, Any] | None,
        documents: Sequence[NewDocument] | None,
        cancel: Cancel,
    ) -> tuple[Corpus, Embed, list[str] | None]:
        """What is searched, what makes a question's vector for it, and among which chunks."""
        from rag.retrieve import Corpus

        reranker = self.parts.reranker()
        rerank = None if reranker is None else _heard(cancel, reranker.scores)
        if documents:
            from rag.inline import inline_corpus

            embedder = self.parts.embedder()
            make = _heard(cancel, inline_corpus)
            corpus = make(documents, embedder, self.profile.ingest)
            return replace(corpus, rerank=rerank), _embed(embedder, cancel), None
        self._catalogue.require_collection(collection)
        among = None
        if filters:
            chosen = matching(self._catalogue.metadata(collection), filters)
            among = self._catalogue.chunk_ids_where(collection, chosen)
        embedder, vectors, lexical = self.parts.searching()
        corpus = Corpus(
            collection,
            vectors,
            lexical,
            self.parts.chunks,
            self._catalogue.text_at,
            partial(self._catalogue.glosses, collection),
            partial(self._catalogue.leads, collection),
            rerank,
        )
        return corpus, _embed(embedder, cancel), among

    # -- keeping ---------------------------------------------------------------------------------

    def check(self) -> tuple[Check, ...]:
        """Compare the catalogue with both indexes, and the index with this program."""
        from rag.keeping import card, check

        return check(
            self.parts.stores(any_embedder=True), card(self.profile, self.parts.embedder())
        )

    def reindex(self, progress: Progress | None = None) -> None:
        """Build both indexes again from the catalogue, with the profile's embedder. Questions go on
        meanwhile; writing waits."""
        self._written(lambda: self.parts.reindex(progress))

    @property
    def instance(self) -> str:
        """A random name of this engine while it is open."""
        return self._lock.instance

    def announce(self, url: str) -> None:
        """Note in the data folder, which must be open for writing, that its questions are answered
        at `url`: other programs then ask there. The note goes when the engine is closed."""
        self._lock.announce(url)

    def warm(self) -> None:
        """Load everything that the first question would wait for, by asking one. A model that is
        down does not keep the engine from starting. Raises ProfileError, EmbedderMismatchError."""
        try:
            if self.parts.chat_model() is None:
                self.ask("?")
            else:
                self.search("?")  # asking would cost a reply
                self.parts.judge()
        except ModelError:
            log.warning("a model of the profile does not answer", exc_info=True)

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


def _heard(cancel: Cancel, action: Callable[P, T]) -> Callable[P, T]:
    """The action, stopped by `cancel` where it waits for a model's server."""

    def heard(*args: P.args, **kwargs: P.kwargs) -> T:
        with listening_to(cancel):
            return action(*args, **kwargs)

    return heard


def _embed(embedder: BaseEmbedding, cancel: Cancel) -> Embed:
    from rag.embed import embed_question

    return _heard(cancel, partial(embed_question, embedder))
