"""What a claim and its evidence have in common and what not, as numbers to learn from.

Content covered, word for word or by a word alike; the facts that the claim states and the evidence
does not, or the other way round; words with which it says more; the order and the roles of terms.
It does not know how much any of them matters: that is learned (`rag.train.support`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rag.alignment import FEATURES as ALIGNED
from rag.alignment import aligned
from rag.clauses import exchanged, negations_turned, sides_turned
from rag.facts import is_time
from rag.statement import (
    Floats,
    Statement,
    Words,
    best_run,
    crosses,
    laid_beside,
    matches,
    rendered,
)
from rag.text.morphemes import has_hangul
from rag.types import Span

_LATIN = re.compile("[a-z]{2}")
_HELD = 0.9  # a match at least this sure is the same word
# Words with which a claim says more than its evidence, by what they say: all or none, a degree, a
# comparison or a cause; and words with which it says less.
_ABSOLUTE = frozenset(
    "모든 모두 항상 언제나 만 유일 최초 처음 절대 전혀 매번 늘 아무 누구 반드시 오직 전부 전체 "
    "완전히 뿐 밖에 "
    "all every always only first never any each entire sole unique must everyone nobody".split()
)
_DEGREE = frozenset(
    "가장 최고 최대 더 보다 매우 너무 아주 훨씬 더욱 많이 제일 때문 어서 아서 도록 "
    "most best very more than because due therefore too much better worse".split()
)
_HEDGES = frozenset(
    "수 일부 정도 아마 아마도 듯 예정 계획 전망 가능 예상 추정 거의 "
    "may might could plan expect likely possibly perhaps some almost reportedly would if".split()
)


@dataclass(frozen=True)
class Gaps:
    """What a claim states that its evidence does not: counts, each over one run of sentences."""

    numbers: int
    dates: int
    names: int
    negations: int
    directions: int
    times: int


def gaps(claim: Statement, run: Sequence[Statement]) -> Gaps:
    """Compare the facts of a claim with those of a run."""
    theirs = [figure for s in run for figure in s.facts.figures]
    lost = [f for f in claim.facts.figures if not any(f.follows_from(other) for other in theirs)]
    text = " ".join(s.lower for s in run)
    keys = frozenset(k for s in run for k in s.terms)
    across = crosses(claim, run)
    named = [
        span
        for span in claim.facts.names
        if not (
            _named(claim, span, text, keys)
            or (_heard(claim, span, run) if across else not _readable(span.of(claim.lower), text))
        )
    ]
    turned = sides_turned(claim, run)
    dates = sum(f.is_date for f in lost)
    return Gaps(
        len(lost) - dates,
        dates,
        len(named),
        negations_turned(claim, run),
        sum(not is_time(d) for d in turned),
        sum(is_time(d) for d in turned),
    )


def _readable(name: str, text: str) -> bool:
    """Whether the evidence has words in the script of the name; else it may be written there in
    another one, which cannot be told from here."""
    return has_hangul(text) if has_hangul(name) else _LATIN.search(text) is not None


def _named(claim: Statement, span: Span, text: str, keys: frozenset[str]) -> bool:
    """Whether a name, or at least half of its words, stands in the evidence."""
    parts = [t for t in claim.tokens if span.start <= t.start and t.end <= span.end and t.key]
    held = [p for p in parts if p.key in keys or claim.lower[p.start : p.end] in text]
    return 2 * len(held) >= len(parts)


def _heard(claim: Statement, span: Span, run: Sequence[Statement]) -> bool:
    """Whether a name may stand in the evidence in its other script. Where all of that is in the
    other script, one that cannot be rendered may: its spelling there is anyone's guess."""
    parts = [t.key for t in claim.tokens if span.start <= t.start and t.end <= span.end and t.key]
    if any(True for part in parts for _ in rendered(claim, part, run)):
        return True
    known = any(not r.form for part in parts for r in claim.renderings.get(part, ()))
    return not known and all(s.hangul != claim.hangul for s in run)


def features_of(
    claim: Statement, runs: Sequence[Sequence[Statement]], words: Words
) -> tuple[int, list[float]]:
    """The number of the run that covers the claim best, and the features in the order of
    `FEATURES`: those of that run, and some of all runs together (`_union`)."""
    union = list(dict.fromkeys(s for run in runs for s in run))
    held = matches(claim, union, words)
    best = best_run(claim, runs, held)
    run = runs[best]
    named = _covered(claim, run, held) | _stated(claim, run, union)
    named |= _worded(claim, run) | {"cosine": _cosine(claim, run, words)}
    named |= aligned(claim, run, words)
    named |= {"across": crosses(claim, run), "exchanged": exchanged(claim, run)}
    return best, [named[name] for name in FEATURES]


FEATURES = (
    "hard soft hard_union soft_union lost_most lost_second lost_union unmatched words verbs "
    "verb_least nouns noun_least last sibling siblings count figures_missing "
    "figures_missing_union figures names_missing names_missing_union names negations_turned "
    "negations negations_evidence directions_turned times_turned absolute degree hedges "
    "hedges_evidence roles_other roles_same order bigrams length reverse written common longest "
    "cosine across exchanged"
).split() + ALIGNED


