"""The candidates for the short answer as the learned networks (`rag.network`) see them.

Each candidate of the most promising sentences is described by its shape (`rag.spans`), by how the
question's words lie around it, by how much it resembles the word that names what is asked for
(무슨 장르, which city), and by its sentence. It compares words; it does not know grammar or the
world.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.asked import WORDS, Asked, asked_across, asked_of
from rag.beside import beside_gap
from rag.bilingual import Rendering, placed_forms
from rag.evidence import Evidence
from rag.gap import GAPS
from rag.question import KINDS, Question
from rag.resembling import FAR_BY, NEAR_BY, alikeness, resembling, softly
from rag.rows import StoredChunk
from rag.spans import (
    OTHER,
    SHAPE_FEATURES,
    SHAPE_KINDS,
    Candidates,
    find_candidates,
    tag_of,
)
from rag.text.morphemes import has_hangul
from rag.types import Sentence, Span

Matrix = NDArray[np.float32]

_FARTHEST = 40  # tokens; a matched word farther off counts as this far

# Numbers, then what is told apart by a code.
NUMBERS = (
    "words", "characters", "tokens", "rarity", "rarest", "names", "digits", "position", "length",
    "inside", "coverage", "passage", "order", "promise", "gap", "terms",
    "left_near", "left_near_asked", "left_far", "left_far_asked",
    "right_near", "right_near_asked", "right_far", "right_far_asked",
    "clause", "clause_asked", "held", "held_share", "asked", "left_distance", "right_distance",
    "alike_last", "alike_most", "alike_before", "alike_after", "alike_last_other", "same_word",
    "repeated", "determiner", "brackets", "joins", "wider_left", "wider_right",
    "in_title", "place", "sentence_before", "sentence_after", "unit", "verb", "verb_asked",
    "verb_distance", "has_subject", "has_object", "has_adverbial", "has_genitive",
    "left_share", "right_share", "near_sum", "best_near", *(f"like_{i}" for i in range(24)),
    "soft_left", "soft_left_far", "soft_right", "soft_right_far", "soft_inside", "soft_clause",
    "soft_held", "soft_most", "soft_best", "cut_left", "cut_right", "verbs", "commas", "links",
    "verb_left", "verb_left_far", "verb_right", "verb_right_far", "verb_passive", "behind_gap_left",
    "before_gap_right", "behind_preposition", "plural",
)  # fmt: skip
CATEGORIES = (
    "before", "after", "first", "last", *(f"shape_{kind}" for kind in SHAPE_KINDS), "before_that",
    "after_that", "fits", "kind", "particle", "asking", "gap",
)  # fmt: skip
_LOGARITHMIC = frozenset(
    "words characters tokens length passage order repeated terms left_distance "
    "right_distance wider_left wider_right place verb_distance".split()
)
_LOGS = np.array([name in _LOGARITHMIC for name in NUMBERS])
_BESIDE = int(OTHER) + 1
_SIZES = (
    *(_BESIDE,) * 4, *(4,) * len(SHAPE_KINDS), *(_BESIDE,) * 2, 5, len(KINDS), _BESIDE,
    len(WORDS), len(GAPS),
)  # fmt: skip
CODES_END = sum(_SIZES)
"""How many codes there are in all; those of a category begin where the one before ends."""
OFFSETS = np.cumsum((0, *_SIZES))[:-1]
_SHAPE_NUMBERS = [SHAPE_FEATURES.index(name) for name in NUMBERS[:9]]
_SHAPE_CODES = [SHAPE_FEATURES.index(name) for name in CATEGORIES[: 6 + len(SHAPE_KINDS)]]
SHAPES_AT = CATEGORIES.index(f"shape_{SHAPE_KINDS[0]}")
_BRACKETS, _TITLE, _ROLES = (NUMBERS.index(n) for n in ("brackets", "in_title", "has_subject"))
_SOFT, _CUT = NUMBERS.index("soft_left"), NUMBERS.index("cut_left")
_GAP = NUMBERS.index("verb_left")
_INSIDE = SHAPE_FEATURES.index("brackets")
_LEFT, _RIGHT = NUMBERS.index("left_near"), NUMBERS.index("right_near")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence (by its place among those read) and a span in it that may answer."""

    sentence: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """n candidates with their `numbers` (n, len(NUMBERS)) and `codes` (n, len(CATEGORIES)), and
    how each fits the kind of the question: 3 exactly, 0 not at all, -1 nothing is expected."""

    candidates: tuple[Candidate, ...]
    numbers: Matrix
    codes: NDArray[np.intp]
    fits: NDArray[np.intp]

    def of(self, taken: NDArray[np.bool_]) -> Described:
        """Some of the candidates only."""
        if taken.all():
            return self
        candidates = tuple(c for c, keep in zip(self.candidates, taken, strict=True) if keep)
        return Described(candidates, self.numbers[taken], self.codes[taken], self.fits[taken])


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence to be read, the rank of its passage from 0, how well it covers the question, its
    place in the passage, and what the sentences before and behind it hold of the question. `inside`
    and `coverage` are the evidence's, or as they would be if the languages were the same."""

    evidence: Evidence
    passage: int
    promise: float
    inside: float
    coverage: float
    place: int = 0
    beside: tuple[float, float] = (0.0, 0.0)


