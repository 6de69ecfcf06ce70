"""The dense index: chunk ids by vector, one Chroma collection for each of ours.

The port is LlamaIndex's `BasePydanticVectorStore`; the default is its `ChromaVectorStore` over a
client of our own (persistent, in process, no telemetry, no embedding function), narrowed to ids
and vectors: the catalogue has the rest. Chroma's sync thresholds stay as they are, since lowering
them lost data under kills. It does not know texts, nor who is asking.
Raises StoreError with the way out when Chroma cannot read what it wrote.
"""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from llama_index.core.schema import BaseNode, TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryResult
from llama_index.vector_stores.chroma import ChromaVectorStore
from numpy.typing import NDArray

from rag.errors import StoreError

if TYPE_CHECKING:
    from chromadb.api.client import Client

_PROBE = """
import sys
from pathlib import Path
from rag.vectors import VectorIndex
index = VectorIndex(Path(sys.argv[1]))
for name in index.names():
    index.probe(name)
"""


class IdStore(ChromaVectorStore):
    """LlamaIndex's store, without the copy of every text that it keeps beside the vectors and
    builds a node from for every hit: three times as fast, and a tenth of the disk."""

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        ids = [node.node_id for node in nodes]
        self.client.add(ids=ids, embeddings=[node.get_embedding() for node in nodes])
        return ids

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        found = self.client.query(
            query_embeddings=[query.query_embedding],
            n_results=query.similarity_top_k,
            include=["distances"],
            **kwargs,
        )
        distances = found["distances"][0]
        return VectorStoreQueryResult(
            ids=found["ids"][0], similarities=[math.exp(-distance) for distance in distances]
        )


class VectorIndex:
    """Vectors of one generation of the index, all of one embedder, in `folder`."""

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._folder = folder
        self._lock = threading.Lock()
        self._stores: dict[str, ChromaVectorStore] = {}
        try:
            made = chromadb.PersistentClient(
                path=str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._client = cast("Client", made)  # declared as its base, which cannot be closed
        except Exception as error:  # Chroma raises errors of many kinds, from Rust as well
            raise _broken(folder, error) from error

    def names(self) -> list[str]:
        return [collection.name for collection in self._client.list_collections()]

    def _store(self, collection: str) -> ChromaVectorStore:
        with self._lock:
            store = self._stores.get(collection)
            if store is None:
                made = self._client.get_or_create_collection(
                    _name(collection),
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine"}},
                )
                store = IdStore.from_collection(made)
                self._stores[collection] = store
            return store

    def add(self, collection: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Vectors (len(ids), dimension) of unit length. An id that is there already stays."""
        batch = self._client.get_max_batch_size()
        nodes: list[BaseNode] = [
            TextNode(id_=key, text="", embedding=vector.tolist())
            for key, vector in zip(ids, vectors, strict=True)
        ]
        try:
            for start in range(0, len(nodes), batch):
                self._store(collection).add(nodes[start : start + batch])
        except Exception as error:
            raise _broken(self._folder, error) from error

    def remove(self, collection: str, ids: Sequence[str]) -> None:
        batch = self._client.get_max_batch_size()
        try:
            for start in range(0, len(ids), batch):
                self._store(collection).delete_nodes(list(ids[start : start + batch]))
        except Exception as error:
            raise _broken(self._folder, error) from error

    def search(
        self, collection: str, vector: Sequence[float], k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest (chunk id, cosine similarity), best first; only `among` these ids."""
        if among is not None and not among:
            return []
        query = VectorStoreQuery(query_embedding=list(vector), similarity_top_k=k)
        extra: dict[str, Any] = {} if among is None else {"ids": list(among)}
        try:
            found = self._store(collection).query(query, **extra)
        except Exception as error:
            raise _broken(self._folder, error) from error
        # The store's similarity is exp(-d) of Chroma's cosine distance d.
        scores = [1.0 + math.log(similarity) for similarity in found.similarities or []]
        return list(zip(found.ids or [], scores, strict=True))

    def drop(self, collection: str) -> None:
        from chromadb.errors import NotFoundError

        with self._lock:
            self._stores.pop(collection, None)
            try:
                self._client.delete_collection(_name(collection))
            except NotFoundError:
                return

    def ids(self, collection: str) -> set[str]:
        try:
            return set(self._store(collection).client.get(include=[])["ids"])
        except Exception as error:
            raise _broken(self._folder, error) from error

    def vectors(self, collection: str) -> dict[str, NDArray[np.float32]]:
        """Every vector by id, for `rag doctor`."""
        try:
            got = self._store(collection).client.get(include=["embeddings"])
        except Exception as error:
            raise _broken(self._folder, error) from error
        rows = np.asarray(got["embeddings"], dtype=np.float32)
        return dict(zip(got["ids"], rows, strict=True))

    def probe(self, name: str) -> None:
        """Read and search the Chroma collection `name`; raises or dies when it is damaged."""
        collection = self._client.get_collection(name, embedding_function=None)
        sample = collection.get(limit=1, include=["embeddings"])
        rows = sample["embeddings"]
        if rows is not None and len(rows):
            collection.query(
                query_embeddings=np.asarray(rows[:1]), n_results=min(10, collection.count())
            )

    def close(self) -> None:
        """Give the files back, so that the folder can be opened anew or removed."""
        self.closer()()

    def closer(self) -> Callable[[], None]:
        """What closes the index, without holding it: for whoever waits until nobody uses it."""
        stores, client = self._stores, self._client

        def close() -> None:
            stores.clear()
            client.close()

        return close


def probe_in_subprocess(folder: Path, timeout: float = 120) -> bool:
    """Whether the index in `folder` can be read. A damaged one may take the process that opens
    it along, so another process goes first."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(folder)], capture_output=True, timeout=timeout
    )
    return done.returncode == 0


def _name(collection: str) -> str:
    """Chroma's names are short and ASCII; ours are not."""
    return "c-" + hashlib.sha256(collection.encode()).hexdigest()[:24]


def _broken(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        f"The vector index in {folder} cannot be used ({type(error).__name__}: {error}). "
        "Nothing is lost: `rag reindex` builds it again from the catalogue."
    )
