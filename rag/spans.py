"""Candidates for the short answer inside a sentence, and what can be said of each.

Every run of nominal morphemes (Korean) or of words between function words (English), up to a few
words long, is a candidate, described by numbers: its shape, what stands beside it, and how the
question's words lie around it. It knows what an answer looks like, and nothing about which is the
right one: `rag.extract` asks a learned ranker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.measure import DAYS
from rag.question import Kind
from rag.text.morphemes import Token
from rag.text.numerals import COUNTING, DETERMINERS, ONES, TENS
from rag.text.rarity import rarity
from rag.text.word_classes import classes_of
from rag.types import Span

Matrix = NDArray[np.float32]

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
# Numbers that touch (2013.12.5) as one run that nothing in it can divide anew: tried in every
# division, a column of "1,1,1," is not done with in a lifetime.
_NUMBERS = r"\d[\d,]*+(?:\.\d\d[\d,]*+)*+(?:\.\d(?!\d))?+"
_KOREAN_AMOUNT = rf"{_NUMBERS}(?:조|억|만|천|백)?+(?:\s?{_NUMBERS}(?:조|억|만|천)?+)*+"
_COUNTER = (
    "명|개|곳|번|차례|가지|회|건|대|권|마리|채|척|개국|개월|년|시간|분|일|석|표|위|살|세|층"
    "|(?:km|kg|m)(?![a-z])"
)

_NATIVE_COUNTER = (
    "명|개|곳|번|차례|가지|건|대|권|마리|채|척|달|시간|살|층|사람|배|잔|병|쪽|장|그루|군데|켤레"
)
_COUNTED = frozenset("달 해 주 시간 사람 나라 가지".split())  # nouns that count as well

_SHAPES: dict[Kind, str] = {
    "when": (
        r"\d{3,4}년(?:\s?\d{1,2}월)?(?:\s?\d{1,2}일)?|\d{1,2}월(?:\s?\d{1,2}일|\s?[초중말]순?)?|\d{1,2}일"
        rf"|{_MONTH}(?:\s\d{{1,2}}(?:st|nd|rd|th)?)?(?:,?\s\d{{4}})?"
        rf"|(?:\d{{1,2}}\s?(?:to|until|–|-)\s?)?\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?"
        r"|\b(?:1\d{3}|20\d{2})[–-]\d{2,4}\b|\b1\d{3}s?\b|\b20\d{2}s?\b|\d{1,2}세기|\b\d{1,2}(?:st|nd|rd|th)(?:\scentury)?\b"
        r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|[월화수목금토일]요일"
        r"|(?:오전|오후|새벽|저녁|밤)\s?\d{1,2}시(?:\s?\d{1,2}분)?|정오|자정"
        r"|\b\d{1,2}(?::\d\d)?\s?(?:[ap]\.m\.|[ap]m\b)|\b\d{1,2}:\d\d\b|\bnoon\b|\bmidnight\b"
        r"|\b(?:last|this|next) (?:year|month|week|night|spring|summer|autumn|fall|winter)\b"
        r"|작년|지난해|올해|내년|지난달|이번 달|다음 달|지난주|이번 주|다음 주|어제|오늘|내일"
        rf"|(?:{DAYS})\s?(?:전|후|뒤|만)"
    ),
    "money": (
        rf"(?:[$€£¥₩]|US\$)\s?{_NUMBER}(?:\s(?:thousand|million|billion|trillion))?"
        rf"|{_KOREAN_AMOUNT}\s?(?:달러|원|유로|엔|위안|파운드)"
        rf"|{_NUMBER}\s(?:(?:thousand|million|billion|trillion)\s)?"
        r"(?:dollars?|euros?|pounds?|won|yen|yuan|cents?|USD|EUR|GBP|KRW|JPY)\b"
    ),
    "percent": rf"{_NUMBER}\s?(?:%|퍼센트|프로|percent|per cent)",
    "age": (
        rf"(?:{'|'.join(TENS)})\s?(?:{'|'.join(ONES)})?\s?살|\d{{1,3}}\s?[살세](?![기계])"
        r"|(?<=[(,]\s)\d{1,3}(?=[),])|(?<=\()\d{1,3}(?=\))"
        r"|\d{1,3}[- ]years?[- ]old|(?<=aged )\d{1,3}"
    ),
    "count": (
        rf"(?:약\s)?(?<![제\d]){_KOREAN_AMOUNT}\s?여?\s?(?:{_COUNTER})|(?<![제\d]){_NUMBER}"
        rf"|(?<![가-힣])(?:{COUNTING})\s?(?:{_NATIVE_COUNTER})(?![가-힣]{{2}})"
        r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
        r"|thousands?|millions?)\b"
    ),
}
_PATTERNS = {kind: re.compile(shape) for kind, shape in _SHAPES.items()}
SHAPE_KINDS = tuple(_PATTERNS)
_MOST_WORDS = {"ko": 5, "en": 8}
MOST_TOKENS = 160  # of a sentence; what stands behind them is no candidate

# What may stand beside a span, told apart as far as it says something of the span's part in the
# sentence: tags of Kiwi, punctuation, and English function words. The order carries no meaning.
_NEIGHBOURS = (
    "edge", ",", "( [", ") ]", "\" ' “ ” ‘ ’ 《 》 〈 〉 < > 「 」 『 』", ". ; : ! ? …", "· - – —",
    "JKS", "JX", "JKO", "JKG", "JKB", "JC", "JKC JKV JKQ", "VCP", "NNG", "NNP SL EN_NAME",
    "SN NR", "NNB NP", "XPN XSN XR", "XSV XSA", "VV VA VX VCN", "EC EF EP", "ETM", "ETN",
    "MM MAG MAJ IC", "EN", "a an", "the", "of", "in", "by", "to", "for", "at on", "and or",
    "with", "from", "as", "is was are were be been being", "has have had did do does",
    "who whom whose which that where when what", "he she it they his her its their this these",
    "-ed", "-ing", "-ly", "-s", "-ion -ment -ness -ity -ism -ance -ence",
    "-al -ive -ous -ic -ful -able -ible -ary -less -ish", "-er -or -ist", "-est",
    "during until till since before after",
    "through throughout across over along under above below",
    "between among within without into onto inside outside",
    "against toward towards upon near around about",
    "can could will would may might must shall should cannot", "not no never", "than then",
    "such like including", "if because while although though whereas", "there here",
    "up out off down",
    "n", "v", "nv vn", "a", "an na", "r", "-s:n", "-s:v", "-s:nv -s:vn",
)  # fmt: skip
_ENDINGS = tuple(
    ending[1:]
    for group in _NEIGHBOURS
    for ending in group.split()
    if len(ending) > 2 and ending[0] == "-" and ":" not in ending
)
CODES = {name: float(code) for code, group in enumerate(_NEIGHBOURS) for name in group.split()}
OTHER = float(len(_NEIGHBOURS))

_NOMINAL = frozenset("NNG NNP NNB NR SN SL SH XSN XPN XR SW SB".split())
_OPENS = frozenset("NNG NNP NR SN SL SH XPN".split())
_CLOSES = frozenset("NNG NNP NNB NR SN SL SH XSN SW SSC ETN".split())
_JOINS = frozenset("JKG JC SP SO SSO SSC SS".split())  # inside a Korean candidate
_NAME_TAGS = frozenset(("NNP", "SL", "EN_NAME"))
_NEVER_OPENS = frozenset(
    "a an the of in by to for at on and or with from as is was are were be been being am has have "
    "had did do does who whom whose which that where when what he she it they his her its their "
    "this these those but if so than then also not there had can could will would may might "
    "during after before through throughout into onto against since until although within without "
    "under however upon along among near across according despite toward towards inside outside "
    "such including".split()
)
_NEVER_INSIDE = frozenset(
    "is was are were be been being am has have had did does who whom whose which that where when "
    "what he she it they but if because while".split()
)
_BREAK = re.compile(r"[.;:!?()\[\]—…\n|]")
_SHORTENED = frozenset("st dr mr mrs ms jr gen col lt no".split())
SHAPE_FEATURES = (
    "words", "characters", "tokens", "rarity", "rarest", "names", "digits", "before", "after",
    "first", "last", "position", "length", *(f"shape_{kind}" for kind in SHAPE_KINDS),
    "before_that", "after_that", "brackets", "joins", "wider_left", "wider_right",
    "cut_left", "cut_right", "verbs", "commas", "links",
)  # fmt: skip
_BRACKETS = ("()", "《》", "〈〉", "<>", "「」", "『』", "“”", "‘’", "[]")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The n candidates of a sentence of t tokens: their spans in the sentence, the places of
    their first and last tokens, `shape` (n, len(SHAPE_FEATURES)), which describes them without
    any question, and of the tokens what comparing with a question takes."""

    spans: tuple[Span, ...]
    runs: tuple[str, ...]  # what they cover, in lower case
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    shape: Matrix
    tokens: tuple[Token, ...]
    rarities: Matrix
    clauses: NDArray[np.intp]  # numbers of the stretches between commas