def describe(question: Question, reads: Sequence[Read]) -> Described:
    """All candidates of the sentences, the most promising first."""
    asked = _asked(question, reads)
    held = [_candidates(r.evidence.chunk, r.evidence.sentence) for r in reads]
    counts = [len(c.spans) for c in held]
    total = sum(counts)
    numbers = np.zeros((total, len(NUMBERS)), dtype=np.float32)
    codes = np.zeros((total, len(CATEGORIES)), dtype=np.intp)
    fits = np.full(total, -1, dtype=np.intp)
    if not total:
        return Described((), numbers, codes, fits)
    shape = np.concatenate([c.shape for c in held])
    runs = [run for c in held for run in c.runs]
    owner = np.repeat(np.arange(len(reads)), counts)
    lower = question.text.lower()
    repeated = Counter(runs)
    numbers[:, :9] = shape[:, _SHAPE_NUMBERS]
    numbers[:, 9:16] = _of_sentences(question, reads)[owner]
    matched = [
        _matched(question, a, r.evidence, c) for a, r, c in zip(asked, reads, held, strict=True)
    ]
    numbers[:, 16:31] = _around(asked[0], matched, held, owner)
    numbers[:, 28] = [run in lower for run in runs]
    alike_to = resembling(asked, held, matched)
    numbers[:, 31:37] = alikeness(held, [focus for focus, _ in alike_to])
    numbers[:, 37] = [repeated[run] for run in runs]
    numbers[:, 38] = asked[0].determiner
    numbers[:, _BRACKETS : _BRACKETS + 4] = shape[:, _INSIDE : _INSIDE + 4]
    numbers[:, _TITLE : _TITLE + 4] = _setting(reads, held, owner)
    numbers[:, _TITLE + 4 : _TITLE + 8] = _verbs(asked, reads, held, matched)
    numbers[:, _ROLES : _ROLES + 4] = np.array([a.roles for a in asked])[owner]
    numbers[:, _ROLES + 4 : _ROLES + 8] = _sides(numbers, owner, len(reads))
    numbers[:, _ROLES + 8 : _SOFT] = np.array([a.likeness for a in asked])[owner]
    numbers[:, _SOFT:_CUT] = np.concatenate(
        [softly(a, c, found) for a, c, (_, found) in zip(asked, held, alike_to, strict=True)]
    )
    numbers[:, _CUT - 1] -= numbers[:, _CUT - 1].max()
    numbers[:, _CUT:_GAP] = shape[:, SHAPE_FEATURES.index("cut_left") :]
    numbers[:, -1] = asked[0].plural
    numbers[:, _GAP:-1] = np.concatenate(
        [
            beside_gap(a, r.evidence.text, c, found)
            for a, r, c, (_, found) in zip(asked, reads, held, alike_to, strict=True)
        ]
    )
    if question.kind in SHAPE_KINDS:
        fits = shape[:, SHAPE_FEATURES.index(f"shape_{question.kind}")].astype(np.intp)
    codes[:, : len(_SHAPE_CODES)] = shape[:, _SHAPE_CODES]
    codes[:, -5], codes[:, -4] = fits + 1, KINDS.index(question.kind)
    codes[:, -3:] = np.array([(a.particle, a.word, GAPS.index(a.gap.kind)) for a in asked])[owner]
    numbers[:, _LOGS] = np.log1p(numbers[:, _LOGS])
    places = tuple(Candidate(i, span) for i, c in enumerate(held) for span in c.spans)
    return Described(places, numbers, codes, fits)


