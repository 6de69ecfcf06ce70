"""Retrieval measures, by ir-measures over trec_eval.

A document counts once, at the rank of its best chunk. It does not know how passages were found.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

NAMES = ("ndcg@10", "recall@5", "recall@10", "mrr", "hit@1")


def by_document(sources: Sequence[str]) -> tuple[str, ...]:
    """The sources of passages, best first, each once."""
    return tuple(dict.fromkeys(sources))


def retrieval_values(
    rankings: Sequence[Sequence[str]], gold: Sequence[Collection[str]]
) -> list[dict[str, float]]:
    """The measures of each ranking (documents, best first) against its relevant documents."""
    from ir_measures import RR, R, Success, iter_calc, nDCG

    measures = {nDCG @ 10: "ndcg@10", R @ 5: "recall@5", R @ 10: "recall@10", RR: "mrr"}
    measures[Success @ 1] = "hit@1"
    qrels = {str(i): dict.fromkeys(relevant, 1) for i, relevant in enumerate(gold)}
    # trec_eval orders by score alone, so the rank is made the score.
    scored = {
        str(i): {source: 1 / rank for rank, source in enumerate(ranking, start=1)}
        for i, ranking in enumerate(rankings)
    }
    values: list[dict[str, float]] = [dict.fromkeys(NAMES, 0.0) for _ in rankings]
    for metric in iter_calc(list(measures), qrels, scored):
        values[int(metric.query_id)][measures[metric.measure]] = float(metric.value)
    return values
