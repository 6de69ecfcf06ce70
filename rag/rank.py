"""From ranked lists of ids to one: reciprocal rank fusion, and the score of the reranking. Pure
functions over ids and numbers.

They do not know what the ids stand for or how the lists were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Ranking = Sequence[tuple[str, float]]
"""(id, score) pairs, best first, each id once."""


def fuse(
    rankings: Mapping[str, Ranking], weights: Mapping[str, float], k: float
) -> list[tuple[str, float]]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009) with a weight for each list:
    score(id) = sum over lists of weight / (k + rank), ranks from 1. Scores are divided by that
    of an id at the head of every list, so 1 is the best there can be. Ties go by id."""
    best = sum(weights[name] for name in rankings) / (k + 1)
    scores: dict[str, float] = {}
    for name, ranking in rankings.items():
        for rank, (key, _) in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + weights[name] / (k + rank)
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [(key, score / best if best else 0.0) for key, score in ordered]


class Signs(NamedTuple):
    """What tells that a passage is relevant, each 0 to 1, or how much each of them counts."""

    fused: float  # its place in the fused lists
    sentence: float  # the share of the question that its best sentence holds with what is beside
    second: float  # ... that its second best does
    inside: float  # ... that one sentence holds alone
    passage: float  # ... that the whole passage holds
    together: float  # the share of the question's neighbouring words that stand together there
    similar: float  # the similarity of the vectors

    def score(self, weights: Signs) -> float:
        """The mean of the signs by their weights, 0 to 1."""
        return sum(a * b for a, b in zip(self, weights, strict=True)) / sum(weights)


RERANK: Mapping[str, Signs] = {
    "ko": Signs(
        fused=1.0, sentence=1.5, second=0.2, inside=0, passage=0.5, together=0.2, similar=0.8
    ),
    "en": Signs(
        fused=1.0, sentence=0.8, second=0.2, inside=0.35, passage=0.4, together=0.35, similar=1.5
    ),
}
"""By the question's language: the vectors of English words tell more than those of Korean ones."""


def ranks(ranking: Ranking) -> dict[str, int]:
    """Id -> rank, from 1."""
    return {key: rank for rank, (key, _) in enumerate(ranking, start=1)}
