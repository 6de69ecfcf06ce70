"""A text read, not yet analysed: its one form, its structure, its sentences and chunks.

Pure functions: no file, no store, no model. They do not know whether the document is new.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.chunk import cut
from rag.errors import InputError, TooLargeError
from rag.profile import Ingest
from rag.text.normalise import normalise
from rag.types import Chunk, Document, NewDocument

_LONGEST_FIELD = 1000
_TITLE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """A document cut into chunks, not yet analysed or embedded."""

    document: Document
    chunks: tuple[Chunk, ...]
    input_hash: str
    origin: str | None = None


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
        title=title or _bounded(layout.title) or _shortened(body.span.of(text)),
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


def _checked(new: NewDocument) -> tuple[str | None, str | None, Mapping[str, Any]]:
    """Title, source and metadata as they may be stored. Raises InputError."""
    title, source = normalise(new.title or "").strip() or None, source_name(new.source or "")
    for name, value in (("title", title), ("source", source)):
        if value and len(value) > _LONGEST_FIELD:
            raise InputError(f"The {name} has over {_LONGEST_FIELD} characters.", param=name)
    try:
        packed = json.dumps(dict(new.metadata), ensure_ascii=False, allow_nan=False)
        packed.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"The metadata cannot be stored: {error}.", param="metadata") from None
    return title, source, json.loads(packed)


def source_name(given: str) -> str | None:
    """A source exactly as given, as it is the caller's own; None for one without a visible
    character. Only what cannot be stored, such as a file's name that is no Unicode, is replaced."""
    shown = normalise(given)
    if not shown.strip():
        return None
    storable = "\0" not in given and not any("\ud800" <= c <= "\udfff" for c in given)
    return given if storable else shown


def _bounded(title: str | None) -> str | None:
    """A title that the text itself names, unless a whole page stands in it."""
    return _shortened(title) if title and len(title) > _LONGEST_FIELD else title


def _shortened(sentence: str) -> str:
    """A title for a text that names none: the start of its first sentence."""
    line = " ".join(sentence.split())
    if len(line) <= _TITLE_WIDTH:
        return line
    return line[:_TITLE_WIDTH].rsplit(" ", 1)[0].rstrip(" ,") + "…"
