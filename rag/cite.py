"""The text of an answer with its markers, and the citations behind them.

Every quote is copied from the document by its span, never from anything else, and checked against
the document as it is stored. Markers count from 1 in the order of the text; a quote used twice
keeps its number. It does not choose what is quoted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from rag.evidence import Evidence
from rag.markers import Mark
from rag.telling import Finished
from rag.types import Citation, Span

_NAMING = re.compile(r"\b(?:to|in|from|by|per|see)\s$", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*+•·▪‣◦○●] |> )+")
_CLOSES = re.compile(r"[\s.,;:!?。，)\]]|$")


def compose(quotes: Sequence[Sequence[Evidence]]) -> tuple[str, tuple[Citation, ...]]:
    """The answer, the quotes joined by spaces and each followed by its marker, and one citation
    for each. A quote is a run of neighbouring sentences of a chunk. `answer_span` covers the quote
    without its marker. Bullets are left out."""
    text = ""
    citations: list[Citation] = []
    markers: dict[tuple[str, Span], int] = {}
    for sentences in quotes:
        stored = sentences[0].chunk
        chunk = stored.chunk
        whole = Span(sentences[0].sentence.span.start, sentences[-1].sentence.span.end)
        told = whole.shifted(-chunk.span.start).of(chunk.text)
        inside = _bare(told)
        quote, span = inside.of(told), inside.shifted(whole.start)
        marker = markers.setdefault((chunk.document_id, span), len(markers) + 1)
        text += " " if text else ""
        start = len(text)
        text += quote
        citations.append(
            Citation(
                id=citation_id(chunk.document_id, span),
                marker=marker,
                answer_span=Span(start, len(text)),
                document_id=chunk.document_id,
                chunk_id=chunk.id,
                title=stored.title,
                source=stored.source,
                source_span=span,
                cited_text=quote,
                verified=True,
                support=1.0,
            )
        )
        text += f" [{marker}]"
    return text, tuple(citations)


def _bare(quote: str) -> Span:
    """A quote without the bullet before it and the marks that make all of it bold."""
    start, end = len(quote) - len(_BULLET.sub("", quote)), len(quote)
    if quote.startswith("**", start) and quote.find("**", start + 2) == end - 2 > start + 2:
        return Span(start + 2, end - 2)
    return Span(start, end) if start < end else Span(0, end)


def citation_id(document_id: str, span: Span) -> str:
    """The same quote of the same document has the same id in every answer."""
    seed = f"{document_id}:{span.start}:{span.end}"
    return "cit_" + hashlib.sha256(seed.encode()).hexdigest()[:20]


def place_markers(
    sentence: Finished, tags: Mapping[str, int], numbers: Mapping[int, int]
) -> tuple[str, str]:
    """A written sentence with markers where the model cited, and the markers behind it. `tags` and
    `numbers` lead from a tag to its passage and from there to its marker. A citation without a
    number is taken out; a number that the sentence does not cite is put behind it."""

    def shown(marks: Sequence[Mark]) -> str:
        passages = dict.fromkeys(tags[tag] for mark in marks for tag in mark.tags)
        return "".join(f"[{numbers[passage]}]" for passage in passages if passage in numbers)

    text, body, at = sentence.text, "", 0
    inside = [placed for placed in sentence.marks if placed.place < len(text)]
    for place, marks in groupby(inside, key=lambda placed: placed.place):
        body += text[at:place]
        at = place
        group = list(marks)
        markers = shown([placed.mark for placed in group])
        body = body + group[0].space + markers if markers else _without(body, text[place:])
    body += text[at:]
    behind = ""
    for placed in (*sentence.marks[len(inside) :], *sentence.behind):
        markers = shown([placed.mark])
        if markers and markers not in behind:
            behind += (" " if placed.space else "") + markers
    every = (*sentence.marks, *sentence.behind)
    cited = {tags[tag] for placed in every for tag in placed.mark.tags}
    behind += "".join(f" [{n}]" for passage, n in numbers.items() if passage not in cited)
    return (body.lstrip() if inside and inside[0].place == 0 else body), behind


def _without(before: str, after: str) -> str:
    """What stands before a citation that is taken out, so that the sentence still reads."""
    apart = not before or before[-1].isspace()
    if apart and "가" <= after[:1] <= "힣":
        return before + "자료"
    if _NAMING.search(before):
        return before + "the source"
    return before.rstrip() if apart and _CLOSES.match(after) else before
