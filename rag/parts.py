"""What an engine works with, each loaded when it is first needed and then kept.

What takes seconds to load (the morphological model, LlamaIndex, Chroma) is loaded here, once, by
whoever comes first. It does not know what a question is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from rag.catalogue import Catalogue
from rag.errors import EmbedderMismatchError
from rag.lock import FolderLock
from rag.profile import Embedder, Profile
from rag.rows import StoredChunk
from rag.types import Progress

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.keeping import Stores
    from rag.lexical import LexicalIndex
    from rag.models.port import ChatModel
    from rag.models.rerankers import CrossEncoder
    from rag.support import Judge
    from rag.vectors import VectorIndex

T = TypeVar("T")

_CACHED_CHUNKS = 4096


class Parts:
    """The models, the stores and the judge of one open data folder. An embedder or a chat model
    that is handed in stands in place of the profile's, and whoever made it closes it."""

    def __init__(
        self,
        profile: Profile,
        catalogue: Catalogue,
        lock: FolderLock,
        embedder: BaseEmbedding | None = None,
        chat_model: ChatModel | None = None,
    ) -> None:
        self._profile = profile
        self._catalogue = catalogue
        self._lock = lock
        self.loading = threading.RLock()
        self._own_models = ExitStack()
        self._embedder = embedder
        self._given_embedder = embedder is not None
        self._chat_model = chat_model
        self._reranker: CrossEncoder | None = None
        self._judge: Judge | None = None
        self._stores: Stores | None = None
        self._fits = False
        self._former: BaseEmbedding | None = None
        self._cache: OrderedDict[str, StoredChunk] = OrderedDict()
        self._cache_lock = threading.Lock()

    # -- models ----------------------------------------------------------------------------------

    def embedder(self) -> BaseEmbedding:
        """The profile's embedder."""
        with self.loading:
            if self._embedder is None:
                from rag.models.make import make_embedder

                self._embedder = self._owned(make_embedder(self._profile))
            return self._embedder

    def fitting_embedder(self) -> BaseEmbedding:
        """The embedder, once it is certain that the stored vectors are its own."""
        self.stores()
        return self.embedder()

    def chat_model(self) -> ChatModel | None:
        """The model that writes answers; None for the embedded answerer. Raises ProfileError."""
        with self.loading:
            if self._chat_model is None and self._profile.answerer.provider != "embedded":
                from rag.models.make import make_chat_model

                self._chat_model = self._owned(make_chat_model(self._profile))
            return self._chat_model

    def reranker(self) -> CrossEncoder | None:
        """The profile's cross-encoder, if it names one. Raises ProfileError."""
        with self.loading:
            if self._reranker is None and self._profile.reranker.provider != "none":
                from rag.models.make import make_reranker

                self._reranker = self._owned(make_reranker(self._profile))
            return self._reranker

    def _owned(self, model: T) -> T:
        """Close the model with the parts, if there is anything to close."""
        close = getattr(model, "close", None)
        if close is not None:
            self._own_models.callback(close)
        return model

    def judge(self) -> Judge:
        """Who tells how well a quote supports a sentence."""
        with self.loading:
            if self._judge is None:
                from rag.embed import StaticEmbedding, embed_texts
                from rag.support import Judge

                # What the judge learned, it learned on the vectors that the package carries.
                own = self.embedder()
                static = own if isinstance(own, StaticEmbedding) else StaticEmbedding()
                self._judge = Judge(lambda words: embed_texts(static, words))
            return self._judge

    # -- stores ----------------------------------------------------------------------------------

    def stores(self, *, any_embedder: bool = False) -> Stores:
        """The catalogue with both indexes, brought in order if a writer was interrupted. Raises
        EmbedderMismatchError unless `any_embedder`."""
        with self.loading:
            if not any_embedder and not self._fits:
                self._require_fit()
            if self._stores is None:
                from rag.keeping import open_stores, recover, remove_leftovers

                folder = self._profile.data_dir
                if self._lock.write:
                    remove_leftovers(folder, self._catalogue)
                if (folder / "writing").exists() and self._lock.write:
                    from rag.embed import embedder_name

                    stored = self._catalogue.fact("embedder")
                    name = stored or embedder_name(self.embedder())
                    self._stores = recover(folder, self._catalogue, name)
                else:
                    self._stores = open_stores(folder, self._catalogue)
            return self._stores

    def searching(self) -> tuple[BaseEmbedding, VectorIndex, LexicalIndex]:
        """An embedder and the indexes that go with it. While another embedder's index is being
        built, these are still the former ones. Raises EmbedderMismatchError."""
        with self.loading:
            if self._former is not None:
                stores = self.stores(any_embedder=True)
                return self._former, stores.vectors, stores.lexical
            stores = self.stores()
            return self.embedder(), stores.vectors, stores.lexical

    def reindex(self, progress: Progress | None) -> None:
        """Build both indexes anew with the profile's embedder; questions go on meanwhile with the
        former one, where that can be made."""
        from rag.keeping import card, rebuild, remember_embedder

        stores = self.stores(any_embedder=True)
        embedder = self.embedder()
        now = card(self._profile, embedder)
        self._make_former()

        def switch(vectors: VectorIndex, lexical: LexicalIndex) -> None:
            with self.loading:
                stores.vectors, stores.lexical = vectors, lexical
                self._former, self._fits = None, True
                remember_embedder(self._catalogue, self._embedder_settings())

        try:
            rebuild(stores, now, embedder, progress, switch)
        finally:
            with self.loading:
                self._former = None

    def _make_former(self) -> None:
        """Load the embedder that built the index, if it is another and its settings are known."""
        from rag.embed import embedder_name
        from rag.keeping import former_settings
        from rag.models.make import make_embedder

        settings = former_settings(self._catalogue)
        try:
            self._require_fit()
        except EmbedderMismatchError:
            if settings is not None:
                profile = self._profile.model_copy(update={"embedder": settings})
                former = self._owned(make_embedder(profile))
                if embedder_name(former) == self._catalogue.fact("embedder"):
                    self._former = former

    def _require_fit(self) -> None:
        from rag.keeping import card, remember_embedder, require_same_embedder

        now = card(self._profile, self.embedder())
        require_same_embedder(self._catalogue, self._profile, now)
        remember_embedder(self._catalogue, self._embedder_settings())
        self._fits = True

    def _embedder_settings(self) -> Embedder | None:
        return None if self._given_embedder else self._profile.embedder

    def chunks(self, ids: Sequence[str]) -> dict[str, StoredChunk]:
        """Chunks by id through a cache: an id is a hash of content, so it never changes meaning,
        and what was removed is not found by any index."""
        with self._cache_lock:
            found = {key: self._cache[key] for key in ids if key in self._cache}
        missing = [key for key in ids if key not in found]
        if missing:
            fetched = self._catalogue.chunks(missing)
            found |= fetched
            with self._cache_lock:
                self._cache |= fetched
                while len(self._cache) > _CACHED_CHUNKS:
                    self._cache.popitem(last=False)
        return found

    def close(self) -> None:
        """Close the stores, or what of them is open."""
        with self.loading:
            if self._stores is not None:
                self._stores.close()
                self._stores = None
            else:
                self._catalogue.close()
            self._own_models.close()
