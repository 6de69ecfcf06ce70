"""The ingest path: a text -> Document -> sentences -> chunks -> tokens and vectors -> catalogue.

Functions over the rooms below. Documents are written in batches, each one transaction; a document
that cannot be read becomes an item with its reason and never stops the others. While one batch is
written, the next is analysed: Kiwi works without Python's lock. It does not know who asked for it,
and holds nothing between calls.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.catalogue import Catalogue
from rag.chunk import VERSION
from rag.draft import Draft, draft, source_name
from rag.errors import RagError
from rag.profile import Ingest
from rag.read import find_files, is_markdown, read_bytes, read_file
from rag.rows import Entry, Known
from rag.text.morphemes import Token, analyse_many, analyser_version
from rag.types import (
    IngestItem,
    IngestReport,
    IngestStatus,
    NewDocument,
    NewFile,
    Progress,
)

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

# Two batches are under way at once, and the analyses of both must fit among the latest kept.
_BATCH_DOCUMENTS, _BATCH_CHARACTERS = 100, 300_000
_ANALYSED = 32  # texts at a time: a few words to embed never wait for a whole batch


AfterBatch = Callable[[Sequence[Entry]], None]
"""Called when something has changed, with what was just written."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One document to take in: its name for messages, and how to make a draft of it. `make` may
    find that nothing has changed, and raises RagError when the document cannot be taken."""

    label: str
    make: Callable[[], Draft | IngestItem]


def add_texts(
    catalogue: Catalogue,
    embedder: Callable[[], BaseEmbedding],
    settings: Ingest,
    documents: Sequence[NewDocument | NewFile],
    after_batch: AfterBatch,
    progress: Progress | None = None,
) -> IngestReport:
    """Store texts, and files that were handed over. The same content again is unchanged; a known
    source is updated. `embedder` is only called when something has changed, as loading it takes
    seconds."""
    items: dict[int, IngestItem] = {}
    by_collection: dict[str, list[int]] = {}
    for index, new in enumerate(documents):
        by_collection.setdefault(new.collection, []).append(index)
    for collection, indexes in by_collection.items():
        catalogue.require_collection(collection)
        taking = _Taking(catalogue, embedder, settings, collection, after_batch)
        jobs = [taking.job(documents[index]) for index in indexes]
        items |= zip(indexes, taking.run(jobs, progress), strict=True)
    return IngestReport(tuple(items[index] for index in range(len(documents))))


def add_paths(
    catalogue: Catalogue,
    embedder: Callable[[], BaseEmbedding],
    settings: Ingest,
    paths: Sequence[Path],
    collection: str,
    after_batch: AfterBatch,
    progress: Progress | None = None,
) -> IngestReport:
    """Store files and folders. Files that an earlier call found below one of these folders and
    that are gone now are removed."""
    catalogue.require_collection(collection)
    files, refused = find_files(paths)
    sources = sources_of(files, paths)
    taking = _Taking(catalogue, embedder, settings, collection, after_batch)
    before = dict(taking.known)
    items = taking.run([taking.file_job(file, sources[file]) for file in files], progress)
    gone = _gone(before, files, paths, set(sources.values()))
    if gone:
        catalogue.delete_documents([before[source].document_id for source in gone])
        after_batch(())
    dropped = [IngestItem(before[s].document_id, s, "removed", before[s].chunks) for s in gone]
    failed = [IngestItem(None, str(path), "failed", 0, reason) for path, reason in refused]
    return IngestReport((*items, *dropped, *failed))


class _Taking:
    """One run into one collection. `known` follows what has been written."""

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Callable[[], BaseEmbedding],
        settings: Ingest,
        collection: str,
        after_batch: AfterBatch,
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._settings = settings
        self._collection = collection
        self._after_batch = after_batch
        self.known = catalogue.known(collection)
        # What was made by another chunker or analyser is made again, whatever the text.
        versions = f"{VERSION} {settings.chunk_tokens} {settings.tokenizer} {analyser_version()}"
        self._maker = hashlib.sha256(versions.encode()).hexdigest()[:12]

    def job(self, new: NewDocument | NewFile) -> _Job:
        return self._text_job(new) if isinstance(new, NewDocument) else self._bytes_job(new)

    def _bytes_job(self, new: NewFile) -> _Job:
        source = source_name(new.name) or ""

        def make() -> Draft | IngestItem:
            stamp = self._stamp(new.data + json.dumps(dict(new.metadata), default=str).encode())
            known = self.known.get(source)
            if known and known.input_hash == stamp:
                return IngestItem(known.document_id, source, "unchanged", known.chunks)
            read = read_bytes(source, new.data, max_bytes=self._settings.max_bytes)
            made = NewDocument(read.text, None, source, new.metadata, new.collection)
            return self._drafted(made, stamp, markdown=read.markdown)

        return _Job(source or "(file without a name)", make)

    def _text_job(self, new: NewDocument) -> _Job:
        def make() -> Draft | IngestItem:
            stamp = json.dumps([new.text, new.title, dict(new.metadata)], default=str)
            markdown = is_markdown(new.source)
            return self._drafted(new, self._stamp(stamp.encode()), markdown=markdown)

        return _Job(new.source or "(text without a source)", make)

    def file_job(self, file: Path, source: str) -> _Job:
        def make() -> Draft | IngestItem:
            # Reading checks the size first, so a huge file is refused before its bytes are held.
            stamp = self._stamp(_head(file, self._settings.max_bytes))
            known = self.known.get(source)
            if known and known.input_hash == stamp:
                return IngestItem(known.document_id, source, "unchanged", known.chunks)
            read = read_file(file, max_bytes=self._settings.max_bytes)
            new = NewDocument(read.text, source=source, collection=self._collection)
            return self._drafted(new, stamp, markdown=read.markdown, origin=str(file.resolve()))

        return _Job(source, make)

    def _stamp(self, data: bytes) -> str:
        return f"{self._maker}:{hashlib.sha256(data).hexdigest()}"

    def _drafted(
        self, new: NewDocument, stamp: str, *, markdown: bool = False, origin: str | None = None
    ) -> Draft | IngestItem:
        made = draft(new, self._settings, markdown=markdown, input_hash=stamp, origin=origin)
        document = made.document
        known = self.known.get(document.source)
        if known and known.document_id == document.id and known.input_hash.startswith(self._maker):
            stored = self._catalogue.document_info(document.id)
            if (stored.title, stored.metadata) == (document.title, document.metadata):
                return IngestItem(document.id, document.source, "unchanged", known.chunks)
        return made

    def run(self, jobs: Sequence[_Job], progress: Progress | None) -> list[IngestItem]:
        """Do the jobs in order, writing in batches; one item for each."""
        items: list[IngestItem] = []
        waiting: list[Draft] = []
        with ThreadPoolExecutor(1, "analysing") as analysing:
            flight = _Flight(analysing, self._write)
            for number, job in enumerate(jobs, start=1):
                made = self._made(job)
                source = made.source if isinstance(made, IngestItem) else made.document.source
                if source in flight.sources or any(d.document.source == source for d in waiting):
                    # The same source twice: the later one finds the earlier one written.
                    flight.start(waiting)
                    flight.land()
                    waiting = []
                    made = self._made(job)
                if isinstance(made, IngestItem):
                    items.append(made)
                else:
                    items.append(self._item(made))
                    waiting.append(made)
                if _is_full(waiting):
                    flight.start(waiting)
                    waiting = []
                if progress:
                    progress("ingest", number, len(jobs))
            flight.start(waiting)
            flight.land()
        return items

    @staticmethod
    def _made(job: _Job) -> Draft | IngestItem:
        try:
            return job.make()
        except RagError as error:
            return IngestItem(None, job.label, "failed", 0, error.message)

    def _item(self, made: Draft) -> IngestItem:
        source = made.document.source
        status: IngestStatus = "updated" if source in self.known else "added"
        return IngestItem(made.document.id, source, status, len(made.chunks))

    def _write(self, drafts: Sequence[Draft], analyses: Mapping[str, tuple[Token, ...]]) -> None:
        """Embed and store analysed drafts in one transaction."""
        from rag.embed import embedder_name

        embedder = self._embedder()
        entries = _entries(self._catalogue, embedder, drafts, analyses)
        self._catalogue.write(self._collection, entries, embedder_name(embedder))
        for entry in entries:
            self.known[entry.document.source] = Known(
                entry.document.id, entry.input_hash, len(entry.chunks), entry.origin
            )
        self._after_batch(entries)


class _Flight:
    """At most one batch that is being analysed, and is written when the next one starts."""

    def __init__(
        self,
        analysing: ThreadPoolExecutor,
        write: Callable[[Sequence[Draft], Mapping[str, tuple[Token, ...]]], None],
    ) -> None:
        self._analysing = analysing
        self._write = write
        self._drafts: Sequence[Draft] = ()
        self._analyses: Future[dict[str, tuple[Token, ...]]] | None = None
        self.sources: frozenset[str] = frozenset()

    def start(self, drafts: Sequence[Draft]) -> None:
        """Have a batch analysed, and write the one before it meanwhile."""
        if not drafts:
            return
        analyses = self._analysing.submit(_analysed, drafts)
        self.land()
        self._drafts, self._analyses = drafts, analyses
        self.sources = frozenset(made.document.source for made in drafts)

    def land(self) -> None:
        """Write the batch that is under way, if there is one."""
        drafts, analyses = self._drafts, self._analyses
        self._drafts, self._analyses, self.sources = (), None, frozenset()
        if analyses is not None:
            self._write(drafts, analyses.result())


def _is_full(drafts: Sequence[Draft]) -> bool:
    characters = sum(len(made.document.text) for made in drafts)
    return len(drafts) >= _BATCH_DOCUMENTS or characters >= _BATCH_CHARACTERS


def _analysed(drafts: Sequence[Draft]) -> dict[str, tuple[Token, ...]]:
    """The tokens of every text that may answer."""
    texts = list(dict.fromkeys(c.text for made in drafts for c in made.chunks if c.role == "body"))
    analyses: dict[str, tuple[Token, ...]] = {}
    for start in range(0, len(texts), _ANALYSED):
        part = texts[start : start + _ANALYSED]
        analyses.update(zip(part, analyse_many(part), strict=True))
    # The words of titles are asked for when the batch is written, and are then at hand.
    analyse_many([made.document.title for made in drafts])
    return analyses


def _entries(
    catalogue: Catalogue,
    embedder: BaseEmbedding,
    drafts: Sequence[Draft],
    analyses: Mapping[str, tuple[Token, ...]],
) -> list[Entry]:
    """Drafts with their tokens, and the vectors of the texts that have none yet."""
    from rag.bilingual import glosses_of
    from rag.embed import embed_texts, embedder_name  # takes seconds; only changed ones need it

    hashes = {text: hashlib.sha256(text.encode()).hexdigest()[:32] for text in analyses}
    stored = catalogue.vectors(list(hashes.values()), embedder_name(embedder))
    fresh = [text for text in analyses if hashes[text] not in stored]
    vectors = dict(zip(fresh, embed_texts(embedder, fresh), strict=True)) if fresh else {}
    return [
        Entry(
            document=made.document,
            chunks=made.chunks,
            analyses=tuple(analyses.get(c.text, ()) for c in made.chunks),
            text_hashes=tuple(hashes.get(c.text, "") for c in made.chunks),
            vectors={hashes[c.text]: vectors[c.text] for c in made.chunks if c.text in vectors},
            input_hash=made.input_hash,
            origin=made.origin,
            glosses=glosses_of((c.text, analyses[c.text]) for c in made.chunks if c.role == "body"),
        )
        for made in drafts
    ]


def _head(file: Path, limit: int) -> bytes:
    """The bytes that tell whether a file has changed; errors are told by the reader later."""
    try:
        if file.stat().st_size > limit:
            return b""
        return file.read_bytes()
    except OSError:
        return b""


def sources_of(files: Sequence[Path], paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each file: below a folder that was named, its path there; else its own name,
    or, where two files share that, its path from the folder that holds both."""
    names: dict[Path, str] = {}
    folders = {str(path): path for path in paths if path.is_dir()}
    for file in files:
        inside = next((f for f in map(str, file.parents) if f in folders), None)
        names[file] = os.path.relpath(file, inside) if inside else file.name
    counts = Counter(names.values())
    shared = [file for file in files if counts[names[file]] > 1]
    if shared:
        common = Path(os.path.commonpath([str(file.absolute().parent) for file in shared]))
        names |= {file: file.absolute().relative_to(common).as_posix() for file in shared}
    return names


def _gone(
    known: Mapping[str, Known], files: Sequence[Path], paths: Sequence[Path], taken: set[str]
) -> list[str]:
    """Sources read earlier from below one of the folders in `paths`, whose file is not there."""
    folders = [path.resolve() for path in paths if path.is_dir()]
    left = {source: entry.origin for source, entry in known.items() if source not in taken}
    present = {str(file.resolve()) for file in files} if left else set()
    return [
        source
        for source, origin in left.items()
        if origin
        and origin not in present
        and any(Path(origin).is_relative_to(folder) for folder in folders)
    ]
