"""Which citations were given, and whether they still hold.

Every citation of an answer from a collection is remembered, so that it can be checked after its
document was edited or removed. Of the quote only a fingerprint is kept: what is removed leaves no
text behind. The memory is a file of its own, so that an answer never waits for an ingest, and any
process may write to it. It does not know how an answer is made.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.catalogue import Catalogue
from rag.errors import NotFoundError, StoreError
from rag.events import CitationEvent, Event
from rag.types import Citation, CitationCheck, CitationStatus, GivenCitation, Span

MOST = 200_000
"""How many citations are remembered; the oldest are forgotten first."""

_BASE = 0x9E3779B97F4A7C15  # odd, so that its powers never vanish modulo 2^64
_BLOCK = 1 << 20  # characters looked through at once
_SCHEMA = """
CREATE TABLE IF NOT EXISTS citations (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL, collection TEXT NOT NULL, source TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sum INTEGER NOT NULL, sha256 BLOB NOT NULL
)"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A quote without its text: enough to find it in a text and be certain. `sum` is the sum of
    code point times `_BASE`^place modulo 2^64, which many places are tested for at once."""

    length: int
    sum: int
    sha256: bytes

    @classmethod
    def of(cls, quote: str) -> Fingerprint:
        total = 0
        for character in reversed(quote):
            total = (total * _BASE + ord(character)) % (1 << 64)
        return cls(len(quote), total, hashlib.sha256(quote.encode()).digest())

    def at(self, text: str, start: int) -> bool:
        """Whether `text` has the quote at `start`."""
        return hashlib.sha256(text[start : start + self.length].encode()).digest() == self.sha256

    def places(self, text: str, near: int = 0) -> Iterator[int]:
        """Where the quote starts in `text`, the nearest to `near` first."""
        # In a text that repeats itself nearly every place is one, so they are made sure of one by
        # one, as they are asked for.
        alike = sorted(self._alike(text), key=lambda place: (abs(place - near), place))
        return (place for place in alike if self.at(text, place))

    def _alike(self, text: str) -> Iterator[int]:
        """Where a quote of the same sum starts, in order. (Karp and Rabin 1987, many places at
        once.)"""
        import numpy as np

        for first in range(0, len(text) - self.length + 1, _BLOCK):
            block = text[first : first + _BLOCK + self.length - 1]
            codes = np.frombuffer(block.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
            powers = np.full(len(codes), _BASE, dtype=np.uint64)
            powers[0] = 1
            powers = np.cumprod(powers, dtype=np.uint64)
            sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(codes * powers)))
            windows = sums[self.length :] - sums[: len(sums) - self.length]
            alike = windows == np.uint64(self.sum) * powers[: len(windows)]
            yield from (np.flatnonzero(alike) + first).tolist()


class Citations:
    """The memory of one data folder. Made at first use; safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._recent: set[str] = set()

    def remembering(self, events: Iterable[Event], collection: str) -> Iterator[Event]:
        """The same events; each citation is remembered before it is handed on."""
        for event in events:
            if isinstance(event, CitationEvent):
                self.remember([event.citation], collection)
            yield event

    def remember(self, citations: Sequence[Citation], collection: str) -> None:
        """An answer is worth more than its memory: where that cannot be written (a full disk), it
        is not."""
        with self._lock:
            new = [citation for citation in citations if citation.id not in self._recent]
            if not new:
                return
            try:
                self._write([_row(citation, collection) for citation in new])
            except sqlite3.Error:
                return
            if len(self._recent) > MOST:
                self._recent.clear()
            self._recent |= {citation.id for citation in new}

    def _write(self, rows: Sequence[tuple[object, ...]]) -> None:
        db = self._opened()
        with db:
            db.executemany(
                "INSERT OR IGNORE INTO citations"
                ' (id, document_id, collection, source, start, "end", sum, sha256)'
                " VALUES (?,?,?,?,?,?,?,?)",
                rows,
            )
            last = db.execute("SELECT max(number) FROM citations")
            db.execute("DELETE FROM citations WHERE number <= ?", (last.fetchone()[0] - MOST,))

    def find(self, citation_id: str) -> tuple[GivenCitation, Fingerprint]:
        """A citation as it was given. Raises NotFoundError, StoreError."""
        with self._lock:
            try:
                row = (
                    self._opened()
                    .execute(
                        'SELECT id, document_id, collection, source, start, "end", sum, sha256'
                        " FROM citations WHERE id = ?",
                        (citation_id,),
                    )
                    .fetchone()
                )
            except sqlite3.Error as error:
                raise StoreError(
                    f"{self._path} cannot be read ({error}). Move it away: only the checks of "
                    "earlier citations depend on it."
                ) from error
        if row is None:
            raise NotFoundError(
                f"No citation {citation_id!r} was given here, or it was too long ago. Citations of "
                "documents that came with a question are not remembered.",
                param="citation_id",
            )
        found, document_id, collection, source, start, end, total, sha256 = row
        given = GivenCitation(found, document_id, collection, source, Span(start, end))
        return given, Fingerprint(end - start, total % (1 << 64), sha256)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            db = sqlite3.connect(self._path, timeout=1, check_same_thread=False)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")  # the last few may be lost with the power
            db.execute(_SCHEMA)
            self._connection = db
        return self._connection

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _row(citation: Citation, collection: str) -> tuple[object, ...]:
    mark = Fingerprint.of(citation.cited_text)
    signed = mark.sum - (1 << 64) if mark.sum >> 63 else mark.sum  # as SQLite keeps integers
    span = citation.source_span
    return (
        citation.id,
        citation.document_id,
        collection,
        citation.source,
        span.start,
        span.end,
        signed,
        mark.sha256,
    )


def still_holds(given: GivenCitation, mark: Fingerprint, catalogue: Catalogue) -> CitationCheck:
    """Whether the quote still stands where it was cited: in the same document, or in the one that
    has its source's name now. Of several places the nearest one counts."""
    there = catalogue.text_at(given.document_id, given.source_span)
    if there is not None and mark.at(there, 0):
        span = given.source_span
        return CitationCheck(given.id, "unchanged", given.document_id, span, there, given)
    now = catalogue.text_of(given.collection, given.source)
    if now is None:
        return CitationCheck(given.id, "gone", None, None, None, given)
    document_id, text = now
    old = given.source_span.start
    place = next(mark.places(text, old), None)
    if place is None:
        return CitationCheck(given.id, "changed", document_id, None, None, given)
    span = Span(place, place + mark.length)
    status: CitationStatus = "unchanged" if place == old else "moved"
    return CitationCheck(given.id, status, document_id, span, span.of(text), given)
