"""What a Korean claim says in words that its evidence does not have: two learned likelihoods.

One by the morphemes themselves, endings and particles too, that stand in the claim alone (만, 못,
처음 seldom come in harmlessly); one by what the missing content words mean beside the words that
come nearest. Both are linear, and say how such claims usually fare; they do not know what is said.
For a claim in another script both are 0: nothing was learned for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.statement import Statement, Words
from rag.types import Span

Floats = NDArray[np.float64]
FEATURES = ["lost_morphemes", "lost_meanings"]
PLACES = 1 << 15
"""How many places the morphemes are hashed to."""
_MOST_OF_A_KIND = 4
_NEAR = 0.8  # what a word of like meaning counts beside the same word


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """Weights of morphemes by their place, shape (PLACES,), and of the numbers that `meanings`
    gives; `offsets` are added to the two sums."""

    morphemes: Floats
    meanings: Floats
    offsets: tuple[float, float]

    def __call__(self, claim: Statement, run: Sequence[Statement], words: Words) -> list[float]:
        """The log odds of support, in the order of `FEATURES`."""
        if not claim.hangul:
            return [0.0, 0.0]
        by_morpheme = float(self.morphemes[list(morphemes(claim, run))].sum())
        by_meaning = float(self.meanings @ meanings(claim, run, words))
        return [by_morpheme + self.offsets[0], by_meaning + self.offsets[1]]


def morphemes(claim: Statement, run: Sequence[Statement]) -> frozenset[int]:
    """The places of the morphemes that only the claim has, and of how many of each tag."""
    theirs = frozenset(form for s in run for form in _forms(s))
    carried = _carried(claim, run)
    mine = _forms(claim)
    alone = [
        form
        for form, token in zip(mine, claim.tokens, strict=True)
        if form not in theirs and not any(span.start <= token.start < span.end for span in carried)
    ]
    tags = Counter(form.rpartition("/")[2] for form in alone)
    names = {f"u:{form}" for form in alone} | {
        f"ut:{tag}{min(tags[tag], _MOST_OF_A_KIND)}"
        for tag in {form.rpartition("/")[2] for form in mine}
    }
    return frozenset(crc32(name.encode()) % PLACES for name in names)


def _carried(claim: Statement, run: Sequence[Statement]) -> list[Span]:
    """Figures that the evidence has, however it writes them."""
    theirs = [figure for s in run for figure in s.facts.figures]
    return [f.span for f in claim.facts.figures if any(f.follows_from(other) for other in theirs)]


def _forms(statement: Statement) -> list[str]:
    tags = (token.tag.split("-")[0] for token in statement.tokens)
    return [f"{surface}/{tag}" for surface, tag in zip(statement.surfaces, tags, strict=True)]


def meanings(claim: Statement, run: Sequence[Statement], words: Words) -> Floats:
    """The vectors of the missing words, their products with those of the words that come nearest,
    and the differences; each summed by rarity and by how far the nearest is. Shape (3 * d,)."""
    keys, theirs = list(claim.terms), list(dict.fromkeys(k for s in run for k in s.terms))
    if not keys or not theirs:
        return np.zeros(3 * words(["물"]).shape[1])
    mine, others = words(keys), words(theirs)
    alike = np.clip(mine @ others.T, 0, 1)
    carried = _carried(claim, run)
    counted = [k in claim.counted and claim.counted[k].span in carried for k in keys]
    held = np.isin(keys, theirs) | counted
    missed = np.where(held, 0.0, 1 - _NEAR * alike.max(axis=1))
    share = np.array(list(claim.terms.values())) * missed
    nearest = others[alike.argmax(axis=1)]
    sums = [share @ mine, share @ (mine * nearest), share @ np.abs(mine - nearest)]
    return np.concatenate(sums).astype(np.float64)


def save(lost: Lost, path: Path) -> None:
    """Write to an .npz file."""
    np.savez_compressed(
        path,
        morphemes=lost.morphemes.astype(np.float16),
        meanings=lost.meanings.astype(np.float32),
        offsets=np.array(lost.offsets),
    )


def load(path: Path) -> Lost:
    """Read what `save` wrote."""
    with np.load(path) as stored:
        one, two = stored["offsets"].tolist()
        morphemes, meanings = (stored[n].astype(np.float64) for n in ("morphemes", "meanings"))
        return Lost(morphemes, meanings, (one, two))
