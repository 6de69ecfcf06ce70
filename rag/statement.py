"""A sentence as it is compared with others: analysed once, its words as vectors.

Words match when they are the same, when one is written inside the other's text though cut or
inflected differently, or, in part, when their vectors are near. It does not know claims from
evidence, and not whether a match means anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.facts import Facts, facts
from rag.figures import Figure
from rag.text.morphemes import Token, analyse_many, bigrams, has_hangul
from rag.text.rarity import rarity

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Vectors]
_ALIKE = 0.8  # what a word of the same meaning counts beside the same word
_WRITTEN = 0.9
_MOST_WORDS = 50_000
_UNITS = ("", "퍼센트", "프로", "percent")  # words for a sign that is no word
_LONGER = 0.05  # what a run must cover more for each further sentence


@dataclass(frozen=True, eq=False)
class Statement:
    """A sentence with its tokens, and its content words by rarity."""

    text: str
    tokens: tuple[Token, ...]
    terms: Mapping[str, float]

    @cached_property
    def facts(self) -> Facts:
        return facts(self.text, self.tokens)

    @cached_property
    def lower(self) -> str:
        return self.text.lower()

    @cached_property
    def bigrams(self) -> frozenset[str]:
        if has_hangul(self.text):
            return frozenset(bigrams(self.text))
        words = [t.key for t in self.tokens if t.key]
        return frozenset(map(" ".join, pairwise(words)))

    @cached_property
    def surfaces(self) -> tuple[str, ...]:
        return tuple(self.lower[t.start : t.end] for t in self.tokens)

    @cached_property
    def counted(self) -> Mapping[str, Figure]:
        """The figure that a key is part of."""
        return {
            token.key: figure
            for token in self.tokens
            if token.key and (token.is_number or not token.is_name)
            for figure in self.facts.figures
            if figure.span.start <= token.start and token.end <= figure.span.end
        }

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The verbs and adjectives, and the nouns that 하다 or the like makes into them."""
        after = [*self.tokens[1:], None]
        return frozenset(
            token.key
            for token, following in zip(self.tokens, after, strict=True)
            if token.key
            and (
                token.tag.startswith(("VV", "VA"))
                or (following is not None and following.tag.startswith(("XSV", "XSA", "VCP")))
            )
        )

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """The particle that follows each noun: 가 for a subject, 를 for an object."""
        out = {}
        for token, following in pairwise(self.tokens):
            if token.key and following.tag in ("JKS", "JKO", "JKB", "JKG", "JX"):
                out[token.key] = following.tag
        return out


def state(texts: Sequence[str]) -> list[Statement]:
    """Analyse sentences."""
    return [
        Statement(text, tokens, {t.key: rarity(t.key) for t in tokens if t.key not in _UNITS})
        for text, tokens in zip(texts, analyse_many(texts), strict=True)
    ]


class Words:
    """Vectors of single words, each made once."""

    def __init__(self, embed: Embed) -> None:
        self.embed = embed
        self._rows: dict[str, Vectors] = {}

    def __call__(self, words: Sequence[str]) -> Vectors:
        rows = self._rows
        missing = [w for w in dict.fromkeys(words) if w not in rows]
        if missing:
            if len(rows) > _MOST_WORDS:  # begun anew, as other threads may be reading the old ones
                rows = {w: rows[w] for w in words if w in rows}
            rows.update(zip(missing, self.embed(missing), strict=True))
            self._rows = rows
        return np.stack([rows[w] for w in words])


def matches(claim: Statement, run: Sequence[Statement], words: Words) -> Floats:
    """For each content word of the claim how surely the run holds it, 0 to 1."""
    keys = list(claim.terms)
    theirs = list(dict.fromkeys(k for s in run for k in s.terms))
    if not theirs or not keys:
        return np.zeros(len(keys))
    alike = np.clip(words(keys) @ words(theirs).T, 0, 1).max(axis=1) * _ALIKE
    text = " ".join(s.lower for s in run)
    figures = [figure for s in run for figure in s.facts.figures]
    for i, key in enumerate(keys):
        if key in claim.counted:
            # 28 is like 29 to vectors, and 스물여덟 is not like 28.
            alike[i] = float(any(claim.counted[key].agrees(f) for f in figures))
        elif key in theirs:
            alike[i] = 1.0
        elif _written(key, text):
            alike[i] = max(alike[i], _WRITTEN)
    out: Floats = alike.astype(np.float64)
    return out


def _written(key: str, text: str) -> bool:
    """Whether a word stands there though it was cut or inflected differently."""
    if has_hangul(key):
        stem = key.removesuffix("다") if len(key) > 2 else key
        return len(stem) > 1 and stem in text
    return len(key) > 4 and not key.isdigit() and key[:-1] in text


def best_run(claim: Statement, runs: Sequence[Sequence[Statement]], words: Words) -> int:
    """The run that covers most of the claim; a longer one only when it covers clearly more."""
    rare = np.array(list(claim.terms.values()))
    total = float(rare.sum()) or 1.0

    def value(run: Sequence[Statement]) -> float:
        return float((rare * matches(claim, run, words)).sum()) / total - _LONGER * len(run)

    return max(range(len(runs)), key=lambda i: value(runs[i]))
