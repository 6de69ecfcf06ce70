"""Small neural networks that score the candidates for the short answer.

Two layers of rectified units over numbers and codes (`rag.reader`), learned with a softmax over
the candidates of a question (`rag.train.reader`). They do not know what the inputs mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.reader import OFFSETS, Described, Matrix
from rag.resources import weights

MEMBERS = 2  # networks a language


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights of one network. Of h hidden units the last is passed on as it is; `codes` holds a
    row for each code of each category."""

    mean: Matrix
    scale: Matrix
    numbers: Matrix  # (len(NUMBERS), h + 1)
    codes: Matrix  # (CODES_END, h + 1)
    bias: Matrix  # (h + 1,)
    second: Matrix  # (h, k)
    second_bias: Matrix  # (k,)
    out: Matrix  # (k,)

    def scores(self, described: Described) -> Matrix:
        """One score for each candidate; only differences mean something."""
        x = np.clip((described.numbers - self.mean) / self.scale, -4, 4)
        rows = described.codes + OFFSETS
        hidden = x @ self.numbers + self.codes[rows].sum(axis=1) + self.bias
        deep = np.maximum(np.maximum(hidden[:, :-1], 0) @ self.second + self.second_bias, 0)
        scores: Matrix = deep @ self.out + hidden[:, -1]
        return scores


@lru_cache(maxsize=2)
def networks(language: str) -> tuple[Network, ...]:
    """The networks for sentences in a language, ko or en, learned from different beginnings; what
    counts is the mean of their scores."""
    fields = Network.__dataclass_fields__
    with np.load(weights("reader.npz")) as stored:
        return tuple(
            Network(**{f: stored[f"{language}{n}_{f}"].astype(np.float32) for f in fields})
            for n in range(MEMBERS)
        )


def scores_of(members: Sequence[Network], described: Described) -> Matrix:
    """One score for each candidate; only differences mean something."""
    total = np.zeros(len(described.candidates), dtype=np.float32)
    for member in members:
        total += member.scores(described)
    mean: Matrix = (total / len(members)).astype(np.float32)
    return mean
