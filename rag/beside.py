"""How candidates stand to the gap of an English question (`rag.gap`): on which side of the verb
that the answer belongs to, and whether the words beside them are those beside the gap.

It compares words; whether an answer stands before the verb or behind it, in the active or the
passive, is learned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.asked import Asked
from rag.gap import BE
from rag.resembling import FAR_SIDE, NEAR_SIDE, UNLIKE
from rag.spans import Candidates
from rag.text.morphemes import Token, english_key

Matrix = NDArray[np.float32]

_BETWEEN = frozenset("a an the his her its their my our your this that these those".split())
_PASSIVE = 2  # tokens before a participle in which is or was makes it passive


def beside_gap(asked: Asked, text: str, held: Candidates, alike_to: Matrix) -> Matrix:
    """How near the question's verb stands left of a candidate, a little and much farther off, and
    right of it, whether that is in the passive, and whether what stands before and behind is as
    beside the gap; shape (n, 8). `alike_to` is how much each token resembles each word of the
    question (`rag.resembling`)."""
    rows = np.zeros((len(held.first), 8), dtype=np.float32)
    gap = asked.gap
    if gap.kind == "none" or not len(rows):
        return rows
    words = [text[t.start : t.end].lower() for t in held.tokens]
    if gap.verb in asked.shares and alike_to.size:
        sure = alike_to[:, list(asked.shares).index(gap.verb)]
        rows[:, :4] = _of_verb(held, sure)
        best = int(sure.argmax())
        passive = sure[best] > UNLIKE and BE.intersection(words[max(0, best - _PASSIVE) : best])
        rows[:, 4] = bool(passive)
    for column, word in ((5, gap.left), (7, gap.preposition)):
        rows[:, column] = _behind(_places(word, words, held.tokens), words)[held.first]
    right = np.zeros(len(words), dtype=bool)
    right[[place - 1 for place in _places(gap.right, words, held.tokens) if place]] = True
    rows[:, 6] = right[held.last]
    return rows


def _of_verb(held: Candidates, sure: Matrix) -> Matrix:
    """How near what resembles the verb stands, by how much it does; shape (n, 4)."""
    rows = np.zeros((len(held.first), 4), dtype=np.float32)
    on = np.flatnonzero(sure > UNLIKE)
    if len(on):
        count = len(sure)
        for column, table in ((0, NEAR_SIDE), (1, FAR_SIDE)):
            left, right = table[:count, on] * sure[on], table[on, :count].T * sure[on]
            rows[:, column] = left.max(axis=1)[held.first]
            rows[:, column + 2] = right.max(axis=1)[held.last]
    return rows


def _places(word: str, words: Sequence[str], tokens: Sequence[Token]) -> list[int]:
    """Where a word beside the gap stands in the sentence, or a form of it; nowhere if empty."""
    if not word:
        return []
    key, same = english_key(word), BE if word in BE else frozenset((word,))
    found = enumerate(zip(words, tokens, strict=True))
    return [i for i, (w, token) in found if w in same or (token.key == key != "")]


def _behind(places: Sequence[int], words: Sequence[str]) -> NDArray[np.bool_]:
    """Which words stand next to one of the places, or with articles between."""
    out = np.zeros(len(words), dtype=bool)
    for place in places:
        following = place + 1
        while following < len(words):
            out[following] = True
            if words[following] not in _BETWEEN:
                break
            following += 1
    return out
