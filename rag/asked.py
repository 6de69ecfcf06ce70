"""A question as the candidates for its answer are compared with it.

Its words by rarity and by how near they stand to the asking word, the words that name what is
asked for (장르 of 무슨 장르, city of which city), what is counted, and what these resemble. For a
text in the other language the same is said by renderings (`rag.bilingual`). It does not know any
candidate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.bilingual import word_renderings
from rag.embed import EnglishVectors
from rag.gap import AUXILIARIES, NO_GAP, Gap, gap_of
from rag.question import KOREAN_ASKING, Question
from rag.spans import CODES, code_of, tag_of
from rag.text.morphemes import Token, has_hangul, kiwi
from rag.text.word_classes import classes_of

_ASKING = re.compile(
    rf"{KOREAN_ASKING}|\b(?:what|which|who|whom|whose|when|where|why|how)\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset("무슨 어느 어떤 몇 what which how whose".split())
WORDS = (
    "", "what 무엇 뭐 뭘", "which 무슨 어느 어떤", "who whom 누구 누가 누군", "whose", "where 어디",
    "when 언제", "why 왜", "how 어떻게", "몇 얼마",
)  # fmt: skip
"""The asking words, those of one meaning together; first none."""
_MOST_READINGS = 3  # of a word in the other language; the rarer ones mislead
_COMMON_ROLES = (0.0, 1.0, 1.0, 0.0)  # of Korean questions
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
    nearness to the asking word, the words that name what is asked for (each with all its
    readings), whether the asking word stands before one of them, what follows it, the unit that is
    counted, which of subject, object, adverbial and genitive the question has, and how much it
    asks for each of the types. `word` is the number of the asking word among WORDS, `plural`
    whether an English question asks for several, `gap` where the answer would stand in it."""

    shares: dict[str, float]
    near: dict[str, float]
    focus: tuple[tuple[Token, ...], ...]
    determiner: bool
    particle: int
    units: frozenset[str]
    roles: tuple[float, ...]
    likeness: tuple[float, ...]
    terms: tuple[tuple[Token, ...], ...]
    word: int
    plural: bool
    gap: Gap


def asked_of(question: Question) -> Asked:
    """Compare the question's parts once for all candidates."""
    tokens = question.tokens
    found = _ASKING.search(question.text)
    asking = found.group().lower() if found else ""
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
    focus = _focus(tokens[:at], after, question.text, determiner=determiner)
    particle = code_of(after[0], question.text) if after else 0.0
    unit = _unit(asking, after, question.text)
    tags = {tag_of(token) for token in tokens}
    roles = tuple(float(tag in tags) for tag in ("JKS", "JKO", "JKB", "JKG"))
    likeness = _likeness(focus, korean=has_hangul(question.text))
    units = frozenset((unit,)) if unit else frozenset[str]()
    named = tuple((token,) for token in focus)
    terms = tuple((tokens[places[key]],) for key in shares)
    word = next(i for i, group in enumerate(WORDS) if not asking or asking in group.split())
    english = found is not None and not has_hangul(question.text)
    gap = gap_of(question.text, tokens, at) if english and at < len(tokens) else NO_GAP
    return Asked(
        shares, near, named, determiner, int(particle), units, roles, likeness, terms, word,
        english and _plural(focus, after, question.text), gap,
    )  # fmt: skip


def asked_across(asked: Asked, *, korean: bool) -> Asked:
    """The same for a text in the other language, which is Korean or English. What only the
    grammar of that language would show is as in most of its questions."""
    focus = tuple(_readings(token.key, korean=korean) for (token,) in asked.focus)
    counted = [*asked.units, *(token.key for (token,) in asked.focus[:1] if asked.units)]
    return replace(
        asked,
        focus=focus,
        particle=int(CODES["VCP" if korean else "is"]),
        units=frozenset(t.key for unit in counted for t in _readings(unit, korean=korean)),
        roles=_COMMON_ROLES if korean else (0.0,) * len(asked.roles),
        likeness=_likeness([t for options in focus[:1] for t in options], korean=korean),
        terms=tuple(_readings(token.key, korean=korean) for (token,) in asked.terms),
        plural=False,
        gap=NO_GAP,
    )


