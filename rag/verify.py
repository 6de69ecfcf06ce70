"""Checking an answer before it leaves: quotes against their source, sentences against quotes.

A quote must be, character for character, what stands at its span. A sentence of the answer must
state nothing that its quotes lack; here that is checked for its numbers. It does not know meaning:
a sentence may pass with a word turned round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.types import Citation, Span, Unsupported

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def verified(
    citations: Sequence[Citation], text_at: Callable[[str, Span], str | None]
) -> tuple[Citation, ...]:
    """The citations, marked by whether their quote stands in the source. `text_at` reads what a
    stored document has at a span, None when the document is gone."""
    out = []
    for citation in citations:
        exact = text_at(citation.document_id, citation.source_span) == citation.cited_text
        out.append(replace(citation, verified=exact, support=citation.support if exact else 0.0))
    return tuple(out)


def unsupported(answer: str, citations: Sequence[Citation]) -> tuple[Unsupported, ...]:
    """Sentences of the answer that hold a number which none of their quotes has."""
    found = []
    for citation in citations:
        quotes = [c.cited_text for c in citations if c.answer_span == citation.answer_span]
        held = {n for quote in quotes for n in _numbers(quote)}
        span = citation.answer_span
        if not citation.verified:
            found.append(Unsupported(span.start, span.end, "no_evidence"))
        elif not _numbers(span.of(answer)) <= held:
            found.append(Unsupported(span.start, span.end, "number"))
    return tuple(found)


def _numbers(text: str) -> set[str]:
    return {match.replace(",", "") for match in _NUMBER.findall(text)}
