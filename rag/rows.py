"""Between rows of the catalogue and the types: the columns, and both directions.

It knows the tables of `schema.sql` and no connection, transaction or thread.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from rag.errors import NotFoundError
from rag.text.morphemes import Token, tokens_of
from rag.types import Block, Chunk, Document, DocumentInfo, Sentence, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class StoredChunk:
    """A chunk as asking needs it: with the names of its document and its tokens. Compared by
    identity, as it is large and kept in caches."""

    chunk: Chunk
    title: str
    source: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is written: with its chunks, their tokens, and where it came from."""

    document: Document
    chunks: tuple[Chunk, ...]
    analyses: tuple[tuple[Token, ...], ...]
    text_hashes: tuple[str, ...]
    vectors: Mapping[str, NDArray[np.float32]]  # by text hash; only those not stored yet
    glosses: tuple[tuple[str, str], ...]  # (how it is looked up, what it may be instead)
    input_hash: str
    origin: str | None

    def stored(self) -> dict[str, StoredChunk]:
        """Its chunks by id, as they would be read again."""
        title, source = self.document.title, self.document.source
        return {
            chunk.id: StoredChunk(chunk, title, source, tokens)
            for chunk, tokens in zip(self.chunks, self.analyses, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a source without reading its text."""

    document_id: str
    input_hash: str
    chunks: int
    origin: str | None


DOCUMENT = (
    "SELECT id, collection, source, title, text, sha256, languages, blocks, authors, metadata,"
    " created FROM documents"
)
INFO = (
    "SELECT id, source, title, languages, collection,"
    " (SELECT count(*) FROM chunks WHERE document_id = documents.id),"
    " length(text), sha256, created, metadata FROM documents"
)
CHUNK = (
    'SELECT c.id, c.document_id, c.ordinal, c.start, c."end",'
    " c.text,"
    " c.role, c.language, c.tokens, c.sentences, c.analysis, d.title, d.source"
    " FROM chunks c JOIN documents d ON d.id = c.document_id"
)


def document(row: tuple[Any, ...]) -> Document:
    document_id, collection, source, title, text, sha = row[:6]
    languages, blocks, authors, metadata, created = row[6:]
    return Document(
        id=document_id,
        collection=collection,
        source=source,
        title=title,
        text=text,
        sha256=sha,
        languages=tuple(json.loads(languages)),
        blocks=tuple(Block(Span(s, e), role, lang) for s, e, role, lang in json.loads(blocks)),
        authors=tuple(json.loads(authors)),
        metadata=json.loads(metadata),
        created=created,
    )


def info(row: tuple[Any, ...]) -> DocumentInfo:
    document_id, source, title, languages, collection, chunks, characters, sha, made, meta = row
    return DocumentInfo(
        document_id=document_id,
        source=source,
        title=title,
        languages=tuple(json.loads(languages)),
        collection=collection,
        chunks=chunks,
        characters=characters,
        sha256=sha,
        created=int(made),
        metadata=json.loads(meta),
    )


def stored_chunk(row: tuple[Any, ...]) -> StoredChunk:
    chunk_id, document_id, ordinal, start, end, text, role, language, tokens = row[:9]
    sentences, analysis, title, source = row[9:]
    chunk = Chunk(
        id=chunk_id,
        document_id=document_id,
        ordinal=ordinal,
        span=Span(start, end),
        text=text,
        role=role,
        language=language,
        tokens=tokens,
        sentences=tuple(
            Sentence(Span(s, e), kind, lang) for s, e, kind, lang in orjson.loads(sentences)
        ),
    )
    return StoredChunk(chunk, title, source, tokens_of(*orjson.loads(analysis)))


def delete(db: sqlite3.Connection, document_ids: Sequence[str]) -> list[str]:
    """Delete documents with their chunks, noting it in the outbox; the hashes of their texts."""
    hashes: list[str] = []
    for document_id in document_ids:
        rows = db.execute(
            "SELECT d.collection, c.id, c.text_hash FROM chunks c"
            " JOIN documents d ON d.id = c.document_id WHERE d.id = ? AND c.role = 'body'",
            (document_id,),
        ).fetchall()
        db.executemany(
            "INSERT INTO outbox (collection, chunk_id, kind) VALUES (?, ?, 'remove')",
            [row[:2] for row in rows],
        )
        hashes += [text_hash for _, _, text_hash in rows]
        db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return hashes


def forget_vectors(db: sqlite3.Connection, hashes: Sequence[str]) -> None:
    """Drop the vectors of texts that no chunk holds any more: what was removed leaves nothing."""
    db.executemany(
        "DELETE FROM vectors WHERE text_hash = ?1"
        " AND NOT EXISTS (SELECT 1 FROM chunks WHERE text_hash = ?1)",
        [(text_hash,) for text_hash in hashes],
    )


def insert(db: sqlite3.Connection, entry: Entry, embedder: str) -> None:
    document = entry.document
    db.execute(
        "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            document.id,
            document.collection,
            document.source,
            document.title,
            document.text,
            document.sha256,
            json.dumps(document.languages),
            json.dumps([[b.span.start, b.span.end, b.role, b.language] for b in document.blocks]),
            json.dumps(document.authors, ensure_ascii=False),
            json.dumps(dict(document.metadata), ensure_ascii=False, allow_nan=False),
            document.created,
            entry.input_hash,
            entry.origin,
        ),
    )
    db.executemany(
        "INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (
                chunk.id,
                document.id,
                chunk.ordinal,
                chunk.span.start,
                chunk.span.end,
                chunk.text,
                chunk.role,
                chunk.language,
                chunk.tokens,
                orjson.dumps(
                    [[s.span.start, s.span.end, s.role, s.language] for s in chunk.sentences]
                ),
                orjson.dumps(list(zip(*tokens, strict=True)) if tokens else [[], [], [], []]),
                text_hash,
            )
            for chunk, tokens, text_hash in zip(
                entry.chunks, entry.analyses, entry.text_hashes, strict=True
            )
        ],
    )
    db.executemany(
        "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
        [(key, embedder, vector.tobytes()) for key, vector in entry.vectors.items()],
    )
    db.executemany(
        "INSERT INTO glosses VALUES (?, ?, ?, ?)",
        [(document.id, document.collection, *gloss) for gloss in entry.glosses],
    )
    db.executemany(
        "INSERT INTO outbox (collection, chunk_id, kind) VALUES (?, ?, 'add')",
        [(document.collection, chunk.id) for chunk in entry.chunks if chunk.role == "body"],
    )


def no_document(document_id: str) -> NotFoundError:
    return NotFoundError(
        f"There is no document {document_id!r}. `rag docs ls` or GET /v1/documents lists them.",
        param="document_id",
    )