def find_candidates(text: str, tokens: Sequence[Token], base: int) -> Candidates:
    """All runs of a sentence that could be a short answer. The offsets of its tokens are `base`
    larger than those in `text`; one that goes on into the next sentence is left out."""
    tokens = tuple(
        t._replace(start=t.start - base, end=t.end - base)
        for t in tokens[:MOST_TOKENS]
        if t.start < t.end <= base + len(text)
    )
    english = any(t.tag in ("EN", "EN_NAME") for t in tokens)
    found = list((_english if english else _korean)(text, tokens))
    first = np.array([f for f, _, _ in found], dtype=np.intp)
    last = np.array([end for _, end, _ in found], dtype=np.intp)
    rarities = np.array([rarity(t.key) for t in tokens], dtype=np.float32)
    spans = tuple(span for _, _, span in found)
    return Candidates(
        spans=spans,
        runs=tuple(span.of(text).lower() for span in spans),
        first=first,
        last=last,
        shape=_shape(text, tokens, found, rarities),
        tokens=tokens,
        rarities=rarities,
        clauses=_clauses(text, tokens),
    )


def _korean(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, Span]]:
    """Runs of nominal morphemes that begin a word, with genitives and conjunctions inside."""
    count = len(tokens)
    for i, opening in enumerate(tokens):
        start = opening.start
        if not _opens(text, tokens, i) or (start and text[start - 1].isalnum()):
            continue
        for j in range(i, count):
            token = tokens[j]
            tag = tag_of(token)
            if text[token.start] == "|":  # of a table
                break
            if tag not in _NOMINAL and tag not in _JOINS and tag != "ETN":
                if _is_native(text, token):
                    continue
                break
            run = text[start : token.end]
            if run.count(" ") >= _MOST_WORDS["ko"]:
                break
            glued = j + 1 < count and tokens[j + 1].start == token.end
            if tag not in _CLOSES or (glued and tag_of(tokens[j + 1]) in _NOMINAL):
                continue
            if all(run.count(pair[0]) == run.count(pair[1]) for pair in _BRACKETS):
                yield i, j, Span(start, token.end)


