"""From ranked lists of ids to one: reciprocal rank fusion, and the score of the reranking. Pure
functions over ids and numbers.

They do not know what the ids stand for or how the lists were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Shares:
    """How much each sign of relevance counts; only their ratios do. `sentence` and `passage` are
    the shares of the question that the best sentence and the whole passage hold, `similar` is the
    similarity of the vectors."""

    fused: float
    sentence: float
    passage: float
    similar: float

    def score(self, fused: float, sentence: float, passage: float, similar: float) -> float:
        """0 to 1 when each of the four is."""
        total = (
            self.fused * fused
            + self.sentence * sentence
            + self.passage * passage
            + self.similar * similar
        )
        return total / (self.fused + self.sentence + self.passage + self.similar)


RERANK: Mapping[str, Shares] = {
    "ko": Shares(fused=1.0, sentence=1.5, passage=0.5, similar=0.6),
    "en": Shares(fused=1.0, sentence=0.8, passage=0.4, similar=1.2),
}
"""By the question's language: the vectors of English words tell more than those of Korean ones."""


def ranks(ranking: Ranking) -> dict[str, int]:
    """Id -> rank, from 1."""
    return {key: rank for rank, (key, _) in enumerate(ranking, start=1)}
