"""What a sentence states that can be turned round: its figures, names, negations and directions.

A word counts as negated when a negator belongs to it (떠나지 않았다, 못 갔다, 문제가 없다; did not
leave, without help) an odd number of times. Directions are our own list of opposites: within one
dimension, such as growth, words of one side contradict those of the other. It knows no meanings
beyond that list, and takes the nearest content word for the negated one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.figures import Figure, figures
from rag.resources import weights
from rag.text.morphemes import Token, english_key, has_hangul
from rag.text.names import names
from rag.types import Span

_BEFORE = frozenset("안 못".split())
# Their first syllables, as endings melt into the last: 못하다 is written 못한, 아니다 아닙.
_AFTER = frozenset("않/VX 못/VX 아/VCN 없/VA 없/VX 없/MAG".split())
_PREFIX = frozenset("불 비 무 미".split())
_ENGLISH = frozenset(
    "not no never without cannot nor neither none nobody nothing hardly barely scarcely".split()
)
_PASSED_OVER = frozenset("only just longer yet even necessarily merely least".split())
_ASPECTS = frozenset("점 적 일 경우".split())
_REACH = 4  # tokens between an English negator and what it negates


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one sentence. `negated` and `plain` are the keys with and without a negation (a key that
    occurs both ways is in both), `odd` the numbers of the negated tokens; `sides` maps a dimension
    to the sides taken in it, and `directed` has (token number, dimension, side)."""

    figures: tuple[Figure, ...]
    names: tuple[Span, ...]
    negations: int
    negated: frozenset[str]
    plain: frozenset[str]
    sides: dict[str, frozenset[str]]
    odd: frozenset[int]
    directed: tuple[tuple[int, str, str], ...]


def facts(text: str, tokens: Sequence[Token]) -> Facts:
    """The facts of an analysed sentence."""
    counts = [0] * len(tokens)
    negations = 0
    for target in _negated(text, tokens):
        negations += 1
        if target is not None:
            counts[target] += 1
    content = [(t.key, n % 2) for t, n in zip(tokens, counts, strict=True) if t.key]
    directed = [
        (number, *taken)
        for number, (token, n) in enumerate(zip(tokens, counts, strict=True))
        if n % 2 == 0
        for taken in sides_of(token, text)
    ]
    sides: dict[str, set[str]] = {}
    for _, dimension, side in directed:
        sides.setdefault(dimension, set()).add(side)
    return Facts(
        figures(text, tokens),
        tuple(_certain_names(text, tokens)),
        negations,
        frozenset(key for key, odd in content if odd),
        frozenset(key for key, odd in content if not odd),
        {dimension: frozenset(found) for dimension, found in sides.items()},
        frozenset(number for number, n in enumerate(counts) if n % 2),
        tuple(directed),
    )


def is_time(dimension: str) -> bool:
    """Whether a dimension of `Facts.sides` is one of time, such as last year and next year."""
    return dimension in _tables()[1]


def negator(token: Token, text: str) -> bool:
    """Whether the token turns round what it belongs to."""
    surface = text[token.start : token.end].lower().replace("’", "'")
    tag = token.tag.split("-")[0]
    if tag == "MAG" and surface in _BEFORE:
        return True
    if has_hangul(surface):
        if tag == "VX" and surface[0] in "말마":  # 가지 말라, but not 가고 말았다
            return text[: token.start].rstrip().endswith("지")
        return f"{surface[0]}/{tag}" in _AFTER or (tag == "XPN" and surface in _PREFIX)
    return surface in _ENGLISH or surface.endswith("n't")


def _negated(text: str, tokens: Sequence[Token]) -> Iterator[int | None]:
    """For each negator the number of the token it negates, None when there is none."""
    for number, token in enumerate(tokens):
        if not negator(token, text):
            continue
        surface = text[token.start : token.end]
        before = [i for i in range(number - 1, -1, -1) if _content(tokens[i])]
        after = [i for i in range(number + 1, len(tokens)) if _content(tokens[i])]
        if token.tag.startswith(("MAG", "XPN", "EN")) and not surface.startswith("없"):
            following = text[token.end : token.end + 14].split()
            if following and following[0].lower() in ("only", "just", "merely"):
                continue
            near = [i for i in after if i - number <= _REACH]
            near = [i for i in near if tokens[i].key not in _PASSED_OVER] or before[:1]
            if surface in _BEFORE and before and _light(tokens[number + 1 : number + 2]):
                near = before  # 이해가 안 되다: the verb has no content of its own
            yield near[0] if near else None
        elif not text[: token.start].rstrip().endswith(("뿐", "뿐만", "만이", "뿐이")):
            yield _denied(tokens, before)


def _light(following: Sequence[Token]) -> bool:
    return any(token.tag.startswith(("VV", "VA")) and not token.key for token in following)


def _denied(tokens: Sequence[Token], before: Sequence[int]) -> int | None:
    """The nearest content word, or the predicate in front of it in 불편한 점이 없다."""
    if not before:
        return None
    nearest = before[0]
    described = tokens[nearest].key in _ASPECTS and tokens[nearest - 1].tag.startswith("ETM")
    return before[1] if described and len(before) > 1 else nearest


def _content(token: Token) -> bool:
    return bool(token.key) and not token.tag.startswith("MAG") and not token.key.endswith("n't")


def _certain_names(text: str, tokens: Sequence[Token]) -> Iterator[Span]:
    """Names but for a lone capitalised English word at the start, which any word may be."""
    for span in names(text, tokens):
        word = span.of(text)
        lone = not has_hangul(word) and " " not in word and word[1:] == word[1:].lower()
        if not (lone and not any(c.isalnum() for c in text[: span.start])):
            yield span


def sides_of(token: Token, text: str) -> tuple[tuple[str, str], ...]:
    """The (dimension, side) pairs of a word."""
    table = _tables()[0]
    return table.get(token.key) or table.get(text[token.start : token.end].lower()) or ()


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, tuple[tuple[str, str], ...]], frozenset[str]]:
    """From a key or surface to its (dimension, side) pairs, and which dimensions are of time."""
    table: dict[str, list[tuple[str, str]]] = {}
    times = set()
    temporal = False
    for line in weights("opposites.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "[")):
            temporal = temporal or line.startswith("[")
            continue
        sides = [side.split() for side in line.split("|")]
        dimension = sides[0][0]
        if temporal:
            times.add(dimension)
        for side in sides:
            for word in side:
                key = word if has_hangul(word) else english_key(word) or word
                for form in {key, word}:
                    table.setdefault(form, []).append((dimension, side[0]))
    return {key: tuple(dict.fromkeys(pairs)) for key, pairs in table.items()}, frozenset(times)
