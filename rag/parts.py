"""What an engine works with, each loaded when it is first needed and then kept.

What takes seconds to load (the morphological model, LlamaIndex, Chroma) is loaded here, once, by
whoever comes first. It does not know what a question is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.catalogue import Catalogue
from rag.lock import FolderLock
from rag.profile import Profile
from rag.rows import StoredChunk

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.keeping import Stores
    from rag.support import Judge

_CACHED_CHUNKS = 4096


class Parts:
    """The embedder, the stores and the judge of one open data folder."""

    def __init__(self, profile: Profile, catalogue: Catalogue, lock: FolderLock) -> None:
        self._profile = profile
        self._catalogue = catalogue
        self._lock = lock
        self.loading = threading.RLock()
        self._embedder: BaseEmbedding | None = None
        self._judge: Judge | None = None
        self._stores: Stores | None = None
        self._cache: OrderedDict[str, StoredChunk] = OrderedDict()
        self._cache_lock = threading.Lock()

    def embedder(self) -> BaseEmbedding:
        """The profile's embedder."""
        with self.loading:
            if self._embedder is None:
                from rag.embed import make_embedder

                self._embedder = make_embedder(self._profile)
            return self._embedder

    def fitting_embedder(self) -> BaseEmbedding:
        """The embedder, once it is certain that the stored vectors are its own."""
        self.stores()
        return self.embedder()

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

    def stores(self, *, any_embedder: bool = False) -> Stores:
        """The catalogue with both indexes, brought in order if a writer was interrupted. Raises
        EmbedderMismatchError unless `any_embedder`."""
        with self.loading:
            if self._stores is None:
                embedder = self.embedder()
                from rag.keeping import card, open_stores, recover, require_same_embedder

                if not any_embedder:
                    now = card(self._profile, embedder)
                    require_same_embedder(self._catalogue, self._profile, now)
                folder = self._profile.data_dir
                if (folder / "writing").exists() and self._lock.write:
                    self._stores = recover(folder, self._catalogue, embedder.model_name)
                else:
                    self._stores = open_stores(folder, self._catalogue)
            return self._stores

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
