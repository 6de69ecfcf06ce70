"""What the question's own word demands of the short answer, which few examples teach surely.

When asks for a date, how many for a number that is no date and not for what it was before, who for
a name, and not for what stands behind in, at or of. Of questions on texts in the other language
nothing was learned, so there what is asked for binds harder: a date and nothing else where there is
one, the place where something happens, a university for which university, and never what only
repeats the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.bilingual import word_renderings
from rag.evidence import names_of
from rag.question import Question
from rag.reader import NUMBERS, SHAPES_AT, Described, Read
from rag.spans import SHAPE_KINDS
from rag.text.morphemes import english_key, has_hangul
from rag.types import Span

Floats = NDArray[np.float32]

_DEMAND = 2.5  # in the scores of the networks
_PLACING = frozenset(("in", "at", "of", "on", "near"))
_FIGURES = frozenset(("count", "money", "percent", "age"))
_OF_DATES = re.compile(r"[년월]|(?<=\d)일|[A-Z][a-z]{2}")
_PLACE_BEHIND = re.compile(r"에(?:서|는)?(?![가-힣])|(?:으로|로)(?![가-힣])")
_ACTOR_BEHIND = re.compile(r"[은는을를](?![가-힣])")
_ALIKE = 0.7  # the same word, or one for the same
_REPEATED = 0.99  # of what a candidate says, found in the question
_NAMELESS = 1.5  # demands
_WORTH = 0.6  # of the best sentence's promise, for what fits in another to be believed
# From 1,400 to 1,600 won: what it was, unless the question asks for that.
_FORMER = re.compile(
    r"(\d\S*)에서 (?=\S*\d)|\bfrom ((?:[$€£¥₩]|US\$)?\d\S*(?: \w+){0,2}) to (?=\S?\d)"
)
_ASKS_FORMER = re.compile(
    r"에서|부터|원래|기존|종전|이전|처음|당초|\b(?:from|before|original|originally|previous|initial)\b"
)
_CLOSE = np.log1p(3.5)  # tokens, as `left_distance` counts them
_HELD, _DETERMINER, _MOST, _LEFT = (
    NUMBERS.index(name) for name in ("held_share", "determiner", "alike_most", "left_distance")
)
_WHEN = SHAPES_AT + SHAPE_KINDS.index("when")


def bound(
    question: Question, reads: Sequence[Read], described: Described, scores: Floats
) -> Floats:
    """The scores, less what each candidate lacks of what is demanded."""
    texts = [r.evidence.text for r in reads]
    across = np.array([has_hangul(text) != has_hangul(question.text) for text in texts])
    owners = np.array([c.sentence for c in described.candidates], dtype=np.intp)
    foreign = across[owners]
    loose = (described.fits == 0) | (foreign & (described.fits > 0) & (described.fits < 3))
    loose |= _dates(question, texts, described) | _former(question, texts, described)
    wanted = -loose.astype(np.float32)
    if question.kind == "who":
        near = described.numbers[:, _LEFT] <= _CLOSE
        wanted += [
            _of_person(texts[c.sentence], c.span.start, known=bool(known))
            for c, known in zip(described.candidates, near, strict=True)
        ]
    if across.any():
        worth = np.array([r.promise >= _WORTH * reads[0].promise for r in reads])
        if ((described.fits == 3) & ~loose & worth[owners]).any():
            wanted -= 2.0 * (described.fits == 0)
        wanted += _across(question, texts, described, foreign)
        wanted -= _NAMELESS * _nameless(question, reads, across)[owners]
    demanded: Floats = scores + _DEMAND * wanted
    return demanded


def _nameless(
    question: Question, reads: Sequence[Read], across: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which sentences in the other language hold fewer of the question's names and numbers than
    those in its own do: what they say may be said of something else."""
    names = names_of(question)
    own = {k for r, a in zip(reads, across, strict=True) if not a for k in r.evidence.matched}
    fewer = [names & r.evidence.matched < names & own for r in reads]
    lacking: NDArray[np.bool_] = across & np.array(fewer)
    return lacking


def _dates(question: Question, texts: Sequence[str], described: Described) -> NDArray[np.bool_]:
    """Which candidates are dates or parts of them, where a figure of another kind is wanted."""
    out = np.zeros(len(described.candidates), dtype=bool)
    if question.kind in _FIGURES:
        when = described.codes[:, _WHEN]
        for i in np.flatnonzero((when == 1) | (when == 3)):
            candidate = described.candidates[i]
            written = candidate.span.of(texts[candidate.sentence])
            out[i] = when[i] == 1 or _OF_DATES.search(written) is not None
    return out


def _former(question: Question, texts: Sequence[str], described: Described) -> NDArray[np.bool_]:
    """Which candidates are what a figure was before it changed."""
    out = np.zeros(len(described.candidates), dtype=bool)
    if question.kind not in _FIGURES or _ASKS_FORMER.search(question.text.lower()):
        return out
    former = [[m.span(m.lastindex or 0) for m in _FORMER.finditer(text)] for text in texts]
    for i, candidate in enumerate(described.candidates):
        span = candidate.span
        out[i] = any(
            span.start < end and start < span.end for start, end in former[candidate.sentence]
        )
    return out


def _of_person(text: str, start: int, *, known: bool) -> float:
    """How what stands at `start` looks like who did something: 1 yes, -2 not at all. `known` is
    whether the question says what was done by it."""
    before = text[:start].rstrip().rpartition(" ")[2].lower()
    agent = float(known) if before == "by" else -1.0 if before in _PLACING else 0.0
    named = 0.0 if text[start].isupper() or has_hangul(text[start]) else -1.0
    return agent + named


def _across(
    question: Question, texts: Sequence[str], described: Described, foreign: NDArray[np.bool_]
) -> Floats:
    """What binds besides in the language not asked in; 0 for candidates in the other."""
    wanted = -2.0 * (described.numbers[:, _HELD] >= _REPEATED)
    if described.numbers[:, _DETERMINER].any() and question.kind in ("what", "where", "who"):
        wanted += described.numbers[:, _MOST] >= _ALIKE
    for i in np.flatnonzero(foreign) if question.kind in ("who", "where") else ():
        text, span = texts[described.candidates[i].sentence], described.candidates[i].span
        if question.kind == "who":
            wanted[i] -= _placed(text, span) + _is_a_word(span.of(text))
        else:
            wanted[i] += _placed(text, span) - (_ACTOR_BEHIND.match(text, span.end) is not None)
    placed: Floats = (wanted * foreign).astype(np.float32)
    return placed


def _placed(text: str, span: Span) -> bool:
    """Whether something happens in or at it."""
    before = text[: span.start].rstrip().rpartition(" ")[2].lower()
    return before in _PLACING or _PLACE_BEHIND.match(text, span.end) is not None


def _is_a_word(written: str) -> bool:
    """Whether the lexicon knows how it reads in the other language, which it does not of people."""
    return bool(
        word_renderings(written if has_hangul(written) else english_key(written.split()[-1]))
    )
