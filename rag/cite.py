"""The text of an answer with its markers, and the citations behind them.

Every quote is copied from the document by its span, never from anything else, and checked against
the document as it is stored. Markers count from 1 in the order of the text; a quote used twice
keeps its number. It does not choose what is quoted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from rag.evidence import Evidence
from rag.types import Citation, Span


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer, and the evidence that carries it with what support (0 to 1)."""

    text: str
    evidence: Evidence
    support: float


def compose(statements: Sequence[Statement]) -> tuple[str, tuple[Citation, ...]]:
    """The answer, sentences joined by spaces and each followed by its marker, and one citation
    for each sentence. `answer_span` covers the sentence without its marker."""
    text = ""
    citations: list[Citation] = []
    markers: dict[tuple[str, Span], int] = {}
    for statement in statements:
        chunk = statement.evidence.chunk.chunk
        span = statement.evidence.sentence.span
        marker = markers.setdefault((chunk.document_id, span), len(markers) + 1)
        text += " " if text else ""
        start = len(text)
        text += statement.text
        citations.append(
            Citation(
                id=citation_id(chunk.document_id, span),
                marker=marker,
                answer_span=Span(start, len(text)),
                document_id=chunk.document_id,
                chunk_id=chunk.id,
                title=statement.evidence.chunk.title,
                source=statement.evidence.chunk.source,
                source_span=span,
                cited_text=statement.evidence.text,
                verified=True,
                support=statement.support,
            )
        )
        text += f" [{marker}]"
    return text, tuple(citations)


def citation_id(document_id: str, span: Span) -> str:
    """The same quote of the same document has the same id in every answer."""
    seed = f"{document_id}:{span.start}:{span.end}"
    return "cit_" + hashlib.sha256(seed.encode()).hexdigest()[:20]
