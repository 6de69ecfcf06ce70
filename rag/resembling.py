"""How words that resemble those of the question lie in and around the candidates of a sentence.

Resemblance is that of `rag.asked`: Kiwi's for Korean words, static vectors' for English ones. It
knows nothing of words that are the same, which `rag.reader` places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.asked import Asked, noun, resemblance
from rag.spans import MOST_TOKENS, Candidates
from rag.text.morphemes import has_hangul

Matrix = NDArray[np.float32]

_NEAR, _FAR = 2.0, 8.0  # tokens over which nearness falls to 1/e
UNLIKE = 0.3  # words that resemble each other no more than this do not
_NOTHING: Matrix = np.zeros((0, 0), dtype=np.float32)


def _falling(reach: float) -> Matrix:
    """1 for the next token, falling off; 0 for steps of 0 or less (negative ones index the end)."""
    steps = np.arange(2 * 256, dtype=np.float32)
    table = np.exp(-(steps - 1) / reach)
    table[0] = 0.0
    table[256:] = 0.0
    falling: Matrix = table.astype(np.float32)
    return falling


NEAR_BY, FAR_BY = _falling(_NEAR), _falling(_FAR)
# [i, j] is what a word j tokens in counts for i, to the right of it.
_STEPS = np.clip(np.subtract.outer(np.arange(MOST_TOKENS), np.arange(MOST_TOKENS)), 0, None)
NEAR_SIDE, FAR_SIDE = NEAR_BY[_STEPS], FAR_BY[_STEPS]


def resembling(
    asked: Sequence[Asked],
    held: Sequence[Candidates],
    matched: Sequence[Sequence[tuple[int, str]]],
) -> list[tuple[Matrix, Matrix]]:
    """How much each sentence's tokens resemble the words that name what is asked for, and all words
    of the question; of Korean not the latter, where each pair of words takes a call of Kiwi. A
    token that was `matched` by a rendering is taken for the word itself."""
    out: list[tuple[Matrix, Matrix]] = [(_NOTHING, _NOTHING)] * len(held)
    for group in {id(a): a for a in asked}.values():
        mine = [i for i, a in enumerate(asked) if a is group]
        korean = any(has_hangul(r.key) for word in (*group.focus, *group.terms) for r in word)
        columns = {key: column for column, key in enumerate(group.shares)}
        tokens = [token for i in mine for token in held[i].tokens]
        found = resemblance(tokens, group.focus if korean else (*group.focus, *group.terms))
        ends = np.cumsum([len(held[i].tokens) for i in mine])[:-1]
        for i, rows in zip(mine, np.split(found, ends), strict=True):
            out[i] = rows[:, : len(group.focus)], rows[:, len(group.focus) :]
            for place, key in matched[i] if not korean else ():
                column = columns[key]
                if not any(reading.key == key for reading in group.terms[column]):
                    out[i][1][place, column] = 1.0
    return out


def alikeness(held: Sequence[Candidates], alike_to: Sequence[Matrix]) -> Matrix:
    """How much candidates and what stands beside them resemble the focus; shape (n, 6)."""
    out = []
    for c, found in zip(held, alike_to, strict=True):
        near = np.zeros((len(c.tokens) + 2, 2), dtype=np.float32)
        nouns = [noun(t) for t in c.tokens]
        near[:-2, : found.shape[1]] = found * np.array(nouns, dtype=np.float32)[:, None]
        first, last, main = c.first, c.last, near[:, 0]
        bounds = np.stack([first, last + 1], axis=1).ravel()
        most = np.maximum.reduceat(main, bounds)[::2] if len(first) else main[:0]
        before = np.where(first > 0, main[first - 1], 0.0)
        after = np.maximum(main[last + 1], main[last + 2])
        out.append(np.stack([main[last], most, before, after, near[last, 1], most > 0.999], 1))
    return np.concatenate(out)


def softly(asked: Asked, held: Candidates, alike_to: Matrix) -> Matrix:
    """How words that resemble those of the question lie around candidates and inside them, and how
    much of the question their sentence holds so, twice; shape (n, 9). `alike_to` is how much each
    token resembles each word of the question."""
    rows = np.zeros((len(held.first), 9), dtype=np.float32)
    if not alike_to.size:
        return rows
    shares = np.array(list(asked.shares.values()), dtype=np.float32)
    clear = np.clip((alike_to - UNLIKE) / (1 - UNLIKE), 0, 1)
    weights, count = (clear * shares).max(axis=1), len(clear)
    for column, table in ((0, NEAR_SIDE), (1, FAR_SIDE)):
        rows[:, column] = (table[:count, :count] @ weights)[held.first]
        rows[:, column + 2] = (table[:count, :count].T @ weights)[held.last]
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    rows[:, 4] = sums[held.last + 1] - sums[held.first]
    rows[:, 5] = np.bincount(held.clauses, weights)[held.clauses[held.first]] - rows[:, 4]
    rows[:, 7] = rows[:, 4] / (held.last - held.first + 1)
    rows[:, [6, 8]] = clear.max(axis=0) @ shares
    return rows
