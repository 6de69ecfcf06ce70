"""The lexical index: chunks by their words, BM25 in Tantivy, one index for each collection.

Fields: `morpheme` (Kiwi morphemes and English stems), `bigram` (character bigrams of Hangul,
which find what the morphemes cut differently), `title`, and `form` (the values of numbers
and the skeletons of names, by which they are found when written otherwise). Terms come ready from
the text floor; Tantivy only splits at spaces. A collection keeps its own statistics, so how rare a
word is in one says nothing in another. Without a folder the index lives in memory (inline
documents). It does not know texts or vectors. Raises StoreError when the files cannot be used.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from rag.errors import StoreError

_FIELDS = ("morpheme", "bigram", "title", "form")
_LONGEST_TERM = 200  # a longer run of letters is no word; Tantivy's own limit is 65,530 bytes
_WRITER_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """A chunk's terms by field, with repetitions."""

    chunk_id: str
    morphemes: Sequence[str]
    bigrams: Sequence[str]
    title: Sequence[str]
    forms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Clause:
    """All of `terms` in a field; their BM25 scores, averaged, times `weight`."""

    field: str
    terms: tuple[str, ...]
    weight: float


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name="spaces", index_option="freq")
    return builder.build()


class LexicalIndex:
    """All lexical indexes of one generation, in `folder`, or one in memory when it is None."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._schema = _schema()
        self._lock = threading.Lock()
        self._open: dict[str, tantivy.Index] = {}
        self._writers: dict[str, tantivy.IndexWriter] = {}

    def _index(self, collection: str) -> tantivy.Index:
        with self._lock:
            index = self._open.get(collection)
            if index is None:
                index = self._make(collection)
                analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
                index.register_tokenizer("spaces", analyzer)
                index.config_reader(reload_policy="Manual")
                self._open[collection] = index
            return index

    def _make(self, collection: str) -> tantivy.Index:
        if self._folder is None:
            return tantivy.Index(self._schema)
        path = self._folder / hashlib.sha256(collection.encode()).hexdigest()[:24]
        try:
            path.mkdir(parents=True, exist_ok=True)
            return tantivy.Index(self._schema, path=str(path))
        except (ValueError, OSError) as error:
            raise _broken(path, error) from error

    def _writer(self, collection: str) -> tantivy.IndexWriter:
        writer = self._writers.get(collection)
        if writer is None:
            writer = self._index(collection).writer(heap_size=_WRITER_BYTES, num_threads=1)
            self._writers[collection] = writer
        return writer

    def write(
        self, collection: str, entries: Sequence[LexicalEntry], removed: Sequence[str] = ()
    ) -> None:
        """Remove, then add, in one commit that either happens or does not. An entry replaces one
        of the same id."""
        try:
            writer = self._writer(collection)
            for chunk_id in (*removed, *(entry.chunk_id for entry in entries)):
                writer.delete_documents_by_query(self._term("id", chunk_id))
            for entry in entries:
                document = tantivy.Document()
                document.add_text("id", entry.chunk_id)
                for field, terms in zip(
                    _FIELDS,
                    (entry.morphemes, entry.bigrams, entry.title, entry.forms),
                    strict=True,
                ):
                    document.add_text(field, " ".join(map(_clean, terms)))
                writer.add_document(document)
            writer.commit()
            self._index(collection).reload()
        except (ValueError, OSError) as error:
            raise _broken(self._folder, error) from error

    def search(
        self,
        collection: str,
        groups: Sequence[Sequence[Clause]],
        k: int,
        among: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The k best (chunk id, score). A chunk's score is the sum over the groups of the best of
        a group's clauses: the ways in which one thing may be written are not added up. Only
        chunks of `among`, when given."""
        index = self._index(collection)
        clauses = [(tantivy.Occur.Should, self._best_of(group)) for group in groups if group]
        if not clauses or (among is not None and not among):
            return []
        query = tantivy.Query.boolean_query(clauses)
        if among is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "id", list(among))
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)),
                ]
            )
        searcher = index.searcher()
        hits = searcher.search(query, limit=k, count=False).hits
        return [(searcher.doc(address)["id"][0], score) for score, address in hits]

    def document_frequency(self, collection: str, term: str) -> int:
        """In how many chunks of the collection the morpheme occurs."""
        return self._index(collection).searcher().doc_freq("morpheme", _clean(term))

    def count(self, collection: str) -> int:
        return self._index(collection).searcher().num_docs

    def ids(self, collection: str) -> set[str]:
        searcher = self._index(collection).searcher()
        if not searcher.num_docs:
            return set()
        hits = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs).hits
        return {searcher.doc(address)["id"][0] for _, address in hits}

    def drop(self, collection: str) -> None:
        writer = self._writers.pop(collection, None)
        if writer is not None:
            writer.wait_merging_threads()
        self._open.pop(collection, None)
        if self._folder is not None:
            name = hashlib.sha256(collection.encode()).hexdigest()[:24]
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def close(self) -> None:
        for writer in self._writers.values():
            writer.wait_merging_threads()
        self._writers.clear()
        self._open.clear()

    def _best_of(self, group: Sequence[Clause]) -> tantivy.Query:
        queries = [self._all_of(clause) for clause in group]
        return queries[0] if len(queries) == 1 else tantivy.Query.disjunction_max_query(queries)

    def _all_of(self, clause: Clause) -> tantivy.Query:
        terms = [self._term(clause.field, _clean(term)) for term in clause.terms]
        query = terms[0]
        if len(terms) > 1:
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, term) for term in terms])
        return tantivy.Query.boost_query(query, clause.weight / len(terms))

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value, "basic")


def _clean(term: str) -> str:
    return term[:_LONGEST_TERM]


def _broken(folder: Path | None, error: Exception) -> StoreError:
    return StoreError(
        f"The lexical index in {folder} cannot be used ({error}). "
        "Nothing is lost: `rag reindex` builds it again from the catalogue."
    )
