"""The ingest path: a text -> Document -> sentences -> chunks -> tokens and vectors -> catalogue.

Functions over the rooms below. Documents are written in batches, each one transaction; a document
that cannot be read becomes an item with its reason and never stops the others. It does not know
who asked for it, and holds nothing between calls.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.catalogue import Catalogue
from rag.chunk import VERSION, cut
from rag.errors import InputError, RagError, TooLargeError
from rag.profile import Ingest
from rag.read import find_files, read_bytes, read_file
from rag.rows import Entry, Known
from rag.text.morphemes import analyse_many, analyser_version
from rag.text.normalise import normalise
from rag.types import (
    Chunk,
    Document,
    IngestItem,
    IngestReport,
    IngestStatus,
    NewDocument,
    NewFile,
    Progress,
)

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

_BATCH_DOCUMENTS, _BATCH_CHARACTERS = 100, 400_000
_LONGEST_FIELD = 1000
_TITLE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """A document cut into chunks, not yet analysed or embedded."""

    document: Document
    chunks: tuple[Chunk, ...]
    input_hash: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """One document to take in: its name for messages, and how to make a draft of it. `make` may
    find that nothing has changed, and raises RagError when the document cannot be taken."""

    label: str
    make: Callable[[], Draft | IngestItem]


def draft(
    new: NewDocument,
    settings: Ingest,
    *,
    markdown: bool = False,
    input_hash: str = "",
    origin: str | None = None,
) -> Draft:
    """Normalise, recognise the structure, and cut. Pure. Raises InputError."""
    # Compiling its patterns takes longer than finding that nothing has changed.
    from rag.text.structure import analyse, sentences_of

    title, source, metadata = _checked(new)
    text = normalise(new.text)
    if not text.strip():
        raise InputError("The document is empty: there is no text in it.", param="text")
    if len(text.encode()) > settings.max_bytes:
        raise TooLargeError(
            f"The document has {len(text.encode()):,} bytes; at most {settings.max_bytes:,} are "
            "taken (`ingest.max_megabytes` of the profile). Split it.",
            param="text",
        )
    layout = analyse(text, markdown=markdown)
    sentences = sentences_of(text, layout.blocks)
    sha = hashlib.sha256(text.encode()).hexdigest()
    seed = json.dumps([new.collection, source, sha], ensure_ascii=False)
    document_id = "doc_" + hashlib.sha256(seed.encode()).hexdigest()[:20]
    body = next((s for s in sentences if s.role == "body"), sentences[0])
    languages = {s.language for s in sentences if s.role == "body"} - {"und"}
    document = Document(
        id=document_id,
        collection=new.collection,
        source=source or document_id,
        title=title or layout.title or _shortened(body.span.of(text)),
        text=text,
        sha256=sha,
        languages=tuple(sorted(languages)),
        blocks=layout.blocks,
        authors=layout.authors,
        metadata=metadata,
        created=time.time(),
    )
    chunks = cut(document, sentences, budget=settings.chunk_tokens, encoding=settings.tokenizer)
    return Draft(document, chunks, input_hash, origin)


def add_texts(
    catalogue: Catalogue,
    embedder: Callable[[], BaseEmbedding],
    settings: Ingest,
    documents: Sequence[NewDocument | NewFile],
    after_batch: Callable[[], None],
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
    after_batch: Callable[[], None],
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
        after_batch()
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
        after_batch: Callable[[], None],
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
        source = _name(new.name) or ""

        def make() -> Draft | IngestItem:
            stamp = self._stamp(new.data + json.dumps(dict(new.metadata), default=str).encode())
            known = self.known.get(source)
            if known and known.input_hash == stamp:
                return IngestItem(known.document_id, source, "unchanged", known.chunks)
            read = read_bytes(source, new.data, max_bytes=self._settings.max_bytes)
            made = NewDocument(read.text, read.title, source, new.metadata, new.collection)
            return self._drafted(made, stamp, markdown=read.markdown)

        return _Job(source or "(file without a name)", make)

    def _text_job(self, new: NewDocument) -> _Job:
        def make() -> Draft | IngestItem:
            stamp = json.dumps([new.text, new.title, dict(new.metadata)], default=str)
            return self._drafted(new, self._stamp(stamp.encode()))

        return _Job(new.source or "(text without a source)", make)

    def file_job(self, file: Path, source: str) -> _Job:
        def make() -> Draft | IngestItem:
            # Reading checks the size first, so a huge file is refused before its bytes are held.
            stamp = self._stamp(_head(file, self._settings.max_bytes))
            known = self.known.get(source)
            if known and known.input_hash == stamp:
                return IngestItem(known.document_id, source, "unchanged", known.chunks)
            read = read_file(file, max_bytes=self._settings.max_bytes)
            new = NewDocument(
                read.text, title=read.title, source=source, collection=self._collection
            )
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
        waiting: dict[str, tuple[int, Draft]] = {}  # source -> its place among the items
        characters = 0
        for number, job in enumerate(jobs, start=1):
            try:
                made = job.make()
                if isinstance(made, Draft) and made.document.source in waiting:
                    # The same source twice: what it is depends on the earlier one, once stored.
                    self._write(waiting)
                    characters = 0
                    made = job.make()
            except RagError as error:
                made = IngestItem(None, job.label, "failed", 0, error.message)
            if isinstance(made, IngestItem):
                items.append(made)
            else:
                source = made.document.source
                status: IngestStatus = "updated" if source in self.known else "added"
                item = IngestItem(made.document.id, source, status, len(made.chunks))
                waiting[source] = (len(items), made)
                items.append(item)
                characters += len(made.document.text)
            if len(waiting) >= _BATCH_DOCUMENTS or characters >= _BATCH_CHARACTERS:
                self._write(waiting)
                characters = 0
            if progress:
                progress("ingest", number, len(jobs))
        self._write(waiting)
        return items

    def _write(self, waiting: dict[str, tuple[int, Draft]]) -> None:
        """Analyse, embed and store the waiting drafts in one transaction, and forget them."""
        if not waiting:
            return
        from rag.embed import embedder_name

        drafts = [made for _, made in waiting.values()]
        embedder = self._embedder()
        entries = _entries(self._catalogue, embedder, drafts)
        self._catalogue.write(self._collection, entries, embedder_name(embedder))
        for entry in entries:
            self.known[entry.document.source] = Known(
                entry.document.id, entry.input_hash, len(entry.chunks), entry.origin
            )
        waiting.clear()
        self._after_batch()


def _entries(catalogue: Catalogue, embedder: BaseEmbedding, drafts: Sequence[Draft]) -> list[Entry]:
    """The tokens of every body chunk, and the vectors of the texts that have none yet."""
    from rag.bilingual import glosses_of
    from rag.embed import embed_texts, embedder_name  # takes seconds; only changed ones need it

    texts = [c.text for made in drafts for c in made.chunks if c.role == "body"]
    analyses = dict(zip(texts, analyse_many(texts), strict=True))
    hashes = {text: hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts}
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


def _checked(new: NewDocument) -> tuple[str | None, str | None, Mapping[str, Any]]:
    """Title, source and metadata as they may be stored. Raises InputError."""
    title, source = normalise(new.title or "").strip() or None, _name(new.source or "")
    for name, value in (("title", title), ("source", source)):
        if value and len(value) > _LONGEST_FIELD:
            raise InputError(f"The {name} has over {_LONGEST_FIELD} characters.", param=name)
    try:
        packed = json.dumps(dict(new.metadata), ensure_ascii=False, allow_nan=False)
        packed.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"The metadata cannot be stored: {error}.", param="metadata") from None
    return title, source, json.loads(packed)


def _name(given: str) -> str | None:
    """A source exactly as given, as it is the caller's own; None for one without a visible
    character. Only what cannot be stored, such as a file's name that is no Unicode, is replaced."""
    shown = normalise(given)
    if not shown.strip():
        return None
    storable = "\0" not in given and not any("\ud800" <= c <= "\udfff" for c in given)
    return given if storable else shown


def _shortened(sentence: str) -> str:
    """A title for a text that names none: the start of its first sentence."""
    line = " ".join(sentence.split())
    if len(line) <= _TITLE_WIDTH:
        return line
    return line[:_TITLE_WIDTH].rsplit(" ", 1)[0].rstrip(" ,") + "…"


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