def _readings(word: str, *, korean: bool) -> tuple[Token, ...]:
    """What a word may read in the other language, by the last word of each rendering."""
    tag = "NNG" if korean else "EN"
    keys = (keys[-1] for keys in word_renderings(word)[:_MOST_READINGS])
    return tuple(Token(key, tag, 0, 0) for key in dict.fromkeys(keys))


def _plural(focus: Sequence[Token], after: Sequence[Token], text: str) -> bool:
    """Whether several are asked for: which cities, who were."""
    if after and text[after[0].start : after[0].end].lower() in ("are", "were"):
        return True
    word = text[focus[0].start : focus[0].end].lower() if focus else ""
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s"))


def _unit(asking: str, after: Sequence[Token], text: str) -> str:
    """What is counted, as written: 명 of 몇 명, people of how many people."""
    words = [text[token.start : token.end].lower() for token in after[:2]]
    if asking == "몇" and words:
        return words[0]
    return words[1] if asking == "how" and words[:1] in (["many"], ["much"]) else ""


def _likeness(focus: Sequence[Token], *, korean: bool) -> tuple[float, ...]:
    language = "ko" if korean else "en"
    tag = "NNG" if korean else "EN"
    return tuple(
        max((_alike(t.key, t.tag, word, tag) for t in focus), default=0.0)
        for word in _TYPES[language].split()
    )


def _focus(
    before: Sequence[Token], after: Sequence[Token], text: str, *, determiner: bool
) -> tuple[Token, ...]:
    """The words that name what is asked for, at most two: 장르 of 무슨 장르, 수도 of 수도는 어디,
    city of which city, capital of what is the capital."""
    if has_hangul(text) and not determiner:
        return tuple([token for token in reversed(before) if noun(token)][:1])
    named = [i for i, token in enumerate(after) if noun(token) and not _no_noun(token, text)]
    if not named:
        return ()
    run = [after[named[0]]]
    for place, token in enumerate(after[named[0] + 1 :], start=named[0] + 1):
        if not noun(token) or _no_noun(token, text) or token.start - run[-1].end > 1:
            break
        if determiner and _says(after[place : place + 2], text):
            break
        run.append(token)
    return (run[-1], run[0]) if determiner else (run[-1],)


def _says(words: Sequence[Token], text: str) -> bool:
    """Whether the first of two English words, behind a noun, is rather the verb: flooded of which
    river flooded, burst of which river burst its banks, but not cream of which ice cream is."""
    word, *beside = (text[token.start : token.end].lower() for token in words)
    if words[0].tag != "EN" or "v" not in classes_of(word):
        return False
    if not beside or word.endswith("ed"):
        return True
    return not words[1].key and beside[0] not in AUXILIARIES | {"of"}


def _no_noun(token: Token, text: str) -> bool:
    """Whether an English word is a verb or an adverb and nothing else."""
    return token.tag == "EN" and classes_of(text[token.start : token.end].lower()) in ("v", "r")


def noun(token: Token) -> bool:
    """Whether it is a noun or a Latin word with content."""
    return bool(token.key) and (token.tag.startswith("N") or token.tag in ("SL", "EN", "EN_NAME"))


def alike(one: Token, other: Token) -> float:
    """Similarity of two words of one language, about 0 to 1; 0 for words of two languages."""
    return 1.0 if one.key == other.key else _alike(one.key, one.tag, other.key, other.tag)


def resemblance(tokens: Sequence[Token], words: Sequence[Sequence[Token]]) -> NDArray[np.float32]:
    """How much each token resembles each of some words by the likest reading of that; shape
    (tokens, words). English words are compared all at once, of Korean ones only nouns."""
    out = np.zeros((len(tokens), len(words)), dtype=np.float32)
    content = [i for i, token in enumerate(tokens) if token.key]
    columns = [(j, reading) for j, readings in enumerate(words) for reading in readings]
    if not content or not columns:
        return out
    if any(has_hangul(reading.key) for _, reading in columns):
        for i in filter(lambda i: noun(tokens[i]), content):
            for j, reading in columns:
                out[i, j] = max(out[i, j], alike(tokens[i], reading))
        return out
    rows = np.array([_vector(tokens[i].key) for i in content])
    found = rows @ np.array([_vector(reading.key) for _, reading in columns]).T
    for place, (j, _) in enumerate(columns):
        out[content, j] = np.maximum(out[content, j], found[:, place])
    return out


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
