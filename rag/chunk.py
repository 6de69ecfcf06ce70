"""Cutting a document into chunks: whole sentences of one role, up to a token budget.

For every chunk `document.text[span.start:span.end] == chunk.text`, chunks do not overlap, and
every non-space character of the text lies in exactly one. Headings stay with what follows them;
a heading also ends the chunk before. A question on a line of its own stays with what follows it
too, headings or not, as that is where its answer is. Furniture is kept in chunks of its own, so
that body chunks never hold any. A sentence is cut only when it is over the budget by itself. Ids
are hashes of content, the same on every run. It knows neither files nor indexes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

from rag.text.lines import asks
from rag.tokens import count_tokens
from rag.types import Chunk, Document, Role, Sentence, Span

VERSION = "chunk-2"
_BREAK = re.compile(r"\s+")
# No token of the offered encodings is longer than this many code points of ordinary text, so a
# piece of `budget` characters is within the budget in any language with at most a token each.
_CHARACTERS_PER_CUT = 8


def cut(
    document: Document, sentences: Sequence[Sentence], *, budget: int, encoding: str
) -> tuple[Chunk, ...]:
    """Chunks in order. `sentences` are those of the document, in order; `budget` in tokens."""
    pieces = list(_within_budget(document.text, sentences, budget, encoding))
    chunks = []
    for ordinal, group in enumerate(_grouped(document.text, pieces, budget)):
        span = Span(group[0][0].span.start, group[-1][0].span.end)
        kept = tuple(sentence for sentence, _ in group)
        chunks.append(
            Chunk(
                id=_chunk_id(document.id, span),
                document_id=document.id,
                ordinal=ordinal,
                span=span,
                text=span.of(document.text),
                role=_kind(kept[-1].role),
                language=_main_language(kept),
                tokens=sum(tokens for _, tokens in group),
                sentences=kept,
            )
        )
    return tuple(chunks)


def _chunk_id(document_id: str, span: Span) -> str:
    # The document's id is itself a hash of its text, so this is a hash of content and place.
    seed = f"{document_id}:{span.start}:{span.end}"
    return "chk_" + hashlib.sha256(seed.encode()).hexdigest()[:20]


def _kind(role: Role) -> Role:
    """What a chunk is: text that may answer, or something around it."""
    return "body" if role in ("body", "heading") else "furniture"


_Piece = tuple[Sentence, int]
"""A sentence, or a part of a long one, with its tokens."""


def _grouped(text: str, pieces: Iterable[_Piece], budget: int) -> Iterator[list[_Piece]]:
    group: list[_Piece] = []
    for sentence, tokens in pieces:
        if group and _apart(group[-1][0], sentence):
            yield group
            group = []
        full = sum(n for _, n in group) + tokens > budget
        if group and (full or _opens(group[-1][0], sentence)):
            kept, asking = _without_questions(text, group)
            if full and sum(n for _, n in asking) + tokens > budget:
                kept, asking = group, []
            if kept:
                yield kept
            group = asking
        group.append((sentence, tokens))
    if group:
        yield group


def _apart(before: Sentence, sentence: Sentence) -> bool:
    """Whether two neighbours may not be in one chunk."""
    return _kind(before.role) != _kind(sentence.role) or (
        sentence.language != before.language and before.role != "heading"
    )


def _opens(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence begins a section."""
    return sentence.role == "heading" and before.role != "heading"


def _without_questions(text: str, group: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """The group without the questions at its end, and those."""
    end = len(group)
    while end and group[end - 1][0].role == "body" and asks(text, group[end - 1][0].span):
        end -= 1
    return group[:end], group[end:]


def _within_budget(
    text: str, sentences: Sequence[Sentence], budget: int, encoding: str
) -> Iterator[tuple[Sentence, int]]:
    counts = count_tokens([s.span.of(text) for s in sentences], encoding)
    for sentence, tokens in zip(sentences, counts, strict=True):
        if tokens <= budget:
            yield sentence, tokens
            continue
        parts = list(_cut_long(text, sentence.span, budget, encoding))
        part_counts = count_tokens([part.of(text) for part in parts], encoding)
        for part, count in zip(parts, part_counts, strict=True):
            yield Sentence(part, sentence.role, sentence.language), count


def _cut_long(text: str, span: Span, budget: int, encoding: str) -> Iterator[Span]:
    """Cut a sentence that is over budget, at spaces where there are any."""
    start = span.start
    while start < span.end:
        end = min(span.end, start + budget * _CHARACTERS_PER_CUT)
        while end - start > 1 and count_tokens([text[start:end]], encoding)[0] > budget:
            end = start + (end - start) * 3 // 4
        if end < span.end:
            spaces = [m.start() for m in _BREAK.finditer(text, start + (end - start) // 2, end)]
            end = spaces[-1] if spaces else end
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        body = piece.strip()
        if body:
            yield Span(start + lead, start + lead + len(body))
        start = end


def _main_language(sentences: Sequence[Sentence]) -> str:
    lengths: dict[str, int] = {}
    for sentence in sentences:
        lengths[sentence.language] = lengths.get(sentence.language, 0) + len(sentence.span)
    return max(lengths, key=lambda language: (lengths[language], language))
