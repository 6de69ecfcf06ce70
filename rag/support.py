"""How well evidence carries a sentence: a learned score, with guards in front of it.

The score is that of boosted trees over `rag.features` and `rag.lost`. The guards know what no
score may outvote: a number, date or name that the evidence does not have, or a turned negation or
direction, makes a sentence unsupported whatever else it shares. It does not know the world, and no
inference that takes more than the words of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.clauses import exchanged
from rag.errors import StoreError
from rag.facts import is_time, negator, sides_of
from rag.features import FEATURES, features_of, gaps
from rag.lost import FEATURES as LOST
from rag.lost import load as load_lost
from rag.moods import generalised, meant_otherwise
from rag.resources import weights
from rag.statement import Embed, Statement, Words, laid_beside
from rag.text.morphemes import Token
from rag.trees import load
from rag.types import Span, Verdict, Why

_SUPPORTED, _PARTIAL = 0.5, 0.25
_RELATED = 0.25  # evidence that covers less is about something else
_VERBATIM = 0.98
_DOUBTFUL = 0.45  # the most for what the guards object to
_UNTOUCHED = 0.25  # a score below this is not lowered by them
_NEARLY_SAME = 0.6  # the share of common tokens above which two sentences are compared in place
_SMALL = 6  # tokens that one fact takes

Place = tuple[Statement, int]
"""A token by its number in a statement."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well the best run of evidence sentences, `run`, carries a claim (0 to 1)."""

    run: int
    support: float
    verdict: Verdict
    why: Why | None


class Judge:
    """Judges claims by their evidence. Keeps the vectors of the words that it has met."""

    def __init__(self, embed: Embed) -> None:
        self.words = Words(embed)
        self._lost = load_lost(weights("support_lost.npz"))
        self._trees = load(weights("support.npz"))
        if list(self._trees.names) != [*FEATURES, *LOST]:
            raise StoreError("The learned support and this program do not fit: install again.")

    def __call__(self, claim: Statement, runs: Sequence[Sequence[Statement]]) -> Judgement:
        best, row = features_of(claim, runs, self.words)
        lost = self._lost(claim, runs[best], self.words)
        score = float(self._trees.probability(np.array([[*row, *lost]]))[0])
        union = list(dict.fromkeys(s for run in runs for s in run))
        if meant_otherwise(claim, runs[best]) or generalised(claim, runs[best]):
            score = _doubted(score)
        return guarded(claim, runs[best], union, score, best, row[FEATURES.index("soft")])


def guarded(
    claim: Statement,
    run: Sequence[Statement],
    union: Sequence[Statement],
    score: float,
    number: int,
    covered: float,
) -> Judgement:
    """The judgement on a score after the guards, which press it below one half but keep the order
    of the scores. `covered` is the share of the claim that the run covers."""
    if _same_words(claim, run):
        return Judgement(number, max(score, _VERBATIM), "supported", None)
    if covered < _RELATED:
        return Judgement(number, min(score, covered), "unsupported", "no_evidence")
    why, turned = objection(claim, run, union)
    if why is not None:
        verdict: Verdict = "contradicted" if turned else "unsupported"
        return Judgement(number, _doubted(score), verdict, why)
    if score >= _SUPPORTED:
        return Judgement(number, score, "supported", None)
    return Judgement(number, score, "partial" if score >= _PARTIAL else "unsupported", None)


def _doubted(score: float) -> float:
    if score <= _UNTOUCHED:
        return score
    return _UNTOUCHED + (_DOUBTFUL - _UNTOUCHED) * (score - _UNTOUCHED) / (1 - _UNTOUCHED)


def _same_words(claim: Statement, run: Sequence[Statement]) -> bool:
    """Whether the claim is one of the sentences, or all of them, letter for letter."""
    letters = _letters(claim.text)
    return any(_letters(s.text) == letters for s in run) or letters == "".join(
        _letters(s.text) for s in run
    )


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def objection(
    claim: Statement, run: Sequence[Statement], union: Sequence[Statement]
) -> tuple[Why | None, bool]:
    """What speaks against the claim, and whether the run says something else in its place. Figures
    and names may stand anywhere in `union`; what is turned round is looked for in the run."""
    here, there = gaps(claim, run), gaps(claim, union)
    swapped = _swapped(claim, run)
    if there.dates or there.times or swapped == "date":
        return "date", swapped == "date" or there.times > 0
    if there.numbers or swapped == "number":
        return "number", swapped == "number"
    if there.names or swapped == "name":
        return "name", swapped == "name"
    if here.negations or here.directions or swapped == "polarity":
        return "polarity", True
    if exchanged(claim, run):
        return "name", True
    return None, False


def _swapped(claim: Statement, run: Sequence[Statement]) -> Why | None:
    """What stands in the place of something else in a sentence that is otherwise nearly the same,
    or which side has a negator that the other lacks."""
    theirs = [(s, i) for s in run for i in range(len(s.tokens))]
    surfaces = [s.surfaces[i] for s, i in theirs]
    everywhere = range(len(claim.tokens))
    matcher = laid_beside(claim.surfaces, surfaces)
    if sum(b.size for b in matcher.get_matching_blocks()) < _NEARLY_SAME * len(claim.surfaces):
        return None
    # As many negators on both sides may belong to the same word and stand elsewhere: 안 되다, 되지
    # 않다. Whether they do, `negations_turned` knows.
    moved = len(run) == 1 and _negators([(claim, i) for i in everywhere]) == _negators(theirs)
    for kind, a, b, c, d in matcher.get_opcodes():
        mine = [(claim, i) for i in range(a, b)]
        if kind == "equal":
            continue
        odd = not moved and _negators(mine) % 2 != _negators(theirs[c:d]) % 2
        # A stretch that the claim leaves out may hold negations of what is said there.
        aside = kind == "insert" and any(_says(s, i) for s, i in theirs[c:d])
        if odd and (_negators(mine) or (d - c < _SMALL and not aside)):
            return "polarity"
        if kind == "replace" and max(b - a, d - c) <= _SMALL:
            found = _kind_of_swap(mine, theirs[c:d])
            if found is not None:
                return found
    return None


def _says(statement: Statement, number: int) -> bool:
    token = statement.tokens[number]
    return bool(token.key) and not negator(token, statement.text)


def _negators(places: Sequence[Place]) -> int:
    return sum(negator(s.tokens[i], s.text) for s, i in places)


def _kind_of_swap(mine: Sequence[Place], theirs: Sequence[Place]) -> Why | None:
    one, two = (
        [f for s, i in places for f in s.facts.figures if _at(f.span, s.tokens[i])]
        for places in (mine, theirs)
    )
    if one and two and not any(f.follows_from(other) for f in one for other in two):
        return "date" if one[0].is_date else "number"
    ours, others = (
        dict(pair for s, i in places for pair in sides_of(s.tokens[i], s.text))
        for places in (mine, theirs)
    )
    for dimension in ours.keys() & others.keys():
        if ours[dimension] != others[dimension]:
            return "date" if is_time(dimension) else "polarity"
    named = [
        s.surfaces[i]
        for s, i in mine
        for n in s.facts.names
        if _at(n, s.tokens[i]) and s.tokens[i].key
    ]
    other = "".join(s.surfaces[i] for s, i in theirs)
    if named and any(s.tokens[i].key for s, i in theirs) and not any(n in other for n in named):
        return "name"
    return None


def _at(span: Span, token: Token) -> bool:
    return span.start < token.end and token.start < span.end
