"""A sentence as it is compared with others: analysed once, its words as vectors.

Words match when they are the same, when one is written inside the other's text though cut or
inflected differently, when one may be rendered by the other across languages (`rag.bilingual`), or,
in part, when their vectors are near. It does not know claims from evidence, and not whether a match
means anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.bilingual import Rendering, forms_of, renderings
from rag.facts import Facts, facts
from rag.figures import Figure
from rag.question import understand
from rag.text.morphemes import Token, analyse_many, bigrams, has_hangul
from rag.text.rarity import rarity

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Vectors]
_ALIKE = 0.8  # what a word of the same meaning counts beside the same word
_WRITTEN = 0.9
_RENDERED = (0.6, 0.35)  # of the likeliest and the least likely rendering: the base, what is added
_MOST_PAIRS = 30_000  # of like words; a page of news beside three has some 3,500
_SAME_SIDE = 0.85  # 오르다 for 상승하다
_LOOSE = frozenset("남성 최고 좋다 국내 같다 작년 어제 봄 last".split())  # a father is no son
_NO_SIDES: frozenset[tuple[str, str]] = frozenset()
_MOST_WORDS = 50_000
# Words for a sign that is no word, or written as one.
_UNITS = frozenset(
    "퍼센트 프로 percent 미터 metr meter 킬로미터 km kilomet kilometr 센티미터 cm centimet "
    "centimetr 밀리미터 mm millimet millimetr 킬로그램 kg kilogram".split()
) | {""}
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
    def hangul(self) -> bool:
        return has_hangul(self.text)

    @cached_property
    def renderings(self) -> Mapping[str, tuple[Rendering, ...]]:
        """How its words may read in the other language."""
        return renderings(understand(self.text), lambda _: {})

    @cached_property
    def sounds(self) -> frozenset[str]:
        """The skeletons of its names, as renderings have them."""
        return frozenset(forms_of(self.tokens, self.text))

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
    def sides(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """The sides that the keys take, in dimensions where words of one side mean alike."""
        found: dict[str, set[tuple[str, str]]] = {}
        for number, dimension, side in self.facts.directed:
            if dimension not in _LOOSE:
                found.setdefault(self.tokens[number].key, set()).add((dimension, side))
        return {key: frozenset(sides) for key, sides in found.items() if key}

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


def matches(
    claim: Statement, sentences: Sequence[Statement], words: Words
) -> dict[Statement, Floats]:
    """For each sentence how surely it holds each content word of the claim, 0 to 1; a run of
    sentences holds a word as surely as the best of them."""
    keys = list(claim.terms)
    column = {key: i for i, key in enumerate(dict.fromkeys(k for s in sentences for k in s.terms))}
    if not column or not keys:
        return {s: np.zeros(len(keys)) for s in sentences}
    alike = np.clip(words(keys) @ words(list(column)).T, 0, 1) * _ALIKE
    return {s: _matched(claim, s, alike[:, [column[k] for k in s.terms]]) for s in sentences}


def _matched(claim: Statement, sentence: Statement, alike: Vectors) -> Floats:
    """`alike` has shape (terms of the claim, terms of the sentence)."""
    out: Floats = alike.max(axis=1, initial=0.0).astype(np.float64)
    sides = frozenset[tuple[str, str]]().union(*sentence.sides.values())
    across = sentence.hangul != claim.hangul
    for i, key in enumerate(claim.terms):
        if key in claim.counted:
            # 28 is like 29 to vectors, and 스물여덟 is not like 28.
            agreeing = map(claim.counted[key].follows_from, sentence.facts.figures)
            out[i] = float(any(agreeing))
        elif key in sentence.terms:
            out[i] = 1.0
        elif across:
            out[i] = max([out[i], *(sure for sure, _ in rendered(claim, key, [sentence]))])
        elif _written(key, sentence.lower):
            out[i] = max(out[i], _WRITTEN)
        elif claim.sides.get(key, _NO_SIDES) & sides:
            out[i] = max(out[i], _SAME_SIDE)
    return out


def laid_beside(claim: Sequence[str], evidence: Sequence[str]) -> SequenceMatcher[str]:
    """Words of a claim and of its evidence, to be asked for what both have in the same order. Where
    nearly all of them are alike ("3%3%3%"), the commonest begin no match, as there are too many."""
    times = Counter(evidence)
    return SequenceMatcher(
        None, claim, evidence, autojunk=sum(times[word] for word in claim) > _MOST_PAIRS
    )


def crosses(claim: Statement, run: Sequence[Statement]) -> bool:
    """Whether some of the run is in the other script."""
    return any(s.hangul != claim.hangul for s in run)


def rendered(
    claim: Statement, key: str, run: Sequence[Statement]
) -> Iterator[tuple[float, tuple[str, ...]]]:
    """How surely (0 to 1) each rendering of a word stands in the run, and its keys there, none for
    one that is only heard."""
    for option in claim.renderings.get(key, ()):
        if option.form:
            if any(option.keys[0] in s.sounds for s in run):
                yield option.weight, ()
        elif any(all(k in s.terms for k in option.keys) for s in run):
            yield _RENDERED[0] + _RENDERED[1] * option.weight, option.keys


def _written(key: str, text: str) -> bool:
    """Whether a word stands there though it was cut or inflected differently."""
    if has_hangul(key):
        stem = key.removesuffix("다") if len(key) > 2 else key
        return len(stem) > 1 and stem in text
    return len(key) > 4 and not key.isdigit() and key[:-1] in text


def best_run(
    claim: Statement, runs: Sequence[Sequence[Statement]], held: Mapping[Statement, Floats]
) -> int:
    """The run that covers most of the claim, by what `matches` gave; a longer one only when it
    covers clearly more."""
    rare = np.array(list(claim.terms.values()))
    total = float(rare.sum()) or 1.0

    def value(run: Sequence[Statement]) -> float:
        near = np.max([held[s] for s in run], axis=0)
        return float((rare * near).sum()) / total - _LONGER * len(run)

    return max(range(len(runs)), key=lambda i: value(runs[i]))
