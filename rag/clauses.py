"""What a claim turns round: directions, negations, and who does what to whom.

Where the evidence takes both sides of a dimension, or has a word with and without a negation, the
clause that shares most of the claim's other words decides; names decide only between clauses that
share the same otherwise. Clauses end at connecting endings, conjunctions, commas. It does not know
sentences whose order differs from who does what (a passive without "by").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rag.statement import Statement, crosses, rendered

_ENDINGS = frozenset("고 지만 으나 나 며 으며 는데 은데 면서 으면서 자 거나 다가".split())
_CONJUNCTIONS = frozenset("and but while whereas although though".split())
_SUBJECTS = ("JKS", "JX")
_BETWEEN = 4  # content words between two names that one does something to the other

Shared = tuple[float, float]
"""What a clause shares with the claim by rarity: without names, and with them."""


def sides_turned(claim: Statement, run: Sequence[Statement]) -> list[str]:
    """Dimensions in which the claim takes only sides that the run does not take of the same."""
    out = []
    for dimension, sides in claim.facts.sides.items():
        theirs = frozenset().union(*(s.facts.sides.get(dimension, frozenset()) for s in run))
        if not theirs:
            continue
        if not sides & theirs or (
            theirs - sides and _other_wins(_taken(claim, run, dimension, sides))
        ):
            out.append(dimension)
    return out


def negations_turned(claim: Statement, run: Sequence[Statement]) -> int:
    """Words that both hold, but one of them negated."""
    negated = frozenset().union(*(s.facts.negated for s in run))
    plain = frozenset().union(*(s.facts.plain for s in run))
    mine = claim.facts
    turned = 0
    for keys, same, opposite in (
        (mine.negated - mine.plain, negated, plain),
        (mine.plain - mine.negated, plain, negated),
    ):
        turned += len(keys & (opposite - same))
        turned += sum(
            _other_wins(_occurrences(claim, run, key, negated=same is negated))
            for key in keys & opposite & same
        )
        if crosses(claim, run):
            turned += sum(
                any((opposite - same).issuperset(f) for _, f in rendered(claim, key, run) if f)
                for key in keys - opposite
            )
    return turned


def _other_wins(found: Iterator[tuple[Shared, bool]]) -> bool:
    """Whether what shares most with the claim is on the other side. Each item: what is shared, and
    whether the side is the claim's."""
    mine, other = (0.0, 0.0), (0.0, 0.0)
    for shared, agrees in found:
        if agrees:
            mine = max(mine, shared)
        else:
            other = max(other, shared)
    return other > mine


def _taken(
    claim: Statement, run: Sequence[Statement], dimension: str, sides: frozenset[str]
) -> Iterator[tuple[Shared, bool]]:
    for s in run:
        for number, found, side in s.facts.directed:
            if found == dimension:
                yield _shared(claim, s, number), side in sides


def _occurrences(
    claim: Statement, run: Sequence[Statement], key: str, *, negated: bool
) -> Iterator[tuple[Shared, bool]]:
    for s in run:
        for number, token in enumerate(s.tokens):
            if token.key == key:
                yield _shared(claim, s, number), (number in s.facts.odd) is negated


def _shared(claim: Statement, statement: Statement, number: int) -> Shared:
    """What the clause around a token shares with the claim, but for the token itself."""
    clauses = _clauses(statement)
    held = {
        token.key: token.is_name
        for i, token in enumerate(statement.tokens)
        if clauses[i] == clauses[number] and i != number and token.key in claim.terms
    }
    everything = sum(claim.terms[key] for key in held)
    return sum(claim.terms[key] for key, name in held.items() if not name), everything


@lru_cache(maxsize=4096)
def _clauses(statement: Statement) -> tuple[int, ...]:
    """For each token the number of its clause."""
    out, clause = [], 0
    tokens, surfaces = statement.tokens, statement.surfaces
    for i, token in enumerate(tokens):
        gap = statement.text[tokens[i - 1].end : token.start] if i else ""
        if token.tag == "EN" and (surfaces[i] in _CONJUNCTIONS or "," in gap or ";" in gap):
            clause += 1
        out.append(clause)
        auxiliary = i + 1 < len(tokens) and tokens[i + 1].tag == "VX"
        if token.tag == "EC" and surfaces[i] in _ENDINGS and not auxiliary:
            clause += 1
    return tuple(out)


def exchanged(claim: Statement, run: Sequence[Statement]) -> bool:
    """Whether the claim lets one do to the other what the evidence says the other way round."""
    return any(_particles_exchanged(claim, s) or _names_exchanged(claim, s) for s in run)


def _particles_exchanged(claim: Statement, statement: Statement) -> bool:
    mine, theirs = _arguments(claim), _arguments(statement)
    subjects = [noun for noun, role in mine.items() if role in _SUBJECTS]
    objects = [noun for noun, role in mine.items() if role == "JKO"]
    return any(
        theirs.get(one) == "JKO" and theirs.get(other) in _SUBJECTS
        for one in subjects
        for other in objects
    )


def _arguments(statement: Statement) -> dict[str, str]:
    """The particle behind each run of nouns as written, which the analyser may cut one way here and
    another way there."""
    out: dict[str, str] = {}
    start = -1
    for i, token in enumerate(statement.tokens):
        touches = start >= 0 and statement.tokens[i - 1].end == token.start
        if token.tag.startswith(("NN", "XSN", "SL", "SN")):
            start = start if touches else token.start
        else:
            if touches and token.tag in (*_SUBJECTS, "JKO"):
                out[statement.lower[start : token.start]] = token.tag
            start = -1
    return out


def _names_exchanged(claim: Statement, statement: Statement) -> bool:
    """English alone: the names next to a verb have changed places."""
    if claim.hangul or statement.hangul or "by" in (*claim.surfaces, *statement.surfaces):
        return False
    theirs = {key: (a, b) for key, a, b in _between_names(statement)}
    for key, before, after in _between_names(claim):
        other = theirs.get(key)
        if other and before & other[1] and after & other[0] and not (before & other[0]):
            return True
    return False


def _between_names(
    statement: Statement,
) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Each word between two names that are near, with the keys of the names."""
    content = [t for t in statement.tokens if t.key]
    runs: list[tuple[int, int]] = []
    for i, token in enumerate(content):
        if token.is_name and runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        elif token.is_name:
            runs.append((i, i + 1))
    for (a, b), (c, d) in pairwise(runs):
        if c - b <= _BETWEEN:
            before, after = (frozenset(t.key for t in content[x:y]) for x, y in ((a, b), (c, d)))
            for token in content[b:c]:
                yield token.key, before - after, after - before
