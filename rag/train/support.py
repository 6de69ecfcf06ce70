"""Make `support.npz` and `support_lost.npz` in `rag/weights`: how likely evidence with certain
features carries a sentence.

    python -m rag.train.support TRAIN_FOLDER [--eval EVAL_FOLDER]

Learned from the pairs of `rag.train.pairs`. Premises, with all claims on them, stay in one fold.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from rag.embed import StaticEmbedding, embed_texts
from rag.features import FEATURES, features_of
from rag.lost import FEATURES as LOST
from rag.lost import Lost, meanings, morphemes
from rag.lost import save as save_lost
from rag.resources import weights
from rag.statement import Words, state
from rag.support import Judge
from rag.train.boosting import folds, learn
from rag.train.lost import learn as learn_lost
from rag.train.lost import onehot, scores
from rag.train.pairs import Pair, among, labelled, made
from rag.trees import save
from rag.verify import Pool, Source, clean_text, verify

ROUNDS = 500
# Pairs written in Korean weigh more than translated ones. Only these two have claims by people.
_WEIGHTS = {"verify_klue_nli_other": 2.0, "verify_xnli_ko": 1.0}
_SHARE = 0.3  # of the features, for each tree
_PART = 500
_RESAMPLES = 1000
_SIGNS = {
    "hard": 1, "soft": 1, "hard_union": 1, "soft_union": 1, "lost_most": -1, "lost_union": -1,
    "figures_missing": -1, "figures_missing_union": -1, "names_missing": -1,
    "names_missing_union": -1, "negations_turned": -1, "directions_turned": -1,
    "times_turned": -1, "common": 1, "lost_morphemes": 1, "lost_meanings": 1,
}  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What is learned from, for each of n pairs: the features, shape (n, len(FEATURES)), and what
    `rag.lost.morphemes` and `rag.lost.meanings` gave, the latter with shape (n, 3 * d)."""

    features: Floats
    morphemes: list[frozenset[int]]
    meanings: Floats
    korean: NDArray[np.bool_]


def all_rows(pairs: Sequence[Pair]) -> Rows:
    """Uses every core."""
    parts = [pairs[start : start + _PART] for start in range(0, len(pairs), _PART)]
    # Not forked: the analyser has threads of its own by now.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        rows = list(workers.map(rows_of, parts))
    return Rows(
        np.concatenate([r.features for r in rows]),
        [found for r in rows for found in r.morphemes],
        np.concatenate([r.meanings for r in rows]),
        np.concatenate([r.korean for r in rows]),
    )


@lru_cache(maxsize=1)
def _words() -> Words:
    embedder = StaticEmbedding()
    return Words(lambda texts: embed_texts(embedder, texts))


def rows_of(pairs: Sequence[Pair]) -> Rows:
    """As `all_rows`, one after another."""
    words = _words()
    features, places, vectors, korean = [], [], [], []
    for pair in pairs:
        claim, pool = state([pair.claim])[0], Pool([Source(0, pair.evidence)])
        runs = [pool.statements[a : b + 1] for a, b in pool.runs_for(claim)]
        runs = runs or [pool.statements[:1]]
        best, row = features_of(claim, runs, words)
        features.append(row)
        places.append(morphemes(claim, runs[best]))
        vectors.append(meanings(claim, runs[best], words))
        korean.append(claim.hangul)
    return Rows(np.array(features), places, np.array(vectors), np.array(korean))


def with_lost(
    rows: Rows, labels: Floats, kinds: NDArray[np.str_], groups: NDArray[np.int64]
) -> tuple[Lost, Floats]:
    """What is learned about missing words, and the features with, for each row, what was learned
    from other groups alone."""
    told = np.isin(kinds, list(_WEIGHTS))
    weights = np.array([_WEIGHTS.get(kind, 0.0) for kind in kinds])
    places = onehot(rows.morphemes)

    def learned(chosen: NDArray[np.bool_]) -> Lost:
        return learn_lost(places[chosen], rows.meanings[chosen], labels[chosen], weights[chosen])

    added = np.zeros((len(labels), len(LOST)))
    for held in folds(groups):
        lost = learned(told & ~held)
        added[held] = scores(lost, places[held], rows.meanings[held])
    added[~rows.korean] = 0
    return learned(told), np.concatenate([rows.features, added], axis=1)


def interval(scores: Floats, labels: Floats) -> str:
    """AUROC with its 95% bootstrap interval."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(labels), (_RESAMPLES, len(labels)))
    spread = np.quantile([_auroc(scores[i], labels[i]) for i in drawn], [0.025, 0.975])
    return f"AUROC {_auroc(scores, labels):.3f} [{spread[0]:.3f}, {spread[1]:.3f}]"


def _auroc(scores: Floats, labels: Floats) -> float:
    """How often a supported claim scores higher than another; half for ties."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    good = labels > 0.5
    n, m = int(good.sum()), int((~good).sum())
    return float((ranks[good].sum() - n * (n + 1) / 2) / max(n * m, 1))


def main(folder: Path, evaluation: Path | None) -> None:
    by_people = list(labelled(folder))
    pairs = [*by_people, *among(by_people, Random(0)), *made(folder, Random(0))]
    rows, labels = all_rows(pairs), np.array([p.supported for p in pairs], float)
    kinds = np.array([p.kind for p in pairs])
    groups = np.unique([p.group for p in pairs], return_inverse=True)[1]
    # Both labels weigh the same in each kind of pair, so that one half is where they balance.
    importance = np.zeros(len(pairs))
    for kind in np.unique(kinds):
        for label in (0, 1):
            chosen = (kinds == kind) & (labels == label)
            weight = _WEIGHTS.get(kind, 1.0) * np.sqrt(np.sum(kinds == kind))
            importance[chosen] = weight / chosen.sum()
    importance *= len(pairs) / importance.sum()
    lost, features = with_lost(rows, labels, kinds, groups)
    names = [*FEATURES, *LOST]
    trees, unseen = learn(features, labels, importance, groups, names, _SIGNS, ROUNDS, _SHARE)
    for kind in np.unique(kinds):
        print(f"{kind}, 5-fold: {interval(unseen[kinds == kind], labels[kinds == kind])}")
    save(trees, weights("support.npz"))
    save_lost(lost, weights("support_lost.npz"))
    for name in ("support.npz", "support_lost.npz"):
        print(name, weights(name).stat().st_size, "bytes")
    if evaluation is not None:
        _evaluate(evaluation, Judge(_words().embed))


def _evaluate(folder: Path, judge: Judge) -> None:
    pairs = list(labelled(folder))
    scores = [_support(pair, judge) for pair in pairs]
    for kind in sorted({p.kind for p in pairs}):
        chosen = [i for i, p in enumerate(pairs) if p.kind == kind]
        labels = np.array([pairs[i].supported for i in chosen], float)
        print(f"{kind}: {interval(np.array(scores)[chosen], labels)}")


def _support(pair: Pair, judge: Judge) -> float:
    pool = Pool([Source(0, pair.evidence)])
    return verify(clean_text(pair.claim), lambda _: pool, judge).support


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--eval", type=Path, dest="evaluation")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.evaluation)
