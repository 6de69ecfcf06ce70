"""A question as the candidates for its answer are compared with it.

Its words by rarity and by how near they stand to the asking word, the words that name what is
asked for (장르 of 무슨 장르, city of which city), what is counted, and what these resemble. It
does not know any candidate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.embed import EnglishVectors
from rag.question import Question
from rag.spans import CODES, OTHER, tag_of
from rag.text.morphemes import Token, has_hangul, kiwi

_ASKING = re.compile(
    r"무엇|무슨|뭐|뭘|누구|누가|누군|어디|언제|몇|얼마|어느|어떤|어떻게|왜"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how)\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset("무슨 어느 어떤 몇 what which how whose".split())
_REACH = 4.0  # tokens over which nearness to the asking word falls to 1/e
_TYPES = {
    "ko": "사람 배우 왕 학자 나라 도시 산 회사 단체 정당 책 노래 영화 연도 날짜 수 돈 언어 병 이름 "
    "별명 직업 법 전쟁",
    "en": "person actor king scientist country city river company group party book song film year "
    "date number money language disease name nickname job law war",
}
"""Words that stand for the types of things asked for, 24 a language."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as candidates are compared with it: the share of each key, the same by its
    nearness to the asking word, the words that name what is asked for, whether the asking word
    stands before one of them, what follows it, the unit that is counted, which of subject, object,
    adverbial and genitive the question has, and how much it asks for each of the types."""

    shares: dict[str, float]
    near: dict[str, float]
    focus: tuple[Token, ...]
    determiner: bool
    particle: int
    unit: str
    roles: tuple[float, ...]
    likeness: tuple[float, ...]


def asked_of(question: Question) -> Asked:
    """Compare the question's parts once for all candidates."""
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
        key: share * float(np.exp(-abs(places.get(key, 0) - at) / _REACH))
        for key, share in shares.items()
    }
    determiner = (
        found is not None
        and found.group().lower() in _DETERMINERS
        and bool(after)
        and noun(after[0])
        and after[0].start - found.end() <= 1
    )
    focus = _focus(tokens[:at], after, determiner, korean=has_hangul(question.text))
    particle = CODES.get(tag_of(after[0]), OTHER) if after else 0.0
    unit = _unit(found.group().lower() if found else "", after, question.text)
    tags = {tag_of(token) for token in tokens}
    roles = tuple(float(tag in tags) for tag in ("JKS", "JKO", "JKB", "JKG"))
    return Asked(
        shares, near, focus, determiner, int(particle), unit, roles, _likeness(focus, question.text)
    )


def _unit(asking: str, after: Sequence[Token], text: str) -> str:
    """What is counted, as written: 명 of 몇 명, people of how many people."""
    words = [text[token.start : token.end].lower() for token in after[:2]]
    if asking == "몇" and words:
        return words[0]
    return words[1] if asking == "how" and words[:1] in (["many"], ["much"]) else ""


def _likeness(focus: Sequence[Token], text: str) -> tuple[float, ...]:
    language = "ko" if has_hangul(text) else "en"
    tag = "NNG" if language == "ko" else "EN"
    return tuple(
        max((_alike(t.key, t.tag, word, tag) for t in focus), default=0.0)
        for word in _TYPES[language].split()
    )


def _focus(
    before: Sequence[Token], after: Sequence[Token], determiner: bool, *, korean: bool
) -> tuple[Token, ...]:
    """The words that name what is asked for, at most two: 장르 of 무슨 장르, 수도 of 수도는 어디,
    city of which city, capital of what is the capital."""
    if determiner:
        run = [after[0]]
        for token in after[1:]:
            if not noun(token) or token.start - run[-1].end > 1:
                break
            run.append(token)
        return (run[-1], run[0]) if korean else (run[0], run[min(1, len(run) - 1)])
    nouns = [token for token in (reversed(before) if korean else after) if noun(token)]
    return tuple(nouns[:1])


def noun(token: Token) -> bool:
    """Whether it is a noun or a Latin word with content."""
    return bool(token.key) and (token.tag.startswith("N") or token.tag in ("SL", "EN", "EN_NAME"))


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
def _vector(word: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = _english_vectors().means([word])[0]
    return vector


@lru_cache(maxsize=1)
def _english_vectors() -> EnglishVectors:
    return EnglishVectors()
