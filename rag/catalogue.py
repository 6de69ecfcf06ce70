"""The catalogue: documents, chunks, spans and vectors in one SQLite file, which is the truth.

Whatever changes what can be found is written here in one transaction together with a note in the
`outbox`; the indexes are told afterwards and the note is struck off when they have it. A process
that dies in between leaves the note, and telling an index twice does no harm. The catalogue does
not know the indexes, and makes nothing: it keeps what it is given.

All methods may be called from any thread; each thread reads through a connection of its own.
Raises StoreError when the file is damaged or the disk refuses.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from rag.errors import ExistsError, NotFoundError, StoreError
from rag.rows import (
    CHUNK,
    DOCUMENT,
    INFO,
    Entry,
    Known,
    StoredChunk,
    delete,
    document,
    forget_vectors,
    info,
    insert,
    no_document,
    stored_chunk,
)
from rag.types import DEFAULT_COLLECTION, CollectionInfo, Document, DocumentInfo, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCHEMA_VERSION = "1"
_BATCH = 500  # SQLite's default limit of variables in a statement is 999 on old builds


class Catalogue:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._write_lock = threading.RLock()
        with self._errors():
            connection = self._connection()
            connection.executescript((Path(__file__).parent / "schema.sql").read_text())
            with self._transaction() as db:
                db.execute(
                    "INSERT OR IGNORE INTO collections VALUES (?, ?)",
                    (DEFAULT_COLLECTION, time.time()),
                )
                db.execute("INSERT OR IGNORE INTO facts VALUES ('schema', ?)", (SCHEMA_VERSION,))
        found = self.fact("schema")
        if found != SCHEMA_VERSION:
            raise StoreError(
                f"{path} was written by another version of this program (schema {found}; this one "
                f"reads {SCHEMA_VERSION}). Use that version, or ingest into another --data-dir."
            )

    # -- connections ---------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=30, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            self._local.connection = connection
            self._all.append(connection)
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"The catalogue {self._path} cannot be read or written ({error}). Check the disk; "
                "if the file is damaged, move the data folder away and ingest again."
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._write_lock, self._errors():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection().execute(sql, parameters).fetchall()

    def close(self) -> None:
        for connection in self._all:
            connection.close()
        self._all.clear()

    # -- facts ---------------------------------------------------------------------------------

    def fact(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM facts WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_facts(self, facts: Mapping[str, str]) -> None:
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    # -- collections ---------------------------------------------------------------------------

    def collections(self) -> tuple[CollectionInfo, ...]:
        rows = self._rows(
            "SELECT name, (SELECT count(*) FROM documents d WHERE d.collection = name),"
            " (SELECT count(*) FROM chunks c JOIN documents d ON d.id = c.document_id"
            "  WHERE d.collection = name) FROM collections ORDER BY name"
        )
        return tuple(CollectionInfo(*row) for row in rows)

    def require_collection(self, name: str) -> None:
        if not self._rows("SELECT 1 FROM collections WHERE name = ?", (name,)):
            raise NotFoundError(
                f"There is no collection {name!r}. Make it first, or name one that exists.",
                param="collection",
            )

    def create_collection(self, name: str) -> None:
        try:
            with self._transaction() as db:
                db.execute("INSERT INTO collections VALUES (?, ?)", (name, time.time()))
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):
                raise ExistsError(
                    f"The collection {name!r} exists already.", param="name"
                ) from None
            raise

    def drop_collection(self, name: str) -> None:
        """Documents go with it; `default` is emptied but stays, so that there is always one."""
        with self._transaction() as db:
            rows = db.execute("SELECT id FROM documents WHERE collection = ?", (name,)).fetchall()
            forget_vectors(db, delete(db, [row[0] for row in rows]))
            if name != DEFAULT_COLLECTION:
                db.execute("DELETE FROM collections WHERE name = ?", (name,))

    # -- writing -------------------------------------------------------------------------------

    def write(self, collection: str, entries: Iterable[Entry], embedder: str) -> None:
        """Put documents in place of those of the same source, in one transaction. `embedder`
        names the maker of their vectors."""
        with self._transaction() as db:
            hashes: list[str] = []
            for entry in entries:
                rows = db.execute(
                    "SELECT id FROM documents WHERE id = ? OR (collection = ? AND source = ?)",
                    (entry.document.id, collection, entry.document.source),
                ).fetchall()
                hashes += delete(db, [row[0] for row in rows])
                insert(db, entry, embedder)
            # Last: an update keeps the vectors of the texts that it keeps.
            forget_vectors(db, hashes)

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        """All of them, or NotFoundError and none."""
        with self._transaction() as db:
            for document_id in document_ids:
                found = db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,))
                if not found.fetchone():
                    raise no_document(document_id)
            forget_vectors(db, delete(db, document_ids))

    def put_vectors(self, embedder: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                [(key, embedder, vector.tobytes()) for key, vector in vectors.items()],
            )

    def drop_unused_vectors(self, embedder: str) -> None:
        """Forget vectors of other embedders and of texts that no chunk holds any more."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM vectors WHERE embedder != ? OR text_hash NOT IN"
                " (SELECT text_hash FROM chunks)",
                (embedder,),
            )

    # -- the outbox ----------------------------------------------------------------------------

    def outbox(self, limit: int) -> list[tuple[int, str, str, str]]:
        """The oldest notes: (sequence, collection, chunk id, "add" or "remove")."""
        return self._rows(
            "SELECT sequence, collection, chunk_id, kind FROM outbox ORDER BY sequence LIMIT ?",
            (limit,),
        )

    def strike_off(self, up_to: int) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM outbox WHERE sequence <= ?", (up_to,))

    # -- reading -------------------------------------------------------------------------------

    def document(self, document_id: str) -> Document:
        rows = self._rows(f"{DOCUMENT} WHERE id = ?", (document_id,))
        if not rows:
            raise no_document(document_id)
        return document(rows[0])

    def text_at(self, document_id: str, span: Span) -> str | None:
        """What the document has at a span; None when there is no such document."""
        rows = self._rows(
            "SELECT substr(text, ?, ?) FROM documents WHERE id = ?",
            (span.start + 1, len(span), document_id),
        )
        return rows[0][0] if rows else None

    def text_of(self, collection: str, source: str) -> tuple[str, str] | None:
        """Id and text of the document that has this name now; None when there is none."""
        rows = self._rows(
            "SELECT id, text FROM documents WHERE collection = ? AND source = ?",
            (collection, source),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def documents(
        self, collection: str | None, *, limit: int, after: str | None
    ) -> tuple[DocumentInfo, ...]:
        """Ordered by id; `after` is the id of the last one seen, which may be gone by now."""
        where, parameters = ["1"], []
        if collection is not None:
            where.append("collection = ?")
            parameters.append(collection)
        if after is not None:
            where.append("id > ?")
            parameters.append(after)
        rows = self._rows(
            f"{INFO} WHERE {' AND '.join(where)} ORDER BY id LIMIT ?",
            (*parameters, limit),
        )
        return tuple(info(row) for row in rows)

    def document_info(self, document_id: str) -> DocumentInfo:
        rows = self._rows(f"{INFO} WHERE id = ?", (document_id,))
        if not rows:
            raise no_document(document_id)
        return info(rows[0])

    def known(self, collection: str) -> dict[str, Known]:
        """Every source of a collection with the hash of what came in."""
        rows = self._rows(
            "SELECT source, id, input_hash,"
            " (SELECT count(*) FROM chunks WHERE document_id = documents.id), origin"
            " FROM documents WHERE collection = ?",
            (collection,),
        )
        return {source: Known(*rest) for source, *rest in rows}

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, StoredChunk]:
        """Chunks by id, with text and tokens; ids that are gone are left out."""
        found: dict[str, StoredChunk] = {}
        for start in range(0, len(chunk_ids), _BATCH):
            batch = list(chunk_ids[start : start + _BATCH])
            marks = ",".join("?" * len(batch))
            for row in self._rows(f"{CHUNK} WHERE c.id IN ({marks})", batch):
                found[row[0]] = stored_chunk(row)
        return found

    def chunks_of(self, document_id: str) -> tuple[StoredChunk, ...]:
        """All chunks of a document, furniture included, in order."""
        rows = self._rows(f"{CHUNK} WHERE c.document_id = ? ORDER BY c.ordinal", (document_id,))
        return tuple(stored_chunk(row) for row in rows)

    def indexed_ids(self, collection: str | None = None) -> dict[str, str]:
        """Id -> text hash of every chunk that the indexes must hold: those that may answer."""
        rows = self._rows(
            "SELECT c.id, c.text_hash FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE c.role = 'body' AND (? IS NULL OR d.collection = ?)",
            (collection, collection),
        )
        return dict(rows)

    def glosses(self, collection: str, lookups: Sequence[str]) -> dict[str, list[str]]:
        """What the documents of a collection write instead of each of these, if anything."""
        found: dict[str, list[str]] = {}
        marks = ",".join("?" * len(lookups))
        for lookup, rendering in self._rows(
            "SELECT DISTINCT lookup, rendering FROM glosses"
            f" WHERE lookup IN ({marks}) AND collection = ? ORDER BY rendering",
            [*lookups, collection],
        ):
            found.setdefault(lookup, []).append(rendering)
        return found

    def text_hashes(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """Chunk id -> hash of its text, the key of its vector."""
        found: dict[str, str] = {}
        for start in range(0, len(chunk_ids), _BATCH):
            batch = list(chunk_ids[start : start + _BATCH])
            marks = ",".join("?" * len(batch))
            found |= dict(
                self._rows(f"SELECT id, text_hash FROM chunks WHERE id IN ({marks})", batch)
            )
        return found

    def count_wrong_spans(self) -> int:
        """How many chunks are not the text at their span; SQLite counts code points as we do."""
        rows = self._rows(
            "SELECT count(*) FROM chunks c JOIN documents d ON d.id = c.document_id"
            ' WHERE substr(d.text, c.start + 1, c."end" - c.start) != c.text'
        )
        return int(rows[0][0])

    def chunk_ids_where(self, collection: str, document_ids: Sequence[str]) -> list[str]:
        """Ids of the indexed chunks of these documents."""
        wanted = set(document_ids)
        rows = self._rows(
            "SELECT c.id, c.document_id FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE c.role = 'body' AND d.collection = ?",
            (collection,),
        )
        return [chunk_id for chunk_id, document_id in rows if document_id in wanted]

    def leads(self, collection: str, among: Sequence[str] | None = None) -> list[str]:
        """The first indexed chunk of every document of a collection, or of those that the chunks
        `among` are of, by the document's source."""
        rows = self._rows(
            "SELECT c.id, min(c.ordinal) FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE c.role = 'body' AND d.collection = ? GROUP BY d.id ORDER BY d.source",
            (collection,),
        )
        wanted = None if among is None else frozenset(among)
        return [chunk_id for chunk_id, _ in rows if wanted is None or chunk_id in wanted]

    def metadata(self, collection: str) -> dict[str, dict[str, Any]]:
        """Id -> metadata of every document of a collection, for filters."""
        rows = self._rows("SELECT id, metadata FROM documents WHERE collection = ?", (collection,))
        return {document_id: orjson.loads(metadata) for document_id, metadata in rows}

    def vectors(self, text_hashes: Sequence[str], embedder: str) -> dict[str, NDArray[np.float32]]:
        import numpy as np

        found: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(text_hashes), _BATCH):
            batch = list(text_hashes[start : start + _BATCH])
            marks = ",".join("?" * len(batch))
            for key, blob in self._rows(
                "SELECT text_hash, vector FROM vectors"
                f" WHERE embedder = ? AND text_hash IN ({marks})",
                [embedder, *batch],
            ):
                found[key] = np.frombuffer(blob, dtype=np.float32)
        return found

    def texts_without_vector(self, embedder: str, limit: int) -> dict[str, str]:
        """Text hash -> text of indexed chunks that this embedder has not seen."""
        rows = self._rows(
            "SELECT c.text_hash, c.text FROM chunks c WHERE c.role = 'body' AND NOT EXISTS"
            " (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.embedder = ?) LIMIT ?",
            (embedder, limit),
        )
        return dict(rows)

    def count_texts_without_vector(self, embedder: str) -> int:
        """How many different texts of indexed chunks this embedder has not seen."""
        rows = self._rows(
            "SELECT count(DISTINCT c.text_hash) FROM chunks c WHERE c.role = 'body' AND NOT EXISTS"
            " (SELECT 1 FROM vectors v WHERE v.text_hash = c.text_hash AND v.embedder = ?)",
            (embedder,),
        )
        return int(rows[0][0])
