"""From a question to the passages that may answer it: dense and lexical search, fused, reranked.

A corpus is whatever can be searched that way: a stored collection, or documents handed in with
the question. It does not know which of the two it has, and does not read the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Protocol

from rag.bilingual import Rendering, renderings
from rag.evidence import Evidence, places_in, weigh
from rag.lexical import Clause, LexicalIndex
from rag.neighbours import Pairs, neighbours, together
from rag.profile import Retrieval
from rag.question import Question
from rag.rank import RERANK, Ranking, Signs, fuse, ranks
from rag.rows import StoredChunk
from rag.types import Passage, Span, TrailStep

# How much each lexical field counts beside the morphemes.
_BIGRAM_WEIGHT, _TITLE_WEIGHT = 0.35, 0.4
_OTHER_LANGUAGE = 0.5  # of a rendering beside the word itself
_FULL_WEIGHT = 10.0  # nats, those of a word never seen; BM25 has only the rarity in the collection
_RERANKED = 20  # fused candidates that are read sentence by sentence


class Dense(Protocol):
    """A dense index: see `rag.vectors.VectorIndex.search`."""

    def search(
        self, collection: str, vector: Sequence[float], k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is searched. `chunks` fetches chunks by id and leaves out those that are gone;
    `text_at` reads what a document has at a span, None when it is gone; `glosses` tells what
    the documents themselves write instead of a name (`rag.gloss`); `rerank` scores texts for a
    question, if the profile names a model that does; `leads` gives the first chunk of every
    document, or of those that these chunks are of."""

    collection: str
    dense: Dense
    lexical: LexicalIndex
    chunks: Callable[[Sequence[str]], dict[str, StoredChunk]]
    text_at: Callable[[str, Span], str | None]
    glosses: Callable[[Sequence[str]], Mapping[str, Sequence[str]]]
    leads: Callable[[Sequence[str] | None], Sequence[str]]
    rerank: Callable[[str, Sequence[str]], Sequence[float]] | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages kept, best first, each with its evidence, and the trail of all
    candidates."""

    passages: tuple[Passage, ...]
    evidence: tuple[tuple[Evidence, ...], ...]
    trail: tuple[TrailStep, ...]


def retrieve(
    question: Question,
    embed: Callable[[str], Sequence[float]],
    corpus: Corpus,
    settings: Retrieval,
    top_k: int,
    among: Sequence[str] | None = None,
    *,
    explain: bool = False,
) -> Retrieved:
    """Search, fuse, rerank, and keep `top_k` passages; `among` restricts to these chunk ids. The
    trail is only written down when it is wanted."""
    depth = max(settings.candidates, top_k)
    vector = embed(question.subject)
    translated = renderings(question, corpus.glosses)
    rankings: dict[str, Ranking] = {
        "dense": corpus.dense.search(corpus.collection, vector, depth, among),
        "lexical": corpus.lexical.search(
            corpus.collection, _lexical_query(question, translated), depth, among
        ),
    }
    weights = {"dense": settings.dense_weight, "lexical": settings.lexical_weight}
    fused = fuse(rankings, weights, settings.rrf_k)
    read = fused[: max(_RERANKED, top_k)]
    chunks = corpus.chunks([chunk_id for chunk_id, _ in read])
    evidence = {key: tuple(weigh(question, chunk, translated)) for key, chunk in chunks.items()}
    similar = _behind_the_nearest(rankings["dense"])
    pairs, counts = neighbours(question), RERANK[question.language]
    reranked = sorted(
        (
            (
                key,
                _signs(pairs, evidence[key], score, similar(key)).score(counts),
            )
            for key, score in read
            if key in chunks
        ),
        key=lambda item: (-item[1], item[0]),
    )
    if corpus.rerank is not None:
        reranked = _reread(corpus.rerank, question.text, reranked, chunks)
    kept = reranked[:top_k]
    places = {name: ranks(ranking) for name, ranking in rankings.items()}
    places["rerank"] = ranks(reranked)
    return Retrieved(
        passages=tuple(passage_of(chunks[key], score, places) for key, score in kept),
        evidence=tuple(evidence[key] for key, _ in kept),
        trail=_trail({**rankings, "fused": fused, "rerank": reranked}, len(kept))
        if explain
        else (),
    )


def _lexical_query(
    question: Question, translated: Mapping[str, Sequence[Rendering]]
) -> list[list[Clause]]:
    """A group for each word: itself, or what it may be in the other language; then the bigrams."""
    groups = []
    for term in question.terms:
        weight = min(1.0, term.weight / _FULL_WEIGHT)
        group = [
            Clause("morpheme", (term.key,), weight),
        ]
        group += [
            Clause("form" if r.form else "morpheme", r.keys, _OTHER_LANGUAGE * r.weight * weight)
            for r in translated.get(term.key, ())
        ]
        groups.append(group)
        groups.append([Clause("title", (term.key,), _TITLE_WEIGHT * weight)])
    groups += [[Clause("bigram", (pair,), _BIGRAM_WEIGHT)] for pair in question.bigrams]
    return groups


def _signs(pairs: Pairs, evidence: Sequence[Evidence], fused: float, similar: float) -> Signs:
    """Of the relevance of a passage, by what its sentences hold of the question."""
    if not evidence:
        return Signs(fused, 0.0, 0.0, 0.0, 0.0, 0.0, similar)
    best, second = nlargest(2, (0.0, *(e.coverage for e in evidence)))
    near, _ = together(pairs, places_in(evidence[0].chunk))
    return Signs(
        fused=fused,
        sentence=best,
        second=second,
        inside=max(e.inside for e in evidence),
        passage=evidence[0].chunk_inside,
        together=near / max(1, len(pairs)),
        similar=similar,
    )


def _behind_the_nearest(dense: Ranking) -> Callable[[str], float]:
    """Similarity to the question beside that of the most similar chunk: 1 for that one, less by
    the difference for the others. What is not in the list is as far as its end."""
    if not dense:
        return lambda _: 0.0
    scores, best, last = dict(dense), dense[0][1], dense[-1][1]
    return lambda key: 1.0 + scores.get(key, last) - best


def _reread(
    rerank: Callable[[str, Sequence[str]], Sequence[float]],
    question: str,
    ranking: Ranking,
    chunks: Mapping[str, StoredChunk],
) -> list[tuple[str, float]]:
    """The same chunks in the order of a model that reads each with the question, with its scores
    brought to 0 to 1."""
    keys = [key for key, _ in ranking]
    scores = rerank(question, [chunks[key].chunk.text for key in keys])
    if any(not 0 <= score <= 1 for score in scores):
        scores = [0.5 + 0.5 * math.tanh(score / 2) for score in scores]  # they were logits
    return sorted(zip(keys, scores, strict=True), key=lambda item: (-item[1], item[0]))


def passage_of(
    stored: StoredChunk, score: float, places: Mapping[str, Mapping[str, int]]
) -> Passage:
    """A chunk as a passage with its score and, by stage, the ranks of chunks."""
    chunk = stored.chunk
    return Passage(
        document_id=chunk.document_id,
        chunk_id=chunk.id,
        title=stored.title,
        source=stored.source,
        text=chunk.text,
        span=chunk.span,
        score=round(score, 4),
        ranks={name: table[chunk.id] for name, table in places.items() if chunk.id in table},
    )


def _trail(stages: Mapping[str, Ranking], kept: int) -> tuple[TrailStep, ...]:
    """What every stage made of every candidate; a candidate that a stage dropped is not in the
    next one."""
    names = list(stages)
    after = {
        name: {key for key, _ in stages[names[min(i + 1, len(names) - 1)]]}
        for i, name in enumerate(names)
    }
    after["dense"] = {key for key, _ in stages["fused"]}  # not what the lexical search found
    return tuple(
        TrailStep(
            stage=name,
            chunk_id=key,
            rank=rank,
            score=round(float(score), 4),
            kept=rank <= kept if name == names[-1] else key in after[name],
        )
        for name, ranking in stages.items()
        for rank, (key, score) in enumerate(ranking, start=1)
    )