def _opens(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Whether a candidate may begin there; a native numeral only before what it counts."""
    token = tokens[place]
    if tag_of(token) in _OPENS:
        return True
    if not _is_native(text, token) or place + 1 == len(tokens):
        return False
    counted = tokens[place + 1]
    return tag_of(counted) == "NNB" or text[counted.start : counted.end] in _COUNTED


def _is_native(text: str, token: Token) -> bool:
    return tag_of(token) == "MM" and text[token.start : token.end] in DETERMINERS


def _english(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, Span]]:
    """Runs of words that neither begin nor end with a function word, without article."""
    written = [text[t.start : t.end] for t in tokens]
    # The month is none of the words that end a candidate.
    words = [word if word == "May" else word.lower() for word in written]
    for i, opening in enumerate(tokens):
        if words[i] in _NEVER_OPENS:
            continue
        start = opening.start - (text[opening.start - 1 : opening.start] in tuple("$£€¥₩"))
        for j in range(i, min(i + _MOST_WORDS["en"], len(tokens))):
            token = tokens[j]
            if j > i and _broken(text, tokens[j - 1], token):
                break
            if words[j] in _NEVER_INSIDE:
                break
            if words[j] == "May" or (token.key and words[j] not in _NEVER_OPENS):
                end = token.end + (text[token.end : token.end + 1] == "%")
                if words[j].isdigit() and j + 1 < len(tokens) and words[j + 1] == "s":
                    end = max(end, tokens[j + 1].end if tokens[j + 1].start == token.end else 0)
                if words[j].endswith(("'s", "’s")):
                    end = token.end - 2
                yield i, j, Span(start, end)


def _broken(text: str, token: Token, following: Token) -> bool:
    """Whether a clause may end between two tokens: not behind the E. of William E. Simon."""
    gap = text[token.end : following.start]
    if gap == ". ":
        word = text[token.start : token.end]
        initial = len(word) == 1 and word.isupper()
        return not (following.is_name and (initial or word.lower() in _SHORTENED))
    return _BREAK.search(gap) is not None


def tag_of(token: Token) -> str:
    """Kiwi's tag without what it says of conjugation; an address or a code counts as Latin."""
    return _plain(token.tag)


@lru_cache(maxsize=256)
def _plain(tag: str) -> str:
    return tag.split("-")[0] if not tag.startswith("W_") else "SL"


def _clauses(text: str, tokens: Sequence[Token]) -> NDArray[np.intp]:
    breaks = np.array([i for i, c in enumerate(text) if c in ",;:()"], dtype=np.intp)
    return np.searchsorted(breaks, [t.start for t in tokens])


def _shape(
    text: str, tokens: Sequence[Token], found: Sequence[tuple[int, int, Span]], rarities: Matrix
) -> Matrix:
    """The features of SHAPE_FEATURES for every candidate."""
    out = np.zeros((len(found), len(SHAPE_FEATURES)), dtype=np.float32)
    if not found:
        return out
    first, last = (np.array([row[i] for row in found], dtype=np.intp) for i in (0, 1))
    start = np.array([span.start for _, _, span in found], dtype=np.intp)
    end = np.array([span.end for _, _, span in found], dtype=np.intp)
    count = last - first + 1
    before = {i: _beside(text, tokens, i, -1) for i in range(len(tokens))}
    after = {i: _beside(text, tokens, i, 1) for i in range(len(tokens))}
    out[:, 0] = _within([c == " " for c in text], start, end) + 1
    out[:, 1] = end - start
    out[:, 2] = count
    out[:, 3] = _within(rarities, first, last + 1)
    bounds = np.stack([first, last + 1], axis=1).ravel()
    out[:, 4] = np.maximum.reduceat(np.append(rarities, 0), bounds)[::2]
    out[:, 5] = _within([t.tag in _NAME_TAGS for t in tokens], first, last + 1) / count
    out[:, 6] = _within([c.isdigit() for c in text], start, end) / (end - start)
    out[:, 7] = [before[i] for i in first.tolist()]
    out[:, 8] = [after[i] for i in last.tolist()]
    codes = np.array([code_of(token, text) for token in tokens])
    out[:, 9], out[:, 10] = codes[first], codes[last]
    out[:, 11] = start / len(text)
    out[:, 12] = len(text)
    for column, kind in enumerate(SHAPE_KINDS, start=13):
        matches = [m.span() for m in _PATTERNS[kind].finditer(text)]
        if matches:
            out[:, column] = [_fit(span, matches) for _, _, span in found]
    edge = CODES["edge"]
    out[:, 18] = [before.get(i - 1, edge) for i in first.tolist()]
    out[:, 19] = [after.get(i + 1, edge) for i in last.tolist()]
    out[:, 20] = _within([c in "()[]《》〈〉" for c in text], start, end) > 0
    joins = [tag_of(t) in ("JKG", "JC") or text[t.start : t.end] in ("of", "and") for t in tokens]
    out[:, 21] = _within(joins, first, last + 1)
    out[:, 22] = [_rank(group, value) for group, value in _groups(last, first)]
    out[:, 23] = [_rank(group, value) for group, value in _groups(first, -last)]
    name = np.array([False, *(t.tag in _NAME_TAGS for t in tokens), False])
    gaps = [text[a.end : b.start] for a, b in pairwise(tokens)]
    joined = np.array([False, *(gap.strip("-") in ("", " ") for gap in gaps), False])
    out[:, 24] = name[first] & name[first + 1] & joined[first]
    out[:, 25] = name[last + 1] & name[last + 2] & joined[last + 1]
    words = [text[t.start : t.end].lower() if t.tag == "EN" else "" for t in tokens]
    out[:, 26] = _within([classes_of(w) == "v" for w in words], first, last + 1)
    out[:, 27] = _within([c == "," for c in text], start, end)
    out[:, 28] = _within([w in _NEVER_OPENS for w in words], first, last + 1)
    return out


def _groups(by: NDArray[np.intp], of: NDArray[np.intp]) -> Iterator[tuple[list[int], int]]:
    """For every candidate, the `of` of those that share its `by`, and its own."""
    shared: dict[int, list[int]] = {}
    for key, value in zip(by.tolist(), of.tolist(), strict=True):
        shared.setdefault(key, []).append(value)
    for key, value in zip(by.tolist(), of.tolist(), strict=True):
        yield shared[key], value


def _rank(group: Sequence[int], value: int) -> int:
    return sum(other < value for other in group)


def code_of(token: Token, text: str) -> float:
    """The code of a token itself: an English word's by its ending or class, a Korean morpheme's by
    tag. A capital at the beginning of a sentence makes no name of a word that is known."""
    if token.tag == "EN" or (token.tag == "EN_NAME" and token.start == 0):
        code = _code_of_english(text[token.start : token.end].lower(), token.tag == "EN")
        if code is not None:
            return code
    return CODES.get(tag_of(token), OTHER)


@lru_cache(maxsize=20_000)
def _code_of_english(word: str, sure: bool) -> float | None:
    """That of a word in small letters; None for one that is not `sure` to be a word and not known
    as one."""
    if word in CODES:
        return CODES[word]
    classes = classes_of(word)[:2]
    if not sure and not classes:
        return None
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return CODES.get(f"-{ending}:{classes}", CODES["-" + ending])
    return CODES.get(classes, CODES.get(classes[:1], CODES["EN"]))


def _within(
    values: Sequence[float] | Matrix, start: NDArray[np.intp], end: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Sums of values[start:end]."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    inside: NDArray[np.float64] = sums[end] - sums[start]
    return inside


def _fit(span: Span, matches: Sequence[tuple[int, int]]) -> float:
    """How a candidate lies to what a pattern found: the same 3, holding it 2, a part of it 1."""
    best = 0.0
    for start, end in matches:
        if (start, end) == (span.start, span.end):
            return 3.0
        if span.start <= start and end <= span.end:
            best = 2.0
        elif start <= span.start and span.end <= end:
            best = max(best, 1.0)
    return best


def _beside(text: str, tokens: Sequence[Token], at: int, step: int) -> float:
    """What stands before or after a token: punctuation first, then the word or its tag."""
    token, other = tokens[at], at + step
    inside = 0 <= other < len(tokens)
    if step < 0:
        gap = text[tokens[other].end if inside else 0 : token.start]
    else:
        gap = text[token.end : tokens[other].start if inside else len(text)]
    mark = gap.strip()[-1:] if step < 0 else gap.strip()[:1]
    if mark:
        return CODES.get(mark, OTHER)
    if not inside:
        return CODES["edge"]
    word = text[tokens[other].start : tokens[other].end]
    code = CODES.get(word.lower())
    return code if code is not None else code_of(tokens[other], text)
