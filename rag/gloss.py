"""What a text itself teaches of names: 얀 르쿤(Yann LeCun), 메타 초지능 연구소(MSL).

A gloss is a run of Korean nouns just before a bracket that holds Latin words. It says how the two
are written alike in this collection, in both directions; between an acronym and its full name also
within one language. It does not know whether the bracket explains the name or adds to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text.morphemes import Token, has_hangul

_BRACKET = re.compile(r"[(（]\s?([A-Za-z][A-Za-z0-9.&’' -]{0,60}?)\s?(?:,[^)）]{0,40})?[)）]")
_NOUNS = ("N", "X", "SL", "SN")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Gloss:
    """Two ways to write one thing, each as it stands in the text."""

    korean: str
    latin: str


def find_glosses(text: str, tokens: Sequence[Token]) -> Iterator[Gloss]:
    """Every gloss of a text; `tokens` are its own."""
    for match in _BRACKET.finditer(text):
        latin = match.group(1).strip()
        # A name has as many words in both scripts; an acronym a morpheme for each letter.
        if latin.isupper():
            korean = _nouns_before(text, tokens, match.start(), _MOST_WORDS, len(latin))
        else:
            words = min(len(latin.split()), _MOST_WORDS)
            korean = _nouns_before(text, tokens, match.start(), words, len(text))
        if has_hangul(korean) and len(latin) > 1:
            yield Gloss(korean, latin)


def _nouns_before(
    text: str, tokens: Sequence[Token], end: int, most_words: int, enough: int
) -> str:
    """The run of nouns that ends at `end`: whole words, until there are `enough` morphemes."""
    start, words, morphemes = end, 1, 0
    for token in reversed([token for token in tokens if token.end <= end]):
        gap = text[token.end : start]
        if gap.strip() or not token.tag.startswith(_NOUNS) or token.tag in ("XSV", "XSA"):
            break
        words += bool(gap)
        if words > most_words or (gap and morphemes >= enough):
            break
        start, morphemes = token.start, morphemes + 1
    return text[start:end].strip()
