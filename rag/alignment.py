"""How the words of a claim hang together in its evidence, as numbers to learn from.

Each content word of the claim is laid on the word of the evidence that is most like it, nearest to
where the last one lies. From there: whether what the claim says in one breath stands close together
or clauses apart, who does what, how the main verb is meant (past, possible, denied), and what a
number counts. Roles are told by Korean particles and, in English, by order alone; it parses no
sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.moods import POSSIBLE, moods
from rag.statement import Statement, Words

Floats = NDArray[np.float64]
Place = tuple[Statement, int]
"""A token by its number in a statement."""

_ALIKE = 0.8  # as in `rag.statement`: what a word of like meaning counts beside the same word
_LAID = 0.45  # below this likeness a word of the claim lies nowhere
_SAME = 0.9
_MOST_PLACES = 32  # of a figure in the evidence, that differ in what stands around it
_SUBJECTS = ("JKS", "JX")
_BREAKS = ("EC", "EF", "ETM")
_ENGLISH_BREAKS = frozenset("and but which who that while when because after before as".split())
_LIMITS = {
    "이상": "least", "최소": "least", "적어도": "least", "least": "least",
    "이하": "most", "최대": "most", "이내": "most", "most": "most", "within": "most",
    "넘": "over", "초과": "over", "over": "over", "more": "over", "above": "over", "than": "",
    "미만": "under", "under": "under", "less": "under", "fewer": "under", "below": "under",
    "까지": "until", "부터": "since", "until": "until", "since": "since",
}  # fmt: skip

FEATURES = (
    "gap_mean gap_most breaks spread matched_share quarter second_least names_held lost_free "
    "lost_name lost_predicate subject subject_role object object_role main_verb main_subject "
    "main_object main_embedded moods_claim moods_evidence mood_past mood_possible mood_denied "
    "limits_other units_other counted_alike"
).split()


@dataclass(frozen=True)
class _Laid:
    """The claim's words `keys`, how like they are to the evidence's words `theirs`, and for each
    the number of the token of the evidence, in `places`, that it lies on, -1 for none."""

    claim: Statement
    keys: list[str]
    alike: Floats
    theirs: list[str]
    places: list[Place]
    on: dict[str, int]

    def at(self, key: str) -> float:
        return float(self.alike[self.keys.index(key)].max()) if key in self.on else -1.0


def aligned(claim: Statement, run: Sequence[Statement], words: Words) -> dict[str, float]:
    """The features in `FEATURES`, of a claim and the sentences of a run."""
    laid = _lay(claim, run, words)
    if laid is None:
        return dict.fromkeys(FEATURES, -1.0)
    return _together(laid) | _kept(laid) | _roles(laid) | _counted(laid)


def _lay(claim: Statement, run: Sequence[Statement], words: Words) -> _Laid | None:
    keys, theirs = list(claim.terms), list(dict.fromkeys(k for s in run for k in s.terms))
    if not keys or not theirs:
        return None
    alike = np.clip(words(keys) @ words(theirs).T, 0, 1).astype(np.float64) * _ALIKE
    column = {key: i for i, key in enumerate(theirs)}
    for row, key in zip(alike, keys, strict=True):
        if key in column:
            row[:] = np.where(np.arange(len(theirs)) == column[key], 1.0, row)
    places = [(s, i) for s in run for i in range(len(s.tokens))]
    standing: dict[str, list[int]] = {}
    for number, (s, i) in enumerate(places):
        standing.setdefault(s.tokens[i].key, []).append(number)
    on: dict[str, int] = {}
    last = 0
    for row, key in zip(alike, keys, strict=True):
        best = int(row.argmax())
        if row[best] >= _LAID:
            last = on[key] = min(standing[theirs[best]], key=lambda n: abs(n - last))
        else:
            on[key] = -1
    return _Laid(claim, keys, alike, theirs, places, on)


def _together(laid: _Laid) -> dict[str, float]:
    """Distances in the evidence between words that follow each other in the claim."""
    content = np.cumsum([bool(s.tokens[i].key) for s, i in laid.places])
    breaks = np.cumsum([_breaks(s, i) for s, i in laid.places])
    mine = np.cumsum([_breaks(laid.claim, i) for i in range(len(laid.claim.tokens))])
    at = {t.key: i for i, t in reversed(list(enumerate(laid.claim.tokens)))}
    held = [key for key in laid.keys if laid.on[key] >= 0]
    gaps, broken = [], 0.0
    for one, two in pairwise(held):
        a, b = laid.on[one], laid.on[two]
        gaps.append(max(abs(int(content[a]) - int(content[b])) - 1, 0))
        own = abs(int(mine[at[two]]) - int(mine[at[one]]))
        broken += max(abs(int(breaks[a]) - int(breaks[b])) - own, 0)
    reached = [int(content[laid.on[key]]) for key in held]
    return {
        "gap_mean": float(np.mean(gaps)) if gaps else -1.0,
        "gap_most": float(max(gaps, default=-1)),
        "breaks": broken,
        "spread": (max(reached) - min(reached) + 1) / len(held) if held else -1.0,
        "matched_share": len(held) / len(laid.keys),
    }


def _breaks(statement: Statement, number: int) -> bool:
    tag = statement.tokens[number].tag
    return tag in _BREAKS or (tag == "EN" and statement.surfaces[number] in _ENGLISH_BREAKS)


def _kept(laid: _Laid) -> dict[str, float]:
    """How the likenesses are spread, and about the word that is missed most."""
    best = laid.alike.max(axis=1)
    order = np.sort(best)
    worst = int((np.array(list(laid.claim.terms.values())) * (1 - best)).argmax())
    taken = {int(row.argmax()) for row in laid.alike if row.max() >= _SAME}
    free = [i for i in range(len(laid.theirs)) if i not in taken]
    names = [i for i, key in enumerate(laid.keys) if key in _names(laid.claim)]
    missed = best[worst] < _SAME
    return {
        "quarter": float(np.quantile(best, 0.25)),
        "second_least": float(order[1]) if len(order) > 1 else 1.0,
        "names_held": float((best[names] >= _SAME).mean()) if names else -1.0,
        "lost_free": float(laid.alike[worst, free].max()) if missed and free else -1.0,
        "lost_name": float(missed and laid.keys[worst] in _names(laid.claim)),
        "lost_predicate": float(missed and laid.keys[worst] in laid.claim.predicates),
    }


def _names(claim: Statement) -> frozenset[str]:
    return frozenset(token.key for token in claim.tokens if token.key and token.is_name)


def _roles(laid: _Laid) -> dict[str, float]:
    """Who does what: subject, object and main verb of the claim where the evidence has them."""
    claim = laid.claim
    found = {"subject": _with_role(claim, _SUBJECTS), "object": _with_role(claim, ("JKO",))}
    out: dict[str, float] = {}
    for name, key in found.items():
        out[name] = laid.at(key) if key else -1.0
        out[f"{name}_role"] = _same_role(laid, key, name) if key else -1.0
    main = max((i for i, t in enumerate(claim.tokens) if t.key in claim.predicates), default=None)
    out |= dict.fromkeys(_MAIN, -1.0)
    if main is None:
        return out
    key = claim.tokens[main].key
    out["main_verb"] = laid.at(key)
    there = laid.on.get(key, -1)
    if there < 0:
        return out
    statement, number = laid.places[there]
    for name, tags in (("subject", _SUBJECTS), ("object", ("JKO",))):
        mine, theirs = found[name], _before(laid.places, there, tags)
        if mine and theirs:
            out[f"main_{name}"] = float(_key(laid, laid.on.get(mine, -1)) == theirs)
    here, near = moods(claim, main), moods(statement, number)
    out["main_embedded"] = float("embedded" in near)
    here, near = here - {"embedded"}, near - {"embedded"}
    out["moods_claim"], out["moods_evidence"] = float(len(here - near)), float(len(near - here))
    for name, kinds in _MOODS.items():
        out[f"mood_{name}"] = float(len(here & kinds)) - float(len(near & kinds))
    return out


_MOODS = {"past": frozenset({"past"}), "possible": POSSIBLE, "denied": frozenset({"denied"})}
_MAIN = tuple(name for name in FEATURES if name.startswith(("main_", "mood")))


def _key(laid: _Laid, place: int) -> str:
    if place < 0:
        return ""
    statement, number = laid.places[place]
    return statement.tokens[number].key


def _with_role(statement: Statement, tags: Sequence[str]) -> str:
    """The last content word before the first such particle."""
    last = ""
    for token in statement.tokens:
        if token.tag in tags and last:
            return last
        last = token.key or last
    return ""


def _same_role(laid: _Laid, key: str, role: str) -> float:
    """1 when the word has the role in the evidence too, 0 for another particle, .5 for none."""
    place = laid.on.get(key, -1)
    if place < 0:
        return -0.5
    wanted = _SUBJECTS if role == "subject" else ("JKO",)
    statement, number = laid.places[place]
    for token in statement.tokens[number + 1 :]:
        if token.tag.startswith("J"):
            return float(token.tag in wanted)
        if not token.tag.startswith(("XSN", "NN")):
            break
    return 0.5


def _before(places: Sequence[Place], number: int, tags: Sequence[str]) -> str:
    """The word with such a particle that stands nearest before a place."""
    marked = False
    for statement, i in reversed(places[:number]):
        token = statement.tokens[i]
        if marked and token.key:
            return token.key
        marked = marked or token.tag in tags
    return ""


def _counted(laid: _Laid) -> dict[str, float]:
    """What the figures of the claim count, and their limits, beside the figures they agree with."""
    limits = units = 0
    alike: list[float] = []
    run = list(dict.fromkeys(s for s, _ in laid.places))
    surroundings = cache(_surroundings)  # in a table of numbers many figures agree with many
    for figure in laid.claim.facts.figures:
        same = [(s, f) for s in run for f in s.facts.figures if figure.agrees(f)]
        if not same:
            continue
        mine = surroundings(laid.claim, figure.span.start, figure.span.end)
        told = dict.fromkeys(surroundings(s, f.span.start, f.span.end) for s, f in same)
        around = list(told)[:_MOST_PLACES]
        limits += all(mine[0] != other[0] for other in around)
        units += all(mine[1] != other[1] for other in around)
        rows = [laid.keys.index(k) for k in mine[2] if k in laid.keys]
        for_each = [
            [laid.theirs.index(k) for k in other[2] if k in laid.theirs] for other in around
        ]
        near = [float(laid.alike[np.ix_(rows, cols)].max()) for cols in for_each if rows and cols]
        alike += [max(near)] if near else []
    return {
        "limits_other": float(limits),
        "units_other": float(units),
        "counted_alike": float(np.mean(alike)) if alike else -1.0,
    }


def _surroundings(statement: Statement, start: int, end: int) -> tuple[str, str, tuple[str, ...]]:
    """The limit word near a figure, the unit behind it, and the nearest content words."""
    tokens = statement.tokens
    after = [i for i, t in enumerate(tokens) if t.start >= end]
    before = [i for i, t in enumerate(tokens) if t.end <= start]
    near = [statement.surfaces[i] for i in (*before[-3:], *after[:4])]
    limit = next((_LIMITS[word] for word in near if _LIMITS.get(word)), "")
    unit = statement.surfaces[after[0]] if after else ""
    keys = [tokens[i].key for i in after[:6] if tokens[i].key][:2]
    keys = keys or [tokens[i].key for i in before[-4:] if tokens[i].key][-1:]
    return limit, unit, tuple(keys)
