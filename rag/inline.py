"""Documents handed in with a question: a corpus in memory, gone with the answer.

They go through the same reading, cutting and analysis as stored ones, so that spans and citations
mean the same. It does not know the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray

from rag.bilingual import glosses_of
from rag.draft import Draft, draft
from rag.embed import embed_texts
from rag.errors import InputError, TooLargeError
from rag.keeping import lexical_entries
from rag.lexical import LexicalIndex
from rag.profile import Ingest
from rag.read import is_markdown
from rag.retrieve import Corpus
from rag.rows import StoredChunk
from rag.text.morphemes import analyse_many
from rag.types import NewDocument, Span

MOST_DOCUMENTS = 100
_COLLECTION = "inline"


class _ArrayVectors:
    """A dense index in memory: rows of unit length, compared with all at once."""

    def __init__(self, ids: Sequence[str], rows: NDArray[np.float32]) -> None:
        self._ids = list(ids)
        self._rows = rows

    def search(
        self, collection: str, vector: Sequence[float], k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        scores = self._rows @ np.asarray(vector, dtype=np.float32)
        order = np.argsort(-scores, kind="stable")[:k]
        return [(self._ids[i], float(scores[i])) for i in order]


def inline_corpus(
    documents: Sequence[NewDocument], embedder: BaseEmbedding, settings: Ingest
) -> Corpus:
    """A searchable corpus of these texts. A document without a source is called inline-1,
    inline-2, ... by its place. Raises InputError for one that cannot be read, naming it."""
    if len(documents) > MOST_DOCUMENTS:
        raise TooLargeError(
            f"{len(documents)} documents came with the question; at most {MOST_DOCUMENTS} are "
            "read. Store them with POST /v1/documents or `rag ingest`, then ask.",
            param="documents",
        )
    read: list[tuple[str, Draft]] = []
    for number, new in enumerate(documents, start=1):
        source = new.source or f"inline-{number}"
        named = NewDocument(new.text, new.title, source, new.metadata, _COLLECTION)
        try:
            read.append((source, draft(named, settings, markdown=is_markdown(source))))
        except InputError as error:
            param = f"documents.{number - 1}.{error.param or 'text'}"
            raise type(error)(f"{source}: {error.message}", param=param) from None
    body = [(source, made, c) for source, made in read for c in made.chunks if c.role == "body"]
    analyses = analyse_many([chunk.text for _, _, chunk in body])
    stored = {
        chunk.id: StoredChunk(chunk, made.document.title, source, tokens)
        for (source, made, chunk), tokens in zip(body, analyses, strict=True)
    }
    return _corpus(stored, {made.document.id: made.document.text for _, made in read}, embedder)


def _corpus(
    stored: Mapping[str, StoredChunk], texts: Mapping[str, str], embedder: BaseEmbedding
) -> Corpus:
    lexical = LexicalIndex(None)
    lexical.write(_COLLECTION, lexical_entries(stored.values()))
    rows = embed_texts(embedder, [chunk.chunk.text for chunk in stored.values()])

    def chunks(ids: Sequence[str]) -> dict[str, StoredChunk]:
        return {key: stored[key] for key in ids if key in stored}

    def text_at(document_id: str, span: Span) -> str | None:
        text = texts.get(document_id)
        return span.of(text) if text is not None else None

    known: dict[str, list[str]] = {}
    for lookup, rendering in glosses_of((c.chunk.text, c.tokens) for c in stored.values()):
        known.setdefault(lookup, []).append(rendering)

    def glosses(lookups: Sequence[str]) -> dict[str, list[str]]:
        return {lookup: known[lookup] for lookup in lookups if lookup in known}

    first: dict[str, str] = {}
    for chunk_id, held in stored.items():
        first.setdefault(held.chunk.document_id, chunk_id)

    def leads(among: Sequence[str] | None) -> list[str]:
        return list(first.values())

    dense = _ArrayVectors(list(stored), rows)
    return Corpus(_COLLECTION, dense, lexical, chunks, text_at, glosses, leads)
