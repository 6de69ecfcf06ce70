"""Embedders other than the embedded one: behind OpenAI's protocol, or sentence-transformers here.

Both are LlamaIndex `BaseEmbedding`s, whose `model_name` says by which model an index was built: the
same name means vectors that compare. They do not know what the vectors are for.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import EmbedderMismatchError
from rag.models.backend import Attempt, Backend
from rag.models.folder import fingerprint, model_folder, offline, optional, quiet
from rag.profile import Deadlines, Embedder

_BATCH = 64  # texts in one call


class _Prefixed(BaseEmbedding):
    """What both have in common: the prefixes that some models want, and no second, asynchronous
    way to do the same."""

    _section: Embedder = PrivateAttr()

    def __init__(self, name: str, section: Embedder) -> None:
        marks = [p for p in (section.query_prefix, section.text_prefix) if p]
        super().__init__(
            model_name=name + "".join(f" {m!r}" for m in marks), embed_batch_size=_BATCH
        )
        self._section = section

    @abstractmethod
    def _vectors(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, prefixed already."""

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._vectors([self._section.text_prefix + text for text in texts])

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors([self._section.query_prefix + query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class ServedEmbedding(_Prefixed):
    """Vectors from a server that speaks OpenAI's protocol. Raises ModelError, and
    EmbedderMismatchError when their dimension changes on the way."""

    _backend: Backend = PrivateAttr()
    _dimension: int | None = PrivateAttr(default=None)

    def __init__(self, section: Embedder, deadlines: Deadlines) -> None:
        super().__init__(f"openai/{section.model}", section)
        self._backend = Backend(section, deadlines)

    @property
    def backend(self) -> Backend:
        return self._backend

    @classmethod
    def class_name(cls) -> str:
        return "ServedEmbedding"

    def close(self) -> None:
        """Give the connections back."""
        self._backend.close()

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        async def ask(attempt: Attempt) -> list[list[float]]:
            reply = await attempt.client.embeddings.create(
                model=self._section.model,
                input=[text or " " for text in texts],  # servers refuse an empty one
                encoding_format="float",
            )
            rows = [entry.embedding for entry in sorted(reply.data, key=lambda e: e.index)]
            return self._checked(rows, len(texts))

        return self._backend.call(ask)

    def _checked(self, rows: list[list[float]], wanted: int) -> list[list[float]]:
        faults = self._backend.faults
        if len(rows) != wanted or not all(_is_vector(row) for row in rows):
            raise faults.broken(
                f"sent no {wanted} vectors for {wanted} texts (is it made for embeddings?)"
            )
        dimension = self._dimension or len(rows[0])
        odd = next((len(row) for row in rows if len(row) != dimension), None)
        if odd is not None:
            raise EmbedderMismatchError(
                f"{faults.name} sent a vector of {odd} dimensions after some of {dimension}. "
                "Another model answers under its name: correct embedder.model, then `rag reindex`."
            )
        self._dimension = dimension
        return rows


def _is_vector(row: Sequence[Any]) -> bool:
    return bool(row) and all(isinstance(value, int | float) for value in row)


class LocalEmbedding(_Prefixed):
    """Vectors from sentence-transformers, from a folder or package on this machine. Raises
    ProfileError when the folder or the packages are missing."""

    _model: Any = PrivateAttr()
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, section: Embedder) -> None:
        folder = model_folder(section.model)
        offline()
        library = optional("sentence_transformers")
        quiet()
        name = f"huggingface/{section.model.rstrip('/').rsplit('/', 1)[-1]}@{fingerprint(folder)}"
        super().__init__(name, section)
        self._model = library.SentenceTransformer(str(folder), local_files_only=True)

    @classmethod
    def class_name(cls) -> str:
        return "LocalEmbedding"

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        with self._turn:  # the tokenizer below it is not made for several threads
            rows: list[list[float]] = self._model.encode(
                texts, normalize_embeddings=True, show_progress_bar=False
            ).tolist()
        return rows
