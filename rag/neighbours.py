"""Which words that stand together in a question stand together in a text too.

“The longest bridge of Norway” stands in a text about that bridge, and not in one that has a longest
day, a bridge and Norway. It does not know which words belong together by meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from rag.question import Question
from rag.text.morphemes import Token

Pairs = Sequence[tuple[str, str]]
Places = Mapping[str, Sequence[int]]

_TOGETHER = 2  # tokens with content, from one to the other, in either order


def neighbours(question: Question) -> Pairs:
    """The keys of every two terms of the question with none between them."""
    terms = {term.key for term in question.terms}
    return list(pairwise(token.key for token in question.tokens if token.key in terms))


def places_of(tokens: Iterable[Token]) -> Places:
    """Where each key stands, counted in tokens with content."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate([token.key for token in tokens if token.key]):
        places.setdefault(key, []).append(place)
    return places


def together(pairs: Pairs, places: Places) -> tuple[int, int]:
    """How many of the pairs stand together in a text, and of how many it holds both words."""
    apart = [
        min(abs(a - b) for a in places[one] for b in places[other])
        for one, other in pairs
        if one in places and other in places
    ]
    return sum(distance <= _TOGETHER for distance in apart), len(apart)
