"""A document with a quote in it, as lines: a stretch around the quote, or all of it.

It does not know where the lines go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.text import Text

from rag.cli.chat.words import Words
from rag.cli.render import fitted_name, wrapped
from rag.cli.terminal import clean
from rag.types import Citation, Document, Span

_CONTEXT = 400  # characters on each side of the quote
_QUOTE = "bold yellow"
_INDENT = 4
_MARGIN = "│ "


@dataclass(frozen=True, slots=True)
class Leaves:
    """A document in lines; the quote begins at line `at` (0 without one)."""

    title: str
    lines: tuple[Text, ...]
    at: int


def around(
    citation: Citation, document: Document, span: Span, words: Words, width: int, *, marks: bool
) -> list[Text]:
    """The quote, highlighted, in what stands before and after it."""
    number = f"[{citation.marker}] "
    name = fitted_name(citation.title, citation.source, width - len(number))
    place = words.characters.format(start=f"{span.start:,}", end=f"{span.end:,}")
    lines = [Text.assemble((number, "cyan"), (name, "bold")), Text(" " * _INDENT + place, "dim")]
    start, end = _start(document.text, span.start), _end(document.text, span.end)
    text, quote = Text(clean(document.text[start:end])), span.shifted(-start)
    text.stylize("dim", 0, quote.start)
    text.stylize("dim", quote.end)
    text = _highlighted(text, quote, marks=marks)
    before, after = "…" if start else "", "…" if end < len(document.text) else ""
    for paragraph in Text.assemble((before, "dim"), text, (after, "dim")).split("\n"):
        lines += wrapped(paragraph, width, " " * _INDENT) if paragraph.plain.strip() else []
    return lines


def leaves(document: Document, span: Span | None, width: int, *, marks: bool) -> Leaves:
    """The whole document in lines of at most `width` cells; those of the quote have a bar."""
    text = Text(clean(document.text))
    if span:
        text = _highlighted(text, span, marks=marks)
    lines: list[Text] = []
    quoted: list[int] = []
    for paragraph in text.split("\n", allow_blank=True):
        for line in wrapped(paragraph, width - len(_MARGIN)) or [Text()]:
            lit = any(part.style == _QUOTE for part in line.spans)
            if lit:
                quoted.append(len(lines))
            lines.append(Text.assemble(_MARGIN if lit else " " * len(_MARGIN), line))
    title = fitted_name(document.title, document.source, width)
    return Leaves(title, tuple(lines), quoted[0] if quoted else 0)


def _highlighted(text: Text, span: Span, *, marks: bool) -> Text:
    text.stylize(_QUOTE, span.start, span.end)
    if not marks:
        return text
    before, quote, after = text.divide([span.start, span.end])
    return Text.assemble(before, "“", quote, "”", after)


def _start(text: str, quote: int) -> int:
    """Where the context before a quote begins: at the start of a word."""
    if quote <= _CONTEXT:
        return 0
    found = re.compile(r"\s").search(text, quote - _CONTEXT, quote)
    return found.end() if found else quote - _CONTEXT


def _end(text: str, quote: int) -> int:
    """Where the context after a quote ends: at the end of a word."""
    if len(text) - quote <= _CONTEXT:
        return len(text)
    cut = re.match(r".*(?=\s)", text[quote : quote + _CONTEXT], re.DOTALL)
    return quote + (cut.end() if cut else _CONTEXT)
