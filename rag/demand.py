"""What the question's own word demands of the short answer, which few examples teach surely.

When asks for a date, how many for a number that is no date and not for what it was before, how long
for a duration, who for a name, and not for what stands behind in, at or of, where for no date; in a
table the column counts, and behind a label that fits what stands there. Of questions on texts in
the other language nothing was learned, so there what is asked for binds harder: a date and nothing
else where there is one, the place where something happens, a university for which university, and
never what only repeats the question.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.asked import asked_of
from rag.bilingual import word_renderings
from rag.evidence import names_of
from rag.measure import measure_of
from rag.question import Question
from rag.reader import NUMBERS, SHAPES_AT, Candidate, Described, Read
from rag.spans import SHAPE_KINDS
from rag.standing import column_at
from rag.text.morphemes import english_key, has_hangul
from rag.types import Span

Floats = NDArray[np.float32]

_DEMAND = 2.5  # in the scores of the networks
_PLACING = frozenset(("in", "at", "of", "on", "near"))
_CLAUSE = re.compile(
    r"[,;:] |\b(?:and|but|while|whereas)\b|(?<=[가-힣])(?:고|며|지만|으나|는데|면서)(?= )"
)
_FIGURES = frozenset(("count", "money", "percent", "age"))
_OF_DATES = re.compile(r"[년월]|(?<=\d)일|[A-Z][a-z]{2}")
_PLACE_BEHIND = re.compile(r"에(?:서|는)?(?![가-힣])|(?:으로|로)(?![가-힣])")
_ACTOR_BEHIND = re.compile(r"[은는을를](?![가-힣])")
# The particle that the asking word has, behind an answer.
_BEHIND = tuple(
    (re.compile(asked), re.compile(rf"(?: ?\([^)]*\))?(?:{particles})"))
    for asked, particles in (
        (r"누구(?:에게|한테|께)", "에게|한테|께"),
        (r"(?:언제|몇 ?[년월일시]|며칠|얼마|어디)부터", "부터|에서"),
        (r"^(?!.*(?:언제|며칠|몇 ?\S+)부터).*(?:언제|몇 ?[년월일시]|며칠|어디)까지", "까지"),
        (r"언제.*(?:끝|종료|마감|마치|마쳐|마무리|만료)", "까지"),
        (r"언제.*(?:시작|개시|개막)", "부터"),
    )
)
# From 4 to 22 August: which end the question asks for.
_ENDS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(before, re.IGNORECASE))
    for asked, before in (
        (r"\bwhen\b.*\b(?:end|finish|close|expire|over)s?\b", r"\b(?:to|until|till|through)$"),
        (r"\bwhen\b.*\b(?:start|begin|open)s?\b", r"\b(?:from|starting|since)$"),
    )
)
_ALIKE = 0.7  # the same word, or one for the same
_REPEATED = 0.99  # of what a candidate says, found in the question
_NAMELESS, _SURE, _COLUMN = 1.5, 3.0, 2.0  # demands
_HALF = 0.5  # of the characters
_WORTH = 0.6  # of the best sentence's promise, for what fits in another to be believed
# From 1,400 to 1,600 won: what it was, unless the question asks for that.
_FORMER = re.compile(
    r"(\d\S*)에서 (?=\S*\d)|\bfrom ((?:[$€£¥₩]|US\$)?\d\S*(?: \w+){0,2}) to (?=\S?\d)"
)
_ASKS_FORMER = re.compile(
    r"에서|부터|원래|기존|종전|이전|처음|당초|\b(?:from|before|original|originally|previous|initial)\b"
)
_WORD = 10  # letters, with what stands beside it
_CLOSE = np.log1p(3.5)  # tokens, as `left_distance` counts them
_ASKS_NAME = re.compile(
    r"(?:이름|성함|명칭)[은이] ?(?:뭐|무엇|뭔|어떻게|누구)"
    r"|\bwhat(?:'s| is| was| are| were) (?:the names? of\b"
    r"|\S.*(?:'s|his|her|its|their) names?\W*$)",
    re.IGNORECASE,
)
_HELD, _DETERMINER, _MOST, _LEFT, _DIGITS, _NAMES = (
    NUMBERS.index(name)
    for name in ("held_share", "determiner", "alike_most", "left_distance", "digits", "names")
)
_WHEN = SHAPES_AT + SHAPE_KINDS.index("when")


def bound(
    question: Question, reads: Sequence[Read], described: Described, scores: Floats
) -> Floats:
    """The scores, less what each candidate lacks of what is demanded."""
    texts = [r.evidence.text for r in reads]
    here = has_hangul(question.text)
    across = np.array([r.evidence.korean != here for r in reads])
    owners = np.array([c.sentence for c in described.candidates], dtype=np.intp)
    foreign = across[owners]
    loose = (described.fits == 0) | (foreign & (described.fits > 0) & (described.fits < 3))
    loose |= _dates(question, texts, described) | _former(question, texts, described)
    wanted = -loose.astype(np.float32) + _measured(question, texts, described)
    wanted += _standing(question, reads, texts, described) + _clauses(question, reads, described)
    wanted += _called(question, texts, described)
    if _ASKS_NAME.search(question.text):
        wanted -= described.numbers[:, _NAMES] == 0
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


def _measured(question: Question, texts: Sequence[str], described: Described) -> Floats:
    """Above 0 for what is wholly of the measure asked for (`rag.measure`); -1 for dates and figures
    where a place or somebody is."""
    out = np.zeros(len(described.candidates), dtype=np.float32)
    measure = measure_of(question.text)
    if measure is None:
        if question.kind in ("where", "who"):
            dates = np.isin(described.codes[:, _WHEN], (1, 3))
            out -= dates | (described.numbers[:, _DIGITS] >= _HALF)
        return out
    whole = [
        i
        for i, candidate in enumerate(described.candidates)
        if measure.fullmatch(candidate.span.of(texts[candidate.sentence]))
    ]
    found = [described.candidates[i] for i in whole]
    for i, candidate in zip(whole, found, strict=True):
        out[i] = _SURE * (not any(_inside(candidate, other) for other in found))
    return out


def _inside(one: Candidate, other: Candidate) -> bool:
    """Whether a candidate is a part of another: 8시 of 오전 8시 30분."""
    start, end = other.span.start, other.span.end
    return (
        one.sentence == other.sentence
        and len(one.span) < len(other.span)
        and start <= one.span.start
        and one.span.end <= end
    )


def _standing(
    question: Question, reads: Sequence[Read], texts: Sequence[str], described: Described
) -> Floats:
    """Above 0 for what stands in the column whose header the question names, behind a label that
    fits, or before the particle of the asking word (누구에게, 언제부터, 언제 끝나) or behind the
    preposition (until of when does it end); below 0 in another column or a label."""
    out = np.zeros(len(described.candidates), dtype=np.float32)
    named = {term.surface.lower() for term in question.terms}
    behind = [pattern for asked, pattern in _BEHIND if asked.search(question.text)]
    ends = [pattern for asked, pattern in _ENDS if asked.search(question.text)]
    standings = [r.evidence.standing for r in reads]
    values = [standing.value if standing.fits(question) else 0 for standing in standings]
    headers = [[any(name in cell for name in named) for cell in s.header] for s in standings]
    if not behind and not ends and not any(values) and not any(map(any, headers)):
        return out
    for i, candidate in enumerate(described.candidates):
        text, span = texts[candidate.sentence], candidate.span
        columns, value = headers[candidate.sentence], values[candidate.sentence]
        if any(columns):
            column = column_at(text, span.start)
            out[i] = _COLUMN if column < len(columns) and columns[column] else -_COLUMN
        elif value:
            out[i] = _behind_label(text, value, span)
        before = text[max(0, span.start - _WORD) : span.start].rstrip()
        if any(pattern.match(text, span.end) for pattern in behind) or (
            described.fits[i] == 3 and any(pattern.search(before) for pattern in ends)
        ):
            out[i] += _SURE
    return out


def _behind_label(text: str, value: int, span: Span) -> float:
    """-1 in the label, above 0 for the value, which begins at `value`, or all of it up to a
    comma."""
    if span.start != value:
        return -1.0 if span.start < value else 0.0
    return _SURE if text[span.end :].lstrip()[:1] in ("", ",", "(", "/") else 0.0


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


def _called(question: Question, texts: Sequence[str], described: Described) -> Floats:
    """1 for an English name that ends in the word which names what is asked for, or stands behind
    it: Tessen River and river Tessen of which river. Korean names are known without this."""
    out = np.zeros(len(described.candidates), dtype=np.float32)
    asked = asked_of(question)
    if not asked.determiner or not asked.focus or has_hangul(question.text):
        return out
    word = asked.focus[0][0]
    called = question.text[word.start : word.end].lower()
    words = {called, called.removesuffix("s"), re.sub("ies$", "y", called)}
    for i, candidate in enumerate(described.candidates):
        text, span = texts[candidate.sentence], candidate.span
        run = span.of(text)
        if run[0].isupper():
            before = text[: span.start].rstrip(" \"'“‘,").lower().removesuffix(" of")
            head, _, last = run.lower().rpartition(" ")
            out[i] = bool(head and last in words) or before.rpartition(" ")[2] in words
    return out


def _clauses(question: Question, reads: Sequence[Read], described: Described) -> Floats:
    """For figures that fit, how much less of the question their clause holds than a rival's in
    the sentence: of 14 people have died and 37 are missing, 37 answers how many are missing."""
    out = np.zeros(len(described.candidates), dtype=np.float32)
    if question.kind not in _FIGURES:
        return out
    total = sum(term.weight for term in question.terms) or 1.0
    shares = {term.key: term.weight / total for term in question.terms}
    fitting: dict[int, list[int]] = {}
    for i in np.flatnonzero(described.fits == 3):
        fitting.setdefault(described.candidates[i].sentence, []).append(int(i))
    for number, rivals in fitting.items():
        evidence = reads[number].evidence
        base = evidence.sentence.span.start - evidence.chunk.chunk.span.start
        cuts = [match.end() for match in _CLAUSE.finditer(evidence.text)]
        held: list[set[str]] = [set() for _ in range(len(cuts) + 1)]
        for token in evidence.tokens:
            held[bisect_right(cuts, token.start - base)].add(token.key)
        covered = [sum(shares.get(key, 0.0) for key in keys) for keys in held]
        starts = [described.candidates[i].span.start for i in rivals]
        own = np.array([covered[bisect_right(cuts, start)] for start in starts])
        out[rivals] = own - own.max()
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
