"""How a predicate is meant: past, to come, possible, wished, denied.

Told by what stands behind a Korean predicate (었, 겠, 을 수 있다, 을 예정이다) and before an
English one (was, will, may, must). It does not know who says so, nor conditions.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.facts import negator
from rag.statement import Statement
from rag.text.irregular import FORMS
from rag.text.morphemes import has_hangul

POSSIBLE = frozenset({"can", "must", "future", "wish"})
_REACH = 6  # tokens after a Korean predicate, or before an English one, that tell how it is meant
_NEAR = 3  # as far stands an English auxiliary from its verb
_ALL = frozenset("모든 모두 전부 전원 all every everyone everybody".split())
_SOME = frozenset("일부 몇몇 some several".split())
_PLANS = ("예정", "계획", "전망", "가능")
_ENGLISH_MOODS = {
    "past": "was were had did been",
    "future": "will would shall going",
    "can": "can could may might able",
    "must": "must should need needs",
}
_MOOD_OF = {word: mood for mood, words in _ENGLISH_MOODS.items() for word in words.split()}


def meant_otherwise(claim: Statement, run: Sequence[Statement]) -> bool:
    """Whether the claim states as a fact what its evidence calls possible or planned wherever it
    has the same main verb, or plans what is past there."""
    key, mine = _main(claim)
    if not key:
        return False
    found = [moods(s, i) for s in run for i, token in enumerate(s.tokens) if token.key == key]
    if not found:
        return False
    if "must" in mine and not any("must" in theirs for theirs in found):
        return True
    if not mine & POSSIBLE:
        return all(theirs & POSSIBLE for theirs in found)
    return "future" in mine and all("past" in m and not m & POSSIBLE for m in found)


def generalised(claim: Statement, run: Sequence[Statement]) -> bool:
    """Whether the claim says of all what its evidence says of some."""
    words = frozenset(word for s in run for word in s.surfaces)
    return bool(_ALL.intersection(claim.surfaces) - words) and bool(_SOME & words)


def _main(claim: Statement) -> tuple[str, set[str]]:
    """The key of the main verb and how it is meant: in Korean the last predicate, in English the
    first word behind an auxiliary or in a past form."""
    if claim.hangul:
        for i in reversed(range(len(claim.tokens))):
            key = claim.tokens[i].key
            if key in claim.predicates and key not in _PLANS:
                return key, moods(claim, i)
        return "", set()
    for i, token in enumerate(claim.tokens):
        word = claim.surfaces[i]
        led = any(w in _MOOD_OF for w in claim.surfaces[max(i - _NEAR, 0) : i])
        if token.key and not token.is_name and (led or word.endswith("ed") or word in FORMS):
            return token.key, moods(claim, i)
    return "", set()


def moods(statement: Statement, number: int) -> set[str]:
    """How a predicate is meant."""
    if not has_hangul(statement.surfaces[number]):
        before = range(max(number - _REACH, 0), number)
        # A capital makes a month of May.
        lower = [i for i in before if statement.text[statement.tokens[i].start].islower()]
        plain = [statement.surfaces[i] for i in lower]
        out = {_MOOD_OF.get(word, "") for word in plain} - {""}
        if statement.surfaces[number].endswith("ed"):
            out.add("past")
        if any(negator(statement.tokens[i], statement.text) for i in before):
            out.add("denied")
        return out
    out = set()
    for i in range(number + 1, min(number + 1 + _REACH, len(statement.tokens))):
        token, surface = statement.tokens[i], statement.surfaces[i]
        if token.key and token.key not in ("예정", "계획", "전망", "가능"):
            break
        out |= _mood(token.tag, token.key, surface)
        if negator(token, statement.text):
            out.add("denied")
        if token.tag == "EF":
            break
    return out


def _mood(tag: str, key: str, surface: str) -> set[str]:
    if tag == "EP":
        return {"future"} if surface == "겠" else set() if surface in "시으시" else {"past"}
    if key:
        return {"can"} if key == "가능" else {"future"}
    if tag == "NNB" and surface == "수":
        return {"can"}
    if tag == "VX" and surface[0] == "싶":
        return {"wish"}
    if tag == "EC" and surface.endswith("야"):
        return {"must"}
    return {"embedded"} if tag in ("EC", "ETM", "ETN") else set()
