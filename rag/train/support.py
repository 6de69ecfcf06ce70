"""Make `rag/weights/support.npz`: how likely evidence with certain features carries a sentence.

    python -m rag.train.support TRAIN_FOLDER [--eval EVAL_FOLDER]

Learned from pairs of premise and claim that people labelled (`verify_*.jsonl`), and from pairs
made of parallel sentences: a sentence among its neighbours is supported by them, one with a fact
changed (`rag.train.altering`) is not. Premises, with all claims on them, stay within one fold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embed import StaticEmbedding, embed_texts
from rag.features import FEATURES, features_of
from rag.resources import weights
from rag.statement import Words, state
from rag.support import Judge
from rag.train.altering import KINDS, alter, names_of, shortened
from rag.train.boosting import learn
from rag.trees import save
from rag.verify import Pool, Source, clean_text, verify

ROUNDS = 300
_CONTEXT = 2  # sentences on each side of the one that is claimed
_FAR = 97  # sentences away, where another article is
_RESAMPLES = 1000
_SIGNS = {
    "hard": 1, "soft": 1, "hard_union": 1, "soft_union": 1, "lost_most": -1, "lost_union": -1,
    "figures_missing": -1, "figures_missing_union": -1, "names_missing": -1,
    "names_missing_union": -1, "negations_turned": -1, "directions_turned": -1,
    "times_turned": -1, "common": 1,
}  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim with its evidence. `group` is what must not be learned from and judged at once."""

    claim: str
    evidence: str
    supported: bool
    group: str
    kind: str


def labelled(folder: Path) -> Iterator[Pair]:
    """The pairs that people labelled."""
    for file in sorted(folder.glob("verify_*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            evidence = row.get("premise") or "\n\n".join(row["evidence_sentences"])
            supported = row.get("label") in ("entailment", "supported")
            yield Pair(row["claim"], evidence, supported, evidence[:200], file.stem)


def made(folder: Path, random: Random) -> Iterator[Pair]:
    """Pairs out of parallel sentences, in each language: the sentence or part of it, the same with
    a fact changed, and one from elsewhere."""
    for file in sorted(folder.glob("*parallel_sents.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for language in ("ko", "en"):
            sentences = [row[language] for row in rows]
            others = sorted({name for s in sentences[:400] for name in names_of(s)})
            for number, sentence in enumerate(sentences):
                around = sentences[max(number - _CONTEXT, 0) : number + _CONTEXT + 1]
                group, evidence = f"{file.stem} {number}", "\n".join(around)
                claim = shortened(sentence) if number % 4 else sentence
                yield Pair(claim, evidence, True, group, "made")
                changed = alter(claim, random.choice(KINDS), others, random)
                if changed is not None:
                    yield Pair(changed, evidence, False, group, "made")
                elsewhere = sentences[(number + _FAR) % len(sentences)]
                yield Pair(elsewhere, evidence, False, group, "made")


def rows_of(pairs: Sequence[Pair], words: Words) -> Floats:
    """The features of each pair; shape (len(pairs), len(FEATURES))."""
    out = np.zeros((len(pairs), len(FEATURES)))
    for row, pair in zip(out, pairs, strict=True):
        claim, pool = state([pair.claim])[0], Pool([Source(0, pair.evidence)])
        runs = [pool.statements[a : b + 1] for a, b in pool.runs_for(claim)]
        row[:] = features_of(claim, runs or [pool.statements[:1]], words)[1]
    return out


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
    embedder = StaticEmbedding()
    words = Words(lambda texts: embed_texts(embedder, texts))
    pairs = [*labelled(folder), *made(folder, Random(0))]
    rows, labels = rows_of(pairs, words), np.array([p.supported for p in pairs], float)
    kinds = np.array([p.kind for p in pairs])
    groups = np.unique([p.group for p in pairs], return_inverse=True)[1]
    # Both labels weigh the same in each kind of pair, so that one half is where they balance.
    importance = np.zeros(len(pairs))
    for kind in np.unique(kinds):
        for label in (0, 1):
            chosen = (kinds == kind) & (labels == label)
            importance[chosen] = np.sqrt(np.sum(kinds == kind)) / chosen.sum()
    importance *= len(pairs) / importance.sum()
    trees, unseen = learn(rows, labels, importance, groups, FEATURES, _SIGNS, ROUNDS)
    for kind in np.unique(kinds):
        print(f"{kind}, 5-fold: {interval(unseen[kinds == kind], labels[kinds == kind])}")
    save(trees, weights("support.npz"))
    print(weights("support.npz").stat().st_size, "bytes")
    if evaluation is not None:
        _evaluate(evaluation, Judge(words.embed))


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