def _covered(
    claim: Statement, run: Sequence[Statement], held: Mapping[Statement, Floats]
) -> dict[str, float]:
    """How much of the content is there, by rarity, and what of it is not."""
    keys = list(claim.terms) or [""]
    rare = np.array([claim.terms.get(key, 0.0) for key in keys])
    total = float(rare.sum()) or 1.0
    near = np.max([held[s] for s in run], axis=0) if claim.terms else np.zeros(1)
    far = np.max(list(held.values()), axis=0) if claim.terms else near
    lost = np.sort(rare * (1 - near))[::-1]
    verbs = near[[i for i, key in enumerate(keys) if key in claim.predicates]]
    nouns = near[[i for i, key in enumerate(keys) if key not in claim.predicates]]
    return {
        "hard": float(rare[near >= _HELD].sum()) / total,
        "soft": float((rare * near).sum()) / total,
        "hard_union": float(rare[far >= _HELD].sum()) / total,
        "soft_union": float((rare * far).sum()) / total,
        "lost_most": float(lost[0]),
        "lost_second": float(lost[1]) if len(lost) > 1 else 0.0,
        "lost_union": float((rare * (1 - far)).max()),
        "unmatched": float((near < 0.5).sum()),
        "words": float(len(claim.terms)),
        "verbs": float(verbs.mean()) if len(verbs) else -1.0,
        "verb_least": float(verbs.min()) if len(verbs) else -1.0,
        "nouns": float(nouns.mean()) if len(nouns) else -1.0,
        "noun_least": float(nouns.min()) if len(nouns) else -1.0,
        "last": float(near[-1]),
        # The likeness of the word that is missed most, and how many words are merely alike:
        # spring for summer contradicts more often than it supports.
        "sibling": float(near[int(np.argmax(rare * (1 - near)))]),
        "siblings": float(((near > 0.3) & (near < 0.8)).sum()),
        "count": float((near >= _HELD).mean()),
    }


def _stated(
    claim: Statement, run: Sequence[Statement], union: Sequence[Statement]
) -> dict[str, float]:
    """Facts that are stated on one side alone, and words with which the claim says more."""
    here, there = gaps(claim, run), gaps(claim, union)
    mine = frozenset(claim.surfaces)
    theirs = frozenset(w for s in run for w in s.surfaces)
    return {
        "figures_missing": here.numbers + here.dates,
        "figures_missing_union": there.numbers + there.dates,
        "figures": len(claim.facts.figures),
        "names_missing": here.names,
        "names_missing_union": there.names,
        "names": len(claim.facts.names),
        "negations_turned": here.negations,
        "negations": claim.facts.negations,
        "negations_evidence": sum(s.facts.negations for s in run),
        "directions_turned": here.directions,
        "times_turned": here.times,
        "absolute": len((mine - theirs) & _ABSOLUTE),
        "degree": len((mine - theirs) & _DEGREE),
        "hedges": len((mine - theirs) & _HEDGES),
        "hedges_evidence": len((theirs - mine) & _HEDGES),
    }


def _worded(claim: Statement, run: Sequence[Statement]) -> dict[str, float]:
    """Roles and order of the terms, and how alike the two are letter by letter."""
    roles: dict[str, str] = {}
    for s in run:
        roles |= s.roles
    both = [(role, roles[key]) for key, role in claim.roles.items() if key in roles]
    order = [t.key for s in run for t in s.tokens if t.key]
    places = [order.index(key) for key in claim.terms if key in order]
    bigrams = frozenset().union(*(s.bigrams for s in run))
    surfaces = [w for s in run for w in s.surfaces]
    blocks = laid_beside(claim.surfaces, surfaces).get_matching_blocks()
    shared = sum(w for key, w in claim.terms.items() if any(key in s.terms for s in run))
    size = max(1, len(claim.surfaces))
    return {
        "roles_other": sum(a != b for a, b in both),
        "roles_same": sum(a == b for a, b in both),
        "order": sum(b > a for a, b in pairwise(places)) / max(1, len(places) - 1),
        "bigrams": len(claim.bigrams & bigrams) / max(1, len(claim.bigrams)),
        "length": len(order) / max(1, len(claim.terms)),
        "reverse": shared / (sum(sum(s.terms.values()) for s in run) or 1.0),
        "written": sum(w in set(surfaces) for w in claim.surfaces) / size,
        "common": sum(b.size for b in blocks) / size,
        "longest": max((b.size for b in blocks), default=0) / size,
    }


def _cosine(claim: Statement, run: Sequence[Statement], words: Words) -> float:
    theirs: dict[str, float] = {}
    for s in run:
        theirs |= s.terms
    if not theirs or not claim.terms:
        return 0.0
    one = np.array(list(claim.terms.values())) @ words(list(claim.terms))
    two = np.array(list(theirs.values())) @ words(list(theirs))
    return float(one @ two / max(float(np.linalg.norm(one) * np.linalg.norm(two)), 1e-9))
