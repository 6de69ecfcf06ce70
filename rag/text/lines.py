"""The lines of a text: paragraphs, and which line ends are only the wrapping of a long line.

It does not know sentences or roles. All spans are absolute and have no space at either end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.types import Span

BULLET = re.compile(
    r"[▲△▶▷►●○◦•∙·‣■□▪▫◆◇★☆※✓✔➢➤☞①-⑳㉠-㉻Ⅰ-Ⅻ]|[-*+–—oㅇ] |\(?[0-9]{1,3}[.)] |\([0-9]{1,3}\)"
    r"|\(?[가-하][.)] |\(?[a-z]\) |제 ?[0-9]{1,4} ?[조장절항] ?|#{1,6} |[|>]"
)

_WIDE = re.compile(r"[ᄀ-ᅟ⺀-〾ぁ-㏿㐀-䶿一-꓏가-힣豈-﫿！-｠\U0001f300-\U0001faff]+")
_TERMINAL = re.compile(r"[.!?。！？…:：][\"'”’」』)\]]*$")
_ABBREVIATED = re.compile(r"(?:^|[ (])(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|U\.S|[A-Z])\.$")

_ASKS = re.compile(r"[?？][*_\"”’」』)\s]*$")

# Columns of a wrapped text: narrower lines are lists or verse, wider ones are whole paragraphs.
_NARROWEST = 40
_WIDEST = 200


def width(line: str) -> int:
    """Columns on a terminal: Hangul, hanja and kana take two."""
    return len(line) + sum(map(len, _WIDE.findall(line)))


def trimmed(text: str, start: int, end: int) -> Span:
    """`text[start:end]` without the spaces at its ends; empty when there is nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return Span(start + left, start + max(left, len(piece.rstrip())))


def asks(text: str, sentence: Span) -> bool:
    """Whether a sentence is a question that stands on a line of its own, and so speaks of what
    follows it."""
    if not _ASKS.search(text, sentence.start, sentence.end):
        return False
    before = text[: sentence.start].rstrip(" ")
    return before[-1:] in ("", "\n") and text[sentence.end :].lstrip(" *_")[:1] in ("", "\n")


def paragraphs(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """Runs of lines between blank lines; no run is empty."""
    lines: list[Span] = []
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = trimmed(text, at, stop)
        if line:
            lines.append(line)
        elif lines:
            yield lines
            lines = []
        at = stop + 1
    if lines:
        yield lines


def unwrapped(text: str, lines: Sequence[Span]) -> list[Span]:
    """The lines of one paragraph, with those joined that only a hard wrap has parted.

    A line end is a wrap when the line is nearly as wide as the widest of its paragraph, or the next
    line's first word would not have fitted, and neither a full stop nor a bullet stands there.
    """
    if len(lines) == 1:
        return list(lines)
    widths = [width(line.of(text)) for line in lines]
    widest = max(widths)
    joined = [lines[0]]
    for index in range(1, len(lines)):
        line, following = lines[index - 1], lines[index]
        if _NARROWEST <= widest <= _WIDEST and _wraps(
            text, line, following, widths[index - 1], widest
        ):
            joined[-1] = Span(joined[-1].start, following.end)
        else:
            joined.append(following)
    return joined


def _wraps(text: str, line: Span, following: Span, columns: int, widest: int) -> bool:
    if columns < 0.7 * widest or BULLET.match(text, following.start, following.end):
        return False
    if columns < 0.85 * widest:
        first_word = text[following.start : following.end].split(None, 1)[0]
        if columns + 1 + width(first_word) <= widest:
            return False
    tail = text[max(line.start, line.end - 12) : line.end]
    return not _TERMINAL.search(tail) or bool(_ABBREVIATED.search(tail))
