"""An answer and passages as lines of a terminal: wrapped, indented, with the quotes highlighted.

Widths are those of terminal cells, so Korean and Chinese line up. It does not know where the
lines go: each function returns them for a given width. With `marks` the quote stands between
marks as well, for readers who see no styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from rag.cli.labels import Labels, labels_for
from rag.cli.terminal import clean
from rag.types import Answer, Citation, Conflict, Passage, SearchResult, Span, Unsupported

_CONTEXT = 120  # characters of the passage shown on each side of a quote
_EXCERPT_LINES = 4
_BRIEF_LINES = 3
_LEAST_TITLE = 16  # cells
_NEAREST = 3
_MARKER = "cyan"
_QUOTE = "bold yellow"
_WARNING = "bold red"
_INDENT = 4

# Wrapping needs a console only for its rules on cell widths; nothing is printed on this one.
_RULER = Console(width=80)


def answer_lines(answer: Answer, width: int, *, marks: bool) -> list[Text]:
    """The answer and what stands under it."""
    return wrapped(answer_text(answer), width) + under_lines(answer, width, marks=marks)


def under_lines(answer: Answer, width: int, *, marks: bool) -> list[Text]:
    """What stands under an answer: what is wrong with it, then its sources with the sentence that
    each citation quotes or, for a refusal, the nearest passages."""
    labels = labels_for(answer.language)
    lines = warning_lines(answer, width)
    if answer.status == "abstained":
        return lines + _nearest_lines(answer.passages[:_NEAREST], labels, width)
    if answer.citations:
        lines += [Text(), Text(labels.sources, style="bold")]
        lines += source_lines(answer, width, marks=marks)
    return lines


def brief_under_lines(answer: Answer, width: int) -> list[Text]:
    """As `under_lines`, in few lines, for a conversation: a line for each source, and the start of
    each quote."""
    lines = warning_lines(answer, width)
    if answer.status == "abstained":
        if answer.passages:
            lines += [Text(), Text(labels_for(answer.language).nearest, style="dim")]
        for passage in answer.passages[:_NEAREST]:
            name = fitted_name(passage.title, passage.source, width - 2)
            lines += [Text(f"- {name}"), *_excerpt(passage.text, width, 1)]
        return lines
    return lines + brief_citation_lines(answer.citations, answer.language, width)


def brief_citation_lines(citations: Sequence[Citation], language: str, width: int) -> list[Text]:
    """A line with the number and name of each source, and its quote in a few more."""
    labels = labels_for(language)
    lines: list[Text] = [Text()] if citations else []
    shown: set[tuple[int, str]] = set()
    for citation in sorted(citations, key=lambda c: c.marker):
        number = f"[{citation.marker}] "
        if (citation.marker, citation.document_id) not in shown:
            shown.add((citation.marker, citation.document_id))
            room = width - len(number)
            name = Text(fitted_name(citation.title, citation.source, room), style="dim")
            lines.append(Text.assemble((number, _MARKER), name))
        quote = f"“{one_line(citation.cited_text).strip()}”"
        lines += _cut(Text(clean(quote)), width, _BRIEF_LINES)
        if not citation.verified:
            lines += wrapped(Text(f"({labels.unverified})", style=_WARNING), width, " " * _INDENT)
    return lines


def source_lines(answer: Answer, width: int, *, marks: bool) -> list[Text]:
    """The numbered sources of an answer with their quotes, in the order of their markers."""
    labels = labels_for(answer.language)
    chunks = {passage.chunk_id: passage for passage in answer.passages}
    lines: list[Text] = []
    shown: set[tuple[int, str]] = set()
    for citation in sorted(answer.citations, key=lambda c: c.marker):
        if (citation.marker, citation.document_id) not in shown:
            shown.add((citation.marker, citation.document_id))
            lines += _heading(citation.marker, citation.title, citation.source, width)
        lines += _quote_lines(citation, chunks.get(citation.chunk_id), labels, width, marks)
    return lines


def search_lines(result: SearchResult, width: int) -> list[Text]:
    """Numbered passages, best first, each with its scores and its first lines."""
    lines: list[Text] = []
    for number, passage in enumerate(result.passages, 1):
        if lines:
            lines.append(Text())
        lines += _heading(number, passage.title, passage.source, width)
        ranks = [f"{stage} {rank}" for stage, rank in passage.ranks.items()]
        facts = " · ".join([f"{passage.score:.3f}", *ranks, passage.chunk_id])
        lines += wrapped(Text(clean(facts), style="dim"), width, " " * _INDENT)
        lines += _excerpt(passage.text, width, _EXCERPT_LINES)
    return lines


def wrapped(text: Text, width: int, first: str = "", hanging: int | None = None) -> list[Text]:
    """The text in lines of at most `width` cells. `first` opens the first line; the others are
    indented by `hanging` cells, as many as `first` has when left out."""
    indent = len(first) if hanging is None else hanging
    room = max(width - max(indent, len(first)), 1)
    lines = []
    for number, line in enumerate(text.wrap(_RULER, room)):
        line.rstrip()
        lines.append(Text.assemble(first if number == 0 else " " * indent, line))
    return lines


def quote_in_context(passage: Passage | None, citation: Citation) -> tuple[str, str, str]:
    """What stands before the quote, the quote, and what stands after it, each on one line.
    The neighbours are cut at a space, with an ellipsis; without the passage they are empty."""
    quote = one_line(citation.cited_text).strip()
    if passage is None:
        return "", quote, ""
    at = citation.source_span.shifted(-passage.span.start)
    if at.start < 0 or at.of(passage.text) != citation.cited_text:
        return "", quote, ""
    before, after = one_line(passage.text[: at.start]), one_line(passage.text[at.end :])
    return _last_words(before.lstrip(), _CONTEXT), quote, _first_words(after.rstrip(), _CONTEXT)


def short_answer_span(text: str, short: str) -> Span | None:
    """Where the short answer stands in the text: as a whole word or number if it can, so that 28
    is not found inside 2028."""
    literal = re.escape(short)
    word = r"[0-9A-Za-z]"
    left = rf"(?<!{word})" if re.match(word, short) else ""
    right = rf"(?!{word})" if re.match(word, short[-1:]) else ""
    found = re.search(left + literal + right, text) or re.search(literal, text)
    return Span(*found.span()) if found and short else None


def one_line(text: str) -> str:
    """The text with each run of white space as one space."""
    return re.sub(r"\s+", " ", text)


def answer_text(answer: Answer) -> Text:
    """The answer with its markers, its short answer and its unsupported sentences styled."""
    text = Text(clean(answer.answer))
    for citation in answer.citations:
        text.highlight_regex(re.escape(f"[{citation.marker}]"), style=_MARKER)
    for gap in answer.unsupported:
        text.stylize("red", gap.start, gap.end)
    if answer.short_answer and (span := short_answer_span(answer.answer, answer.short_answer)):
        text.stylize("bold", span.start, span.end)
    return text


def warning_lines(answer: Answer, width: int) -> list[Text]:
    """What is wrong with an answer, in words; empty when nothing is."""
    labels = labels_for(answer.language)
    lines: list[Text] = []
    if answer.notice:
        lines += wrapped(Text(clean(one_line(answer.notice)), style="yellow"), width, "! ")
    if answer.status == "partial":
        lines += wrapped(Text(labels.partial, style="yellow"), width, "! ")
    if reason := labels.reason_of(answer):
        lines += wrapped(Text(f"({reason})", style="dim"), width)
    for conflict in answer.conflicts:
        lines += wrapped(_conflict_text(conflict, labels), width, "! ")
    for gap in answer.unsupported:
        lines += wrapped(_unsupported_text(gap, answer.answer, labels), width, "! ")
    return [Text(), *lines] if lines else []


def _conflict_text(conflict: Conflict, labels: Labels) -> Text:
    values = " / ".join(f"{value.text} [{value.marker}]" for value in conflict.values)
    about = f"{conflict.about} — " if conflict.about else ""
    return Text.assemble((f"{labels.conflict}: ", _WARNING), clean(one_line(f"{about}{values}")))


def _unsupported_text(gap: Unsupported, answer: str, labels: Labels) -> Text:
    sentence = one_line(Span(gap.start, gap.end).of(answer)).strip()
    why = clean(labels.whys.get(gap.why, gap.why))
    return Text.assemble((f"{labels.unsupported} ({why}): ", _WARNING), clean(f"“{sentence}”"))


def _nearest_lines(passages: Sequence[Passage], labels: Labels, width: int) -> list[Text]:
    if not passages:
        return []
    lines = [Text(), Text(labels.nearest, style="bold")]
    for passage in passages:
        name = _name(passage.title, passage.source)
        lines += wrapped(Text(name), width, "- ")
        lines += _excerpt(passage.text, width, 1)
    return lines


def fitted_name(title: str, source: str, width: int) -> str:
    """The title and the source on one line of at most `width` cells: the title is cut first."""
    source = clean(one_line(source).strip())
    whole = _name(title, source)
    if cell_len(whole) <= width or not title.strip():
        return _shortened(whole, width)
    tail = f" — {source}"
    room = width - cell_len(tail)
    if room < _LEAST_TITLE:
        return _shortened(clean(one_line(title).strip()), width)
    return _shortened(clean(one_line(title).strip()), room) + tail


def _shortened(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _heading(number: int, title: str, source: str, width: int) -> list[Text]:
    name = Text(_name(title, source), style="bold")
    return wrapped(name, width, f"[{number}] ", hanging=_INDENT)


def _name(title: str, source: str) -> str:
    names = [one_line(name).strip() for name in (title, source) if name.strip()]
    return clean(" — ".join(dict.fromkeys(names)))


def _quote_lines(
    citation: Citation, passage: Passage | None, labels: Labels, width: int, marks: bool
) -> list[Text]:
    before, quote, after = (clean(part) for part in quote_in_context(passage, citation))
    left, right = ("“", "”") if marks else ("", "")
    text = Text.assemble((before, "dim"), (f"{left}{quote}{right}", _QUOTE), (after, "dim"))
    if not citation.verified:
        text.append(f" ({labels.unverified})", style=_WARNING)
    return wrapped(text, width, " " * _INDENT)


def _excerpt(text: str, width: int, lines: int) -> list[Text]:
    return _cut(Text(clean(one_line(text).strip()), style="dim"), width, lines)


def _cut(text: Text, width: int, lines: int) -> list[Text]:
    whole = wrapped(text, width, " " * _INDENT)
    if len(whole) <= lines:
        return whole
    last = whole[lines - 1]
    if last.cell_len >= width:
        last.truncate(width - 1)
    last.append("…", style=text.style)
    return whole[:lines]


def _last_words(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    tail = text[-room:]
    return "…" + (tail[tail.find(" ") + 1 :] if " " in tail.rstrip() else tail)


def _first_words(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    head = text[:room]
    return (head[: head.rfind(" ")] if " " in head.lstrip() else head) + "…"


def printed(console: Console, lines: Iterable[Text]) -> None:
    """Print lines that are wrapped already."""
    for line in lines:
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
