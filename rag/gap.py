"""Where the answer would stand if an English question were a statement, and what stands beside it.

What did Baran develop during the war says Baran developed GAP during the war: the gap stands
behind the verb, or where a preposition has been left alone. Told by the order of the words and
their classes (`rag.text.word_classes`); it parses nothing, so a subject that holds a verb of its
own misleads it. It knows no candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.morphemes import Token
from rag.text.word_classes import classes_of

PREPOSITIONS = frozenset(
    "about above across after against along among around as at before behind below beneath "
    "beside between beyond by down during for from in inside into like near of off on onto out "
    "outside over past since through throughout to toward towards under until up upon with within "
    "without".split()
)
BE = frozenset("is are was were be been being am isn't aren't wasn't weren't".split())
_DO = frozenset("do does did don't doesn't didn't".split())
_HAVE = frozenset(
    "has have had can could will would may might must shall should cannot can't couldn't won't "
    "wouldn't hasn't haven't hadn't".split()
)
_DETERMINERS = frozenset(
    "a an the this that these those his her its their my our your some any each every no all "
    "many much most several".split()
)
AUXILIARIES = BE | _DO | _HAVE
_BETWEEN = BE | _HAVE | {"not", "also"}
_JOINED = frozenset(("and", "so", "but"))
_GOES_ON = PREPOSITIONS | _JOINED
_INSIDE = frozenset("of many much most other".split())
_FUNCTIONS = (
    PREPOSITIONS
    | BE
    | _DO
    | _HAVE
    | _DETERMINERS
    | frozenset(
        "and or but that which who whom when where why how what if than not he she it they we you "
        "there".split()
    )
)
GAPS = ("none", "inside", "subject", "object", "predicate", "passive subject")


@dataclass(frozen=True, slots=True)
class Gap:
    """`kind` is one of GAPS. `verb` is the key of the verb that the answer belongs to, `left` and
    `right` the words beside the gap and `preposition` the one that the answer hangs on, each in
    small letters or empty."""

    kind: str
    verb: str = ""
    left: str = ""
    right: str = ""
    preposition: str = ""


NO_GAP = Gap("none")


def gap_of(text: str, tokens: Sequence[Token], at: int) -> Gap:
    """The gap of a question whose asking word is tokens[at]."""
    words = [text[t.start : t.end].lower() for t in tokens]
    if words[at].endswith(("'s", "’s")):
        words[at : at + 1] = words[at][:-2], "is"
        tokens = [*tokens[: at + 1], Token("", "EN", 0, 0), *tokens[at + 1 :]]
    end = _phrase_end(words, tokens, at)
    before = words[at - 1] if at else ""
    held = before if before in PREPOSITIONS else ""
    comma = bool(at) and "," in text[tokens[at - 1].end : tokens[at].start]
    if at > bool(held) and before not in _JOINED and not comma:
        verb = next((i for i in range(at - 1, -1, -1) if _verb(words[i])), None)
        right = words[end] if end < len(words) else ""
        return Gap("inside", _key(tokens, verb), before, right, held)
    if end >= len(words):
        return NO_GAP
    return _fronted(words, tokens, end, held)


def _fronted(words: Sequence[str], tokens: Sequence[Token], end: int, held: str) -> Gap:
    """The gap where the asking words stand first, up to `end`, behind the preposition `held`."""
    first, start = words[end], end + 1
    if first not in AUXILIARIES:
        return Gap("subject", tokens[end].key, "", first, held)
    while start < len(words) and words[start] in _BETWEEN:
        start += 1
    if start >= len(words):
        return Gap("subject", "", "", first, held)
    if first not in _DO and _participle(words[start], tokens[start]):
        kind = "passive subject" if words[start - 1] in BE else "subject"
        return Gap(kind, tokens[start].key, "", words[start], held)
    verb = _main_verb(words, tokens, start, base=first not in BE)
    alone = _left_alone(words, start if verb is None else verb + 1) if not held else None
    hanging = held if alone is None else words[alone]
    if verb is None:
        left = first if alone is None else hanging
        return Gap("predicate" if first in BE else "object", "", left, "", hanging)
    place = verb if alone is None else alone
    right = words[place + 1] if place + 1 < len(words) else ""
    return Gap("object", tokens[verb].key, words[place], right, hanging)


def _left_alone(words: Sequence[str], start: int) -> int | None:
    """The place of a preposition with nothing behind it, if there is one."""
    for i in range(start, len(words)):
        if words[i] in PREPOSITIONS and (i + 1 == len(words) or words[i + 1] in _GOES_ON):
            return i
    return None


def _key(tokens: Sequence[Token], place: int | None) -> str:
    return "" if place is None else tokens[place].key


def _phrase_end(words: Sequence[str], tokens: Sequence[Token], at: int) -> int:
    """Where what is asked for ends: behind country of which country."""
    end = at + 1
    if words[at] not in ("what", "which", "whose", "how") or end >= len(words):
        return end
    if words[at] == "how" and words[end] not in ("many", "much"):
        return end + (classes_of(words[end])[:1] in ("a", "r") and words[end] not in _FUNCTIONS)
    while end < len(words) and words[end] not in AUXILIARIES:
        word = words[end]
        if word in _FUNCTIONS and word not in _INSIDE and words[end - 1] != "of":
            break
        past = word.endswith("ed") and end > at + 1
        known = classes_of(word)[:1] == "v" and not word.endswith("ing")
        if tokens[end].tag == "EN" and (past or known):
            break
        end += 1
    return end if end < len(words) else min(at + 2, end)


def _verb(word: str) -> bool:
    return word not in _FUNCTIONS and "v" in classes_of(word)


def _participle(word: str, token: Token) -> bool:
    """Whether a word behind is or has goes on the verb rather than beginning a noun phrase."""
    classes = classes_of(word)
    return (
        token.tag == "EN"
        and word not in _FUNCTIONS
        and "v" in classes
        and (classes[0] in "va" or word.endswith(("ed", "ing")))
    )


def _main_verb(
    words: Sequence[str], tokens: Sequence[Token], start: int, *, base: bool
) -> int | None:
    """The verb behind the subject: the last word of its run that may be one. It has no ending
    where it is the `base` form, as behind did."""
    found: int | None = None
    for i in range(start, len(words)):
        word, classes = words[i], classes_of(words[i])
        if word in _FUNCTIONS:
            if found is not None:
                return found
            continue
        if i == start or words[i - 1] in _DETERMINERS or tokens[i].tag != "EN":
            continue
        ending = word.endswith(("ed", "ing"))
        if base:
            fits = "v" in classes and not ending and (not word.endswith("s") or word.endswith("ss"))
        else:
            fits = ending or ("v" in classes and (classes[0] == "v" or word.endswith(("en", "wn"))))
        found = i if fits else found
    return found
