"""Names in a text: runs of proper nouns, as people would mark them.

Kiwi cuts 스케일AI into a common noun and Latin letters, and 알렉산드르 왕 into a name and the word
for king; a run therefore takes in what touches a name without a space, and a syllable that stands
alone after one. It does not know who is a person and who a company.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.morphemes import Token, has_hangul
from rag.types import Span

_TOUCHING = ("NNG", "XPN", "XSN", "SN", "NR")
_JOINERS = " ·-’'."


def names(text: str, tokens: Sequence[Token], base: int = 0) -> list[Span]:
    """Spans of names in `text`, in order. The tokens' offsets are `base` larger than those."""
    out: list[Span] = []
    start = end = -1
    named = False  # whether the run at hand holds a proper noun
    for token in tokens:
        first, last = token.start - base, token.end - base
        gap = text[end:first] if start >= 0 else None
        if token.is_name:
            if gap is not None and (gap == "" or (named and not gap.strip(_JOINERS))):
                end = last
            else:
                _keep(out, start, end, named)
                start, end = first, last
            named = True
        elif token.tag in _TOUCHING and gap == "":
            end = last
        elif token.tag in _TOUCHING and not _family_name(token, named, gap):
            _keep(out, start, end, named)
            start, end, named = first, last, False
        elif token.tag in _TOUCHING:
            end = last
        elif last > first:
            _keep(out, start, end, named)
            start, named = -1, False
    _keep(out, start, end, named)
    return out


def _family_name(token: Token, named: bool, gap: str | None) -> bool:
    """알렉산드르 왕: one syllable of Hangul alone after a name."""
    return named and gap == " " and token.end - token.start == 1 and has_hangul(token.key)


def _keep(out: list[Span], start: int, end: int, named: bool) -> None:
    if start >= 0 and named:
        out.append(Span(start, end))
