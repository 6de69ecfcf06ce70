"""From ranked lists of ids to one: reciprocal rank fusion. Pure functions over ids.

They do not know what the ids stand for or how the lists were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def ranks(ranking: Ranking) -> dict[str, int]:
    """Id -> rank, from 1."""
    return {key: rank for rank, (key, _) in enumerate(ranking, start=1)}
