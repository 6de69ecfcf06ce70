"""A conversation as Markdown, with the quotes that its answers stand on.

Questions, answers and documents enter as text: nothing in them becomes a link, an image or HTML.
It does not know where the text goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.cli.chat.loop import Conversation, Exchange
from rag.cli.chat.words import Words, words_for
from rag.cli.labels import Labels, labels_for
from rag.cli.render import one_line
from rag.cli.terminal import clean
from rag.text.language import detect
from rag.types import Answer, Citation, Span

# A marker such as [1] stays as it is, unless what follows would make it a link.
_SPECIAL = re.compile(r"(\[\d+\](?![(\[:]))|([\\`*_<>&|~\[\]])")
_LINE_START = re.compile(r"^\s*(?:([#+=-])|(\d+)([.)]))", re.MULTILINE)


def as_markdown(talk: Conversation) -> str:
    """A heading for each question, its answer, what is wrong with it, and its quotes."""
    lines = [f"# {talk.words.conversation}", ""]
    for number, exchange in enumerate(talk.exchanges, start=1):
        lines += [f"## {number}. {_text(one_line(exchange.question))}", ""]
        lines += _exchange_lines(exchange)
    return "\n".join(lines).rstrip() + "\n"


def _exchange_lines(exchange: Exchange) -> Iterator[str]:
    language = exchange.answer.language if exchange.answer else detect(exchange.question)
    words, labels = words_for(language), labels_for(language)
    if exchange.text:
        yield from (_lines(exchange.text), "")
    if exchange.answer is None:
        yield from (f"*{words.stopped}*", "")
        return
    warnings = list(_warnings(exchange.answer, labels))
    if warnings:
        yield from (*warnings, "")
    for citation in sorted(exchange.answer.citations, key=lambda c: c.marker):
        yield from _quote(citation, labels, words)


def _warnings(answer: Answer, labels: Labels) -> Iterator[str]:
    if answer.status == "partial":
        yield f"- **{labels.partial}**"
    if reason := labels.reason_of(answer):
        yield f"- {_text(reason)}"
    for conflict in answer.conflicts:
        values = " / ".join(f"{_text(one_line(v.text))} [{v.marker}]" for v in conflict.values)
        yield f"- **{labels.conflict}**: {values}"
    for gap in answer.unsupported:
        why = labels.whys.get(gap.why, _text(gap.why))
        sentence = one_line(Span(gap.start, gap.end).of(answer.answer)).strip()
        yield f"- **{labels.unsupported}** ({why}): “{_text(sentence)}”"


def _quote(citation: Citation, labels: Labels, words: Words) -> Sequence[str]:
    place = words.characters.format(start=citation.source_span.start, end=citation.source_span.end)
    name = " — ".join(dict.fromkeys(filter(None, (citation.title, citation.source))))
    doubt = "" if citation.verified else f" **({labels.unverified})**"
    return (
        f"> [{citation.marker}] “{_text(one_line(citation.cited_text).strip())}”{doubt}",
        ">",
        f"> — {_text(one_line(name))}, {place}",
        "",
    )


def _text(text: str) -> str:
    """The text, with what Markdown would read as more than text escaped (CommonMark 2.4)."""
    text = _SPECIAL.sub(lambda found: found[1] or "\\" + found[2], clean(text))
    return _LINE_START.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text
    )


def _lines(text: str) -> str:
    """As `_text`, with its line breaks kept."""
    return re.sub(r"(?<!\n)\n(?!\n)", "  \n", _text(text))
