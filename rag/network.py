"""Small neural networks that score the candidates for the short answer, and boosted trees that
look again at those which the networks like best.

The networks are two layers of rectified units over numbers and codes (`rag.reader`), learned with a
softmax over the candidates of a question; the trees are learned to rank them
(`rag.train.reader`). They err differently, so the sum is better than either; all candidates by
trees would take ten times as long. Neither knows what the inputs mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.reader import CATEGORIES, NUMBERS, OFFSETS, Described, Matrix
from rag.resources import weights
from rag.trees import Trees, load

MEMBERS = {"ko": 4, "en": 2}  # networks; English has twice the candidates, and gains less
BEST = 20  # candidates that the trees look at
TREE_FEATURES = (*NUMBERS, *CATEGORIES)


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
        hidden = x @ self.numbers + self._of_codes(described.codes + OFFSETS) + self.bias
        deep = np.maximum(np.maximum(hidden[:, :-1], 0) @ self.second + self.second_bias, 0)
        scores: Matrix = deep @ self.out + hidden[:, -1]
        return scores

    def _of_codes(self, rows: NDArray[np.intp]) -> Matrix:
        """The sum of each candidate's codes. What all have in common, as what the question says,
        is looked up once: that saves half of the time."""
        common = (rows == rows[:1]).all(axis=0)
        own, shared = self.codes[rows[:, ~common]], self.codes[rows[:1, common]]
        total: Matrix = own.sum(axis=1) + shared.sum(axis=1)
        return total


@lru_cache(maxsize=2)
def networks(language: str) -> tuple[Network, ...]:
    """The networks for sentences in a language, ko or en, learned from different beginnings; what
    counts is the mean of their scores."""
    fields = Network.__dataclass_fields__
    with np.load(weights("reader.npz")) as stored:
        return tuple(
            Network(**{f: stored[f"{language}{n}_{f}"].astype(np.float32) for f in fields})
            for n in range(MEMBERS[language])
        )


def scores_of(members: Sequence[Network], described: Described) -> Matrix:
    """One score for each candidate; only differences mean something."""
    total = np.zeros(len(described.candidates), dtype=np.float32)
    for member in members:
        total += member.scores(described)
    mean: Matrix = (total / len(members)).astype(np.float32)
    return mean


def chances(scores: Matrix) -> Matrix:
    """The scores as chances that sum to 1 (a softmax)."""
    raised = np.exp(scores - scores.max(initial=-np.inf))
    shares: Matrix = raised / raised.sum()
    return shares


def by_sentence(described: Described, shares: Matrix, count: int) -> NDArray[np.float64]:
    """The chance of each of `count` sentences to hold the answer, by those of its candidates."""
    owners = np.array([candidate.sentence for candidate in described.candidates], dtype=np.intp)
    return np.bincount(owners, shares.astype(np.float64), minlength=count).astype(np.float64)


@lru_cache(maxsize=2)
def trees_of(language: str) -> Trees:
    """The trees for sentences in a language, ko or en; `slope` is their weight beside networks."""
    return load(weights(f"reader_trees_{language}.npz"))


def bonus(trees: Trees, described: Described, scores: Matrix) -> Matrix:
    """What trees add to each candidate's score: nothing but for the BEST, where it is how much
    higher the trees rate it than the worst of them. So no other comes to stand before these."""
    added: Matrix = np.zeros(len(scores), dtype=np.float32)
    if len(scores):
        best = np.argsort(-scores, kind="stable")[:BEST]
        rated = trees.raw(tree_rows(described, best))
        added[best] = trees.slope * (rated - rated.min())
    return added


def tree_rows(described: Described, taken: NDArray[np.intp]) -> NDArray[np.float64]:
    """Candidates as the trees see them; shape (n, len(TREE_FEATURES))."""
    return np.hstack([described.numbers[taken], described.codes[taken]]).astype(np.float64)
