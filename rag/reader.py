"""The learned reader: which candidate for the short answer answers, by a small neural network.

Each candidate of the most promising sentences is described by its shape (`rag.spans`), by how the
question's words lie around it, by how much it resembles the word that names what is asked for
(무슨 장르, which city), and by its sentence. Two layers of rectified units give a score, learned
with a softmax over the candidates of a question (`rag.train.reader`), one network a language. It
compares and weighs words; it does not know grammar or the world.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.embed import EnglishVectors
from rag.evidence import Evidence
from rag.question import KINDS, Question
from rag.resources import weights
from rag.rows import StoredChunk
from rag.spans import (
    CODES,
    OTHER,
    SHAPE_FEATURES,
    SHAPE_KINDS,
    Candidates,
    find_candidates,
    tag_of,
)
from rag.text.morphemes import Token, has_hangul, kiwi
from rag.types import Sentence, Span

Matrix = NDArray[np.float32]

_ASKING = re.compile(
    r"무엇|무슨|뭐|뭘|누구|누가|누군|어디|언제|몇|얼마|어느|어떤|어떻게|왜"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how)\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset("무슨 어느 어떤 몇 what which how whose".split())
_NEAR, _FAR, _ASKED_REACH = 2.0, 8.0, 4.0  # tokens over which nearness falls to 1/e
_FARTHEST = 40  # tokens; a matched word farther off counts as this far

# Numbers, then what is told apart by a code.
NUMBERS = (
    "words", "characters", "tokens", "rarity", "rarest", "names", "digits", "position", "length",
    "inside", "coverage", "passage", "order", "promise", "gap", "terms",
    "left_near", "left_near_asked", "left_far", "left_far_asked",
    "right_near", "right_near_asked", "right_far", "right_far_asked",
    "clause", "clause_asked", "held", "held_share", "asked", "left_distance", "right_distance",
    "alike_last", "alike_most", "alike_before", "alike_after", "alike_last_other", "same_word",
    "repeated", "determiner",
)  # fmt: skip
CATEGORIES = (
    "before", "after", "first", "last", *(f"shape_{kind}" for kind in SHAPE_KINDS), "fits",
    "kind", "particle",
)  # fmt: skip
_LOGARITHMIC = frozenset(
    "words characters tokens length passage order repeated terms left_distance "
    "right_distance".split()
)
_LOGS = np.array([name in _LOGARITHMIC for name in NUMBERS])
_BESIDE = int(OTHER) + 1
_SIZES = (_BESIDE,) * 4 + (4,) * len(SHAPE_KINDS) + (5, len(KINDS), _BESIDE)
CODES_END = sum(_SIZES)
"""How many codes there are in all; those of a category begin where the one before ends."""
OFFSETS = np.cumsum((0, *_SIZES))[:-1]
_SHAPE_NUMBERS = [SHAPE_FEATURES.index(name) for name in NUMBERS[:9]]
_SHAPE_CODES = [SHAPE_FEATURES.index(name) for name in CATEGORIES[: 4 + len(SHAPE_KINDS)]]


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


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence to be read, the rank of its passage from 0, how well it covers the question."""

    evidence: Evidence
    passage: int
    promise: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question as candidates are compared with it: the share of each key, the same by its
    nearness to the asking word, the words that name what is asked for, whether the asking word
    stands before one of them, and what follows it."""

    shares: dict[str, float]
    near: dict[str, float]
    focus: tuple[Token, ...]
    determiner: bool
    particle: int


def describe(question: Question, reads: Sequence[Read]) -> Described:
    """All candidates of the sentences, the most promising first."""
    asked = _asked(question)
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
    numbers[:, 16:31] = _around(question, asked, reads, held, owner)
    numbers[:, 28] = [run in lower for run in runs]
    numbers[:, 31:37] = _alikeness(asked, held)
    numbers[:, 37] = [repeated[run] for run in runs]
    numbers[:, 38] = asked.determiner
    if question.kind in SHAPE_KINDS:
        fits = shape[:, SHAPE_FEATURES.index(f"shape_{question.kind}")].astype(np.intp)
    codes[:, : len(_SHAPE_CODES)] = shape[:, _SHAPE_CODES]
    codes[:, -3:] = np.stack(
        [fits + 1, np.full(total, KINDS.index(question.kind)), np.full(total, asked.particle)], 1
    )
    numbers[:, _LOGS] = np.log1p(numbers[:, _LOGS])
    places = tuple(Candidate(i, span) for i, c in enumerate(held) for span in c.spans)
    return Described(places, numbers, codes, fits)


@lru_cache(maxsize=8192)
def _candidates(stored: StoredChunk, sentence: Sentence) -> Candidates:
    """Found once for a sentence that questions keep reading."""
    span = sentence.span.shifted(-stored.chunk.span.start)
    starts = [token.start for token in stored.tokens]
    tokens = stored.tokens[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
    return find_candidates(span.of(stored.chunk.text), tokens, span.start)


def _asked(question: Question) -> _Asked:
    tokens = question.tokens
    found = _ASKING.search(question.text)
    at, after = len(tokens), tokens[:0]
    if found:
        at = sum(token.end <= found.start() for token in tokens)
        after = tuple(token for token in tokens if token.start >= found.end())
    places: dict[str, int] = {}
    for place, token in enumerate(tokens):
        places.setdefault(token.key, place)
    total = sum(term.weight for term in question.terms) or 1.0
    shares = {term.key: term.weight / total for term in question.terms}
    near = {
        key: share * float(np.exp(-abs(places.get(key, 0) - at) / _ASKED_REACH))
        for key, share in shares.items()
    }
    determiner = (
        found is not None
        and found.group().lower() in _DETERMINERS
        and bool(after)
        and _noun(after[0])
        and after[0].start - found.end() <= 1
    )
    focus = _focus(tokens[:at], after, determiner, korean=has_hangul(question.text))
    particle = CODES.get(tag_of(after[0]), OTHER) if after else 0.0
    return _Asked(shares, near, focus, determiner, int(particle))


def _focus(
    before: Sequence[Token], after: Sequence[Token], determiner: bool, *, korean: bool
) -> tuple[Token, ...]:
    """The words that name what is asked for, at most two: 장르 of 무슨 장르, 수도 of 수도는 어디,
    city of which city, capital of what is the capital."""
    if determiner:
        run = [after[0]]
        for token in after[1:]:
            if not _noun(token) or token.start - run[-1].end > 1:
                break
            run.append(token)
        return (run[-1], run[0]) if korean else (run[0], run[min(1, len(run) - 1)])
    nouns = [token for token in (reversed(before) if korean else after) if _noun(token)]
    return tuple(nouns[:1])


def _noun(token: Token) -> bool:
    return bool(token.key) and (token.tag.startswith("N") or token.tag in ("SL", "EN", "EN_NAME"))


def _of_sentences(question: Question, reads: Sequence[Read]) -> Matrix:
    best = reads[0].promise
    rows = [
        (
            r.evidence.inside, r.evidence.coverage, r.passage, order, r.promise,
            best - r.promise, len(question.terms),
        )
        for order, r in enumerate(reads)
    ]  # fmt: skip
    return np.array(rows, dtype=np.float32)


def _around(
    question: Question,
    asked: _Asked,
    reads: Sequence[Read],
    held: Sequence[Candidates],
    owner: NDArray[np.intp],
) -> Matrix:
    """How matched words lie around every candidate; shape (n, 15), columns as in NUMBERS."""
    marks = [
        (sentence, place, int(c.clauses[place]), key, float(c.rarities[place]))
        for sentence, (r, c) in enumerate(zip(reads, held, strict=True))
        for place, key in _matched(question, asked, r.evidence, c)
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
        out[:, column : column + 2] = _NEAR_BY[apart] @ shares
        out[:, column + 2 : column + 4] = _FAR_BY[apart] @ shares
    out[:, 8:10] = (same & (clauses[:, None] == clause)).astype(np.float32) @ shares
    inside = (same & (left <= 0) & (right <= 0)).astype(np.float32)
    out[:, 10] = inside @ shares[:, 0]
    rarities = np.concatenate([c.shape[:, _RARITY] for c in held])
    out[:, 11] = np.minimum(inside @ rare.astype(np.float32) / np.maximum(rarities, 1e-3), 1)
    for column, steps in ((13, left), (14, right)):
        out[:, column] = np.where(steps > 0, steps, _FARTHEST).min(axis=1)
    out[:, 13:] = np.minimum(out[:, 13:], _FARTHEST)
    return out


def _falling(reach: float) -> Matrix:
    """1 for the next token, falling off; 0 for steps of 0 or less (negative ones index the end)."""
    steps = np.arange(2 * 256, dtype=np.float32)
    table = np.exp(-(steps - 1) / reach)
    table[0] = 0.0
    table[256:] = 0.0
    falling: Matrix = table.astype(np.float32)
    return falling


_NEAR_BY, _FAR_BY = _falling(_NEAR), _falling(_FAR)
_RARITY = SHAPE_FEATURES.index("rarity")


def _matched(
    question: Question, asked: _Asked, evidence: Evidence, held: Candidates
) -> list[tuple[int, str]]:
    """Places of tokens that the question holds, with the key. A word that was recognised
    otherwise than by its key is found by how it is written."""
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
    return found


def _alikeness(asked: _Asked, held: Sequence[Candidates]) -> Matrix:
    """How much candidates and what stands beside them resemble the focus; shape (n, 6)."""
    out = []
    for c in held:
        near = np.zeros((len(c.tokens) + 2, 2), dtype=np.float32)
        for column, focus in enumerate(asked.focus):
            near[: len(c.tokens), column] = [alike(t, focus) if _noun(t) else 0.0 for t in c.tokens]
        first, last, main = c.first, c.last, near[:, 0]
        bounds = np.stack([first, last + 1], axis=1).ravel()
        most = np.maximum.reduceat(main, bounds)[::2] if len(first) else main[:0]
        before = np.where(first > 0, main[first - 1], 0.0)
        after = np.maximum(main[last + 1], main[last + 2])
        out.append(np.stack([main[last], most, before, after, near[last, 1], most > 0.999], 1))
    return np.concatenate(out)


def alike(one: Token, other: Token) -> float:
    """Similarity of two words of one language, about 0 to 1; 0 for words of two languages."""
    return 1.0 if one.key == other.key else _alike(one.key, one.tag, other.key, other.tag)


@lru_cache(maxsize=65536)
def _alike(key: str, tag: str, other: str, other_tag: str) -> float:
    if has_hangul(key) and has_hangul(other):
        words = [
            (k.removesuffix("다") if t.startswith("V") else k, t.split("-")[0])
            for k, t in ((key, tag), (other, other_tag))
        ]
        try:
            return float(kiwi().morpheme_similarity(*words))
        except ValueError:  # a word that Kiwi's model does not hold
            return 0.0
    if has_hangul(key) or has_hangul(other):
        return 0.0
    return float(_vector(key) @ _vector(other))


@lru_cache(maxsize=20_000)
def _vector(word: str) -> Matrix:
    vector: Matrix = _english_vectors().means([word])[0]
    return vector


@lru_cache(maxsize=1)
def _english_vectors() -> EnglishVectors:
    return EnglishVectors()


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights of one network. Of h hidden units the last is passed on as it is; `codes` holds a
    row for each code of each category."""

    mean: Matrix
    scale: Matrix
    numbers: Matrix  # (len(NUMBERS), h + 1)
    codes: Matrix  # (CODES_END, h + 1)
    bias: Matrix  # (h + 1,)
    second: Matrix  # (h, k)
    second_bias: Matrix  # (k,)
    out: Matrix  # (k,)

    def scores(self, described: Described) -> Matrix:
        """One score for each candidate; only differences mean something."""
        x = np.clip((described.numbers - self.mean) / self.scale, -4, 4)
        rows = described.codes + OFFSETS
        hidden = x @ self.numbers + self.codes[rows].sum(axis=1) + self.bias
        deep = np.maximum(np.maximum(hidden[:, :-1], 0) @ self.second + self.second_bias, 0)
        scores: Matrix = deep @ self.out + hidden[:, -1]
        return scores


@lru_cache(maxsize=2)
def network(language: str) -> Network:
    """The network for questions in a language, ko or en."""
    with np.load(weights("reader.npz")) as stored:
        fields = Network.__dataclass_fields__
        return Network(**{f: stored[f"{language}_{f}"].astype(np.float32) for f in fields})