def _asked(question: Question, reads: Sequence[Read]) -> list[Asked]:
    """What is asked, in the language of each sentence."""
    own, here = asked_of(question), has_hangul(question.text)
    across: dict[bool, Asked] = {here: own}
    out = []
    for r in reads:
        korean = r.evidence.korean
        if korean not in across:
            across[korean] = asked_across(own, korean=korean)
        out.append(across[korean])
    return out


@lru_cache(maxsize=8192)
def _candidates(stored: StoredChunk, sentence: Sentence) -> Candidates:
    """Found once for a sentence that questions keep reading."""
    span = sentence.span.shifted(-stored.chunk.span.start)
    starts = [token.start for token in stored.tokens]
    tokens = stored.tokens[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
    return find_candidates(span.of(stored.chunk.text), tokens, span.start)


def _setting(reads: Sequence[Read], held: Sequence[Candidates], owner: NDArray[np.intp]) -> Matrix:
    """Whether the title holds a candidate, and where its sentence stands among which others."""
    rows = [(r.place, *r.beside) for r in reads]
    out = np.zeros((len(owner), 4), dtype=np.float32)
    titles = [r.evidence.chunk.title.lower() for r in reads]
    out[:, 0] = [run in titles[i] for i, c in enumerate(held) for run in c.runs]
    out[:, 1:] = np.array(rows, dtype=np.float32)[owner]
    return out


def _sides(numbers: Matrix, owner: NDArray[np.intp], sentences: int) -> Matrix:
    """Which share of the matched words nearby stands left and right of a candidate, all that is
    very near, and how much less that is than for the sentence's best; shape (n, 4)."""
    left, right = numbers[:, _LEFT + 2], numbers[:, _RIGHT + 2]
    both = left + right + 1e-3
    near = numbers[:, _LEFT] + numbers[:, _RIGHT]
    best = np.zeros(sentences, dtype=np.float32)
    np.maximum.at(best, owner, near)
    return np.stack([left / both, right / both, near, near - best[owner]], axis=1)


def _verbs(
    asked: Sequence[Asked],
    reads: Sequence[Read],
    held: Sequence[Candidates],
    matched: Sequence[Sequence[tuple[int, str]]],
) -> Matrix:
    """Whether a candidate or the word behind it is the unit asked for, and what the question
    says of the next verb; shape (n, 4)."""
    out = []
    for a, r, c, found in zip(asked, reads, held, matched, strict=True):
        text, keys = r.evidence.text, dict(found)
        words = [text[t.start : t.end].lower() for t in c.tokens] if a.units else []
        unit = np.zeros(len(c.tokens) + 2, dtype=bool)
        if a.units:
            pairs = zip(words, c.tokens, strict=True)
            unit[:-2] = [w in a.units or t.key in a.units for w, t in pairs]
        following, upcoming = [(0.0, 0.0, float(_FARTHEST))] * (len(c.tokens) + 1), None
        for i in range(len(c.tokens) - 1, -1, -1):
            tag = tag_of(c.tokens[i])
            following[i] = (
                (upcoming[0], upcoming[1], min(float(upcoming[2] - i), _FARTHEST))
                if upcoming
                else following[i]
            )
            at = i if tag in ("VV", "VA") else i - 1 if tag in ("XSV", "XSA") else -1
            if at >= 0 and c.tokens[at].key:
                key = keys.get(at, "")
                upcoming = (a.shares.get(key, 0.0), a.near.get(key, 0.0), i)
        table = np.array(following, dtype=np.float32)
        rows = np.zeros((len(c.first), 4), dtype=np.float32)
        rows[:, 0] = np.maximum(unit[c.last] * 2, unit[c.last + 1])
        rows[:, 1:] = table[c.last]
        out.append(rows)
    return np.concatenate(out)


def _of_sentences(question: Question, reads: Sequence[Read]) -> Matrix:
    best = reads[0].promise
    rows = [
        (
            r.inside, r.coverage, r.passage, order, r.promise,
            best - r.promise, len(question.terms),
        )
        for order, r in enumerate(reads)
    ]  # fmt: skip
    return np.array(rows, dtype=np.float32)


def _around(
    asked: Asked,
    matched: Sequence[Sequence[tuple[int, str]]],
    held: Sequence[Candidates],
    owner: NDArray[np.intp],
) -> Matrix:
    """How matched words lie around every candidate; shape (n, 15), columns as in NUMBERS."""
    marks = [
        (sentence, place, int(c.clauses[place]), key, float(c.rarities[place]))
        for sentence, (found, c) in enumerate(zip(matched, held, strict=True))
        for place, key in found
    ]
    first = np.concatenate([c.first for c in held])
    last = np.concatenate([c.last for c in held])
    out = np.zeros((len(first), 15), dtype=np.float32)
    out[:, 13:] = _FARTHEST
    if not marks:
        return out
    sentence, place, clause, rare = (np.array([m[i] for m in marks]) for i in (0, 1, 2, 4))
    shares = np.array([(asked.shares[m[3]], asked.near[m[3]]) for m in marks], dtype=np.float32)
    clauses = np.concatenate([c.clauses[c.first] if len(c.first) else c.first for c in held])
    same = owner[:, None] == sentence
    left = np.where(same, first[:, None] - place, 0)
    right = np.where(same, place - last[:, None], 0)
    for column, steps in ((0, left), (4, right)):
        apart = np.minimum(steps, _FARTHEST)
        out[:, column : column + 2] = NEAR_BY[apart] @ shares
        out[:, column + 2 : column + 4] = FAR_BY[apart] @ shares
    out[:, 8:10] = (same & (clauses[:, None] == clause)).astype(np.float32) @ shares
    inside = (same & (left <= 0) & (right <= 0)).astype(np.float32)
    out[:, 10] = inside @ shares[:, 0]
    rarities = np.concatenate([c.shape[:, _RARITY] for c in held])
    out[:, 11] = np.minimum(inside @ rare.astype(np.float32) / np.maximum(rarities, 1e-3), 1)
    for column, steps in ((13, left), (14, right)):
        out[:, column] = np.where(steps > 0, steps, _FARTHEST).min(axis=1)
    out[:, 13:] = np.minimum(out[:, 13:], _FARTHEST)
    return out


_RARITY = SHAPE_FEATURES.index("rarity")


def _matched(
    question: Question, asked: Asked, evidence: Evidence, held: Candidates
) -> list[tuple[int, str]]:
    """Places of tokens that the question holds, with the key. A word that was recognised
    otherwise than by its key is found by how it is written, here or in the other language."""
    found = [(i, t.key) for i, t in enumerate(held.tokens) if t.key in asked.shares]
    for missing in evidence.matched - {key for _, key in found}:
        term = next(term for term in question.terms if term.key == missing)
        lower = evidence.text.lower()
        for written in (term.surface, term.compound, term.key[:-2]):
            at = lower.find(written.lower()) if written else -1
            if at >= 0:
                place = sum(token.end <= at for token in held.tokens)
                found += [(place, missing)] if place < len(held.tokens) else []
                break
        else:
            if missing in evidence.rendered:
                places = _places_of(evidence.rendered[missing], evidence.text, held)
                found += [(place, missing) for place in places]
    return found


def _places_of(rendering: Rendering, text: str, held: Candidates) -> list[int]:
    """All tokens of what a rendering names."""
    if not rendering.form:
        return [i for i, token in enumerate(held.tokens) if token.key in rendering.keys]
    starts = {at for at, form in placed_forms(held.tokens, text) if form == rendering.keys[0]}
    return [i for i, token in enumerate(held.tokens) if token.start in starts]
