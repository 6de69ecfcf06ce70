"""The marks of Markdown that tell a document's parts: front matter, headings, code fences.

Lists, tables, quotes, links and images stay as they stand. It does not render anything, and it
reads of YAML only what front matter uses: `key: value`, `[a, b]` and `- item`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.lines import trimmed
from rag.types import Role, Span

_FRONT_MATTER = re.compile(r"---\n((?:[^\n]*+\n){0,200}?)(?:---|\.\.\.)(?:\n|$)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?: +(.*?))?(?: +#+)?$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NOT_TEXT = re.compile(r" {4}| {0,3}(?:[-*+>|]|[0-9]{1,9}[.)] |#)")
_FIELD = re.compile(r"(?i:(title|authors?)) *: *(.*)")
_ITEM = re.compile(r" *- +(.+)")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Parts in order, covering every character that is not a space."""

    parts: tuple[tuple[Span, Role], ...]
    title: str | None
    authors: tuple[str, ...]


def parse(text: str) -> Parsed:
    """The parts of a normalised Markdown text; the title of its front matter or of its first H1."""
    parts: list[tuple[Span, Role]] = []
    title: str | None = None
    authors: tuple[str, ...] = ()
    start = 0
    if front := _FRONT_MATTER.match(text):
        title, authors = _fields(front[1])
        parts.append((trimmed(text, 0, front.end()), "furniture"))
        start = front.end()
    body: list[Span] = []
    for span, level, content in _lines(text, start):
        if level == 0:
            if content:
                body.append(span)
                continue
            parts.extend(_joined(body))
            body = []
            continue
        if body and content == _FROM_ABOVE:
            above = body.pop()
            parts.extend(_joined(body))
            content, span = above.of(text).strip(), Span(above.start, span.end)
        else:
            parts.extend(_joined(body))
        body = []
        is_title = level == 1 and title is None and bool(content)
        if is_title:
            title = content
        parts.append((span, "title" if is_title else "heading"))
    parts.extend(_joined(body))
    return Parsed(tuple(parts), title, authors)


# In place of the words of a heading: they stand on the line above its underline.
_FROM_ABOVE = "\n"


def _lines(text: str, start: int) -> Iterator[tuple[Span, int, str]]:
    """Each line with its heading level (0: none) and content ("": blank, outside code)."""
    fence = ""
    textual = False
    while start < len(text):
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        line = text[start:stop]
        span = trimmed(text, start, stop)
        start = stop + 1
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            if span:
                yield span, 0, line
            continue
        if mark:
            fence = mark[1]
        elif heading := _HEADING.match(line):
            textual = False
            yield span, len(heading[1]), (heading[2] or "").strip()
            continue
        elif textual and _UNDERLINE.match(line):
            textual = False
            yield span, 1 if "=" in line else 2, _FROM_ABOVE
            continue
        textual = bool(span) and not mark and not _NOT_TEXT.match(line)
        yield span, 0, line.strip()


def _joined(lines: list[Span]) -> list[tuple[Span, Role]]:
    """The lines of one paragraph as one part."""
    return [(Span(lines[0].start, lines[-1].end), "body")] if lines else []


def _fields(front: str) -> tuple[str | None, tuple[str, ...]]:
    title: str | None = None
    authors: list[str] = []
    listing = False
    for line in front.splitlines():
        if field := _FIELD.match(line):
            value = field[2].strip()
            listing = field[1].lower() != "title" and not value
            if field[1].lower() == "title":
                title = _unquoted(value) or None
            else:
                authors.extend(_unquoted(name) for name in value.strip("[]").split(","))
        elif listing and (item := _ITEM.match(line)):
            authors.append(_unquoted(item[1]))
        else:
            listing = False
    return title, tuple(name for name in dict.fromkeys(authors) if name)


def _unquoted(value: str) -> str:
    return value.strip().strip("\"'").strip()
