"""How sure it is that a sentence answers: what of the question it leaves unmatched, and how the
reader's scores lie. One row of numbers for the sentence chosen, from which a logistic regression
for the question's language, or across languages (`rag.train.answering`), tells the probability,
where as many questions have an answer as have none. Boosted trees over the same numbers were no
better on texts of other kinds than those learned from. It does not choose the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.asked import alike, asked_of
from rag.evidence import Evidence, lifted
from rag.neighbours import neighbours, places_of, together
from rag.network import by_sentence, chances
from rag.question import KINDS, Question
from rag.reader import NUMBERS, Described, Read
from rag.resources import weights
from rag.spans import SHAPE_KINDS

Floats = NDArray[np.float64]
_SPAN_NUMBERS = (
    "names", "digits", "words", "left_far", "right_far", "clause", "clause_asked", "held_share",
    "asked", "alike_last", "alike_most", "alike_before", "alike_after", "repeated", "determiner",
)  # fmt: skip
_MANY = 8  # terms that are not matched by chance
_TAKEN = [NUMBERS.index(name) for name in _SPAN_NUMBERS]
FEATURES = (
    "language", *(f"kind_{kind}" for kind in KINDS), "terms", "inside", "coverage", "passage",
    "best_inside", "best_coverage", "others_coverage", "missing_names", "missing_numbers",
    "missing_rarest", "missing_nouns",
    "passage_missing", "passage_rarest", "softened", "softened_rarest", "asked_held",
    "log_terms", "few_terms", "second_coverage", "together", "held_together",
    "told_coverage", "unfit",
    "chance", "sentence_chance", "sentence_margin", "spread", "score", "fits",
    *_SPAN_NUMBERS,
)  # fmt: skip


def describe_answer(
    question: Question,
    passages: Sequence[Sequence[Evidence]],
    reads: Sequence[Read],
    described: Described,
    scores: NDArray[np.float32],
    chosen: int,
    best: int | None,
) -> Floats:
    """The row of FEATURES for `reads[chosen]` with the candidate number `best` as its answer."""
    evidence, passage = reads[chosen].evidence, reads[chosen].passage
    rest = [e.coverage for i, group in enumerate(passages) if i != passage for e in group]
    inside, coverage = lifted(question, evidence)
    answer = "" if best is None else described.candidates[best].span.of(evidence.text)
    row = [
        float(question.language == "ko"), *(float(kind == question.kind) for kind in KINDS),
        len(question.terms),
        inside, coverage, passage,
        max(inside, *(e.inside for group in passages for e in group)),
        max(coverage, *(e.coverage for group in passages for e in group)),
        max(rest, default=0.0),
        *_missing(question, evidence, passages[passage]),
        *_of_words(question, evidence, passages),
        _told(question, evidence, coverage, answer),
        float(question.kind in SHAPE_KINDS and (best is None or described.fits[best] <= 0)),
    ]  # fmt: skip
    return np.array([*row, *_of_scores(reads, described, scores, chosen, best)])


def _missing(
    question: Question, evidence: Evidence, passage: Sequence[Evidence]
) -> tuple[float, ...]:
    """What of the question the sentence and its passage leave unmatched, as shares of it."""
    total = sum(term.weight for term in question.terms) or 1.0
    anywhere = set().union(*(e.matched for e in passage))
    tags = {token.key: token for token in reversed(question.tokens)}
    kinds = {"name": 0.0, "number": 0.0, "noun": 0.0}
    rarest = passage_missing = passage_rarest = softened = softened_rarest = 0.0
    for term in question.terms:
        share, token = term.weight / total, tags[term.key]
        if term.key not in anywhere:
            passage_missing += share
            passage_rarest = max(passage_rarest, share)
        if term.key in evidence.matched:
            softened += share
            continue
        rarest = max(rarest, share)
        nearest = max((alike(token, t) for t in evidence.tokens if t.key), default=0.0)
        softened += share * max(nearest, 0.0)
        softened_rarest = max(softened_rarest, share * (1 - nearest))
        if token.is_number:
            kinds["number"] += share
        elif token.is_name:
            kinds["name"] += share
        elif token.tag.startswith("N"):
            kinds["noun"] += share
    return (
        kinds["name"], kinds["number"], rarest, kinds["noun"], passage_missing, passage_rarest,
        softened, softened_rarest, _asked_held(question, evidence),
    )  # fmt: skip


def _asked_held(question: Question, evidence: Evidence) -> float:
    """The share of the last three terms that the sentence holds: in Korean what is asked of the
    subject, in English the detail."""
    last = question.terms[-3:]
    total = sum(term.weight for term in last) or 1.0
    return sum(term.weight for term in last if term.key in evidence.matched) / total


def _of_words(
    question: Question, evidence: Evidence, passages: Sequence[Sequence[Evidence]]
) -> tuple[float, ...]:
    """How many words there are to match (few are matched by chance), how well the second best
    sentence of all covers them, and which share of the question's neighbouring words stand
    together in the sentence: of all such pairs, and of those that it holds."""
    coverages = sorted((e.coverage for group in passages for e in group), reverse=True)
    pairs = neighbours(question)
    near, held = together(pairs, places_of(evidence.tokens))
    count = np.log1p(len(question.terms))
    return (
        float(count), max(0.0, float(np.log1p(_MANY) - count)),
        coverages[1] if len(coverages) > 1 else 0.0,
        near / max(1, len(pairs)), near / max(1, held),
    )  # fmt: skip


def _told(question: Question, evidence: Evidence, coverage: float, answer: str) -> float:
    """The coverage where the short answer may hold the word that names what is asked for: 초록색
    holds 색 of 무슨 색."""
    named = {token.key for readings in asked_of(question).focus for token in readings}
    total = sum(term.weight for term in question.terms) or 1.0
    held = sum(
        term.weight
        for term in question.terms
        if term.key in named
        and term.key not in evidence.matched
        and term.surface.lower() in answer.lower()
    )
    return min(1.0, coverage + held / total)


def _of_scores(
    reads: Sequence[Read],
    described: Described,
    scores: NDArray[np.float32],
    chosen: int,
    best: int | None,
) -> tuple[float, ...]:
    """How the reader's scores lie, as chances over all candidates."""
    if best is None:
        return (0.0,) * (len(FEATURES) - FEATURES.index("chance"))
    shares = chances(scores)
    owners = np.array([candidate.sentence for candidate in described.candidates])
    sentences = by_sentence(described, shares, len(reads))
    others = np.delete(sentences, chosen)
    spread = -float((shares * np.log(shares + 1e-9)).sum())
    # Scores of candidates in the other language are far behind only because they do not compare.
    korean = np.array([read.evidence.korean for read in reads])
    rivals = scores[korean[owners] == korean[chosen]]
    return (
        float(shares[best]), float(sentences[chosen]),
        float(sentences[chosen] - others.max(initial=0.0)), spread,
        float(scores[best] - rivals.mean()), float(described.fits[best]),
        *described.numbers[best, _TAKEN].tolist(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A logistic regression over standardised features; all but `offset` have shape
    (len(FEATURES),)."""

    mean: Floats
    scale: Floats
    slopes: Floats
    offset: float

    def probability(self, row: Floats) -> float:
        """Of one row of FEATURES, 0 to 1."""
        total = float((row - self.mean) / self.scale @ self.slopes) + self.offset
        return float(1 / (1 + np.exp(-total)))


@lru_cache(maxsize=3)
def _stored(name: str) -> Logistic:
    with np.load(weights("answerable.npz")) as stored:
        mean, scale, slopes = stored[name].astype(np.float64)
        return Logistic(mean, scale, slopes, float(stored[f"{name}_offset"]))


def answerable(question: Question, evidence: Evidence) -> Logistic:
    """The regression for a question's language, or for a sentence in the one not asked in."""
    across = evidence.korean != (question.language == "ko")
    return _stored("across" if across else question.language)
