"""Sentences with one fact changed: a digit, a date, a name, a negation or a direction.

What `alter` gives says something else than what went in, and differs by as little as can be; what
`shortened` gives says part of it. Used to learn from, and to measure how many changes are noticed.
It does not know whether the new sentence is true, nor whether it is elegant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from rag.text.morphemes import Token, analyse, has_hangul
from rag.text.names import names

KINDS = ("number", "date", "name", "negation", "polarity")
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DIGITS = re.compile(
    rf"(?P<date>\d+(?=년|월|일|(?:st|nd|rd|th)? {_MONTH})|(?<=[a-zA-Z] )\d{{1,2}}(?=, \d{{4}}\b)"
    r"|\b(?:1[5-9]|20)\d\d\b)|(?<![a-zA-Z])\d+"
)
_PAIRS = """
상승/하락 증가/감소 인상/인하 확대/축소 급등/급락 승리/패배 찬성/반대 성공/실패
허용/금지 시작/종료 매수/매도 수입/수출 흑자/적자 합류/탈퇴 이전/이후 최고/최저
강화/약화 긍정적/부정적 포함/제외 국내/해외 남성/여성 합법/불법 늘었다/줄었다
늘어났다/줄어들었다 올랐다/내렸다 이겼다/졌다 높다/낮다 많다/적다 빠르다/느리다
높은/낮은 많은/적은 큰/작은
rose/fell increased/decreased increase/decrease gained/lost won/lost higher/lower before/after
more/less above/below first/last larger/smaller best/worst success/failure profit/loss buy/sell
bought/sold joined/left allowed/banned accepted/rejected opened/closed increases/decreases
rising/falling growth/decline north/south east/west male/female
"""
_KOREAN_NEGATIONS = [
    tuple(pair.split("/"))
    for pair in (
        "하지 않았다/했다,되지 않았다/됐다,하지 않는다/한다,했습니다/하지 않았습니다,"
        "합니다/하지 않습니다,됩니다/되지 않습니다,있습니다/없습니다,없습니다/있습니다,"
        "입니다/이 아닙니다,했다/하지 않았다,한다/하지 않는다,됐다/되지 않았다,되었다/되지 않았다,"
        "된다/되지 않는다,있었다/없었다,없었다/있었다,있다/없다,없다/있다,이었다/이 아니었다,"
        "이다/이 아니다,하였다/하지 않았다"
    ).split(",")
]
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|can|could|would|should|must|has|have|had|may|might|did|does|do)\b"
    r"(?! not\b)(?!n't)(?=\s[a-z])"
)
_CLAUSE = re.compile(r",\s| (?:which|who|after|before|because|while|when|as|and|but|to) ")
_FEWEST_WORDS = 4
_NOT = re.compile(r"\b(?:not|never) ")


def alter(sentence: str, kind: str, others: Sequence[str], random: Random) -> str | None:
    """The sentence with one fact of this kind (see `KINDS`) changed, None when it has none.
    `others` are names to put in the place of one."""
    made = list(_altered(sentence, kind, others, random))
    return random.choice(made) if made else None


def shortened(sentence: str) -> str:
    """The sentence without a clause that it can do without: in Korean the first, in English what
    comes after the first comma or conjunction. Itself when nothing can go."""
    if has_hangul(sentence):
        parts = re.split(r"(?<=[가-힣]), ", sentence)
        kept = parts[-1]
    else:
        kept = _CLAUSE.split(sentence)[0].rstrip(" ,.") + "."
    return kept if len(kept.split()) >= _FEWEST_WORDS else sentence


def names_of(sentence: str) -> list[str]:
    """The names in a sentence that `alter` may replace."""
    return [text for _, _, text in _names(sentence, analyse(sentence))]


def _altered(sentence: str, kind: str, others: Sequence[str], random: Random) -> Iterator[str]:
    tokens = analyse(sentence)
    if kind in ("number", "date"):
        for match in _DIGITS.finditer(sentence):
            if bool(match["date"]) == (kind == "date"):
                yield from _other_digits(sentence, match, random)
    elif kind == "name":
        for start, end, name in _names(sentence, tokens):
            fitting = [o for o in others if o not in sentence and has_hangul(o) == has_hangul(name)]
            if fitting:
                yield sentence[:start] + random.choice(fitting) + sentence[end:]
    elif kind == "negation":
        yield from _negated(sentence)
    else:
        yield from _turned(sentence)


def _other_digits(sentence: str, match: re.Match[str], random: Random) -> Iterator[str]:
    for place in range(match.start(), match.end()):
        lowest = "1" if place == match.start() else "0"
        choices = [d for d in "0123456789" if d >= lowest and d != sentence[place]]
        written = sentence[:place] + random.choice(choices) + sentence[place + 1 :]
        number = int(written[match.start() : match.end()])
        if not match["date"] or 0 < number <= 31 or len(match[0]) > 2:
            yield written


def _names(sentence: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Names of two letters and more that are no sentence's first word, which may be any word."""
    for span in names(sentence, tokens):
        name = span.of(sentence)
        if span.start and len(name) > 1 and not any(c.isdecimal() for c in name):
            yield span.start, span.end, name


def _negated(sentence: str) -> Iterator[str]:
    if has_hangul(sentence):
        body = sentence.rstrip(" .!?\"'”’")
        for ending, other in _KOREAN_NEGATIONS:
            if body.endswith(ending):
                yield body.removesuffix(ending) + other + sentence[len(body) :]
                return
        return
    for match in _NOT.finditer(sentence):
        yield sentence[: match.start()] + sentence[match.end() :]
    if not _NOT.search(sentence) and "n't" not in sentence:
        for match in _AUXILIARY.finditer(sentence):
            yield sentence[: match.end()] + " not" + sentence[match.end() :]


def _turned(sentence: str) -> Iterator[str]:
    for pair in _PAIRS.split():
        one, two = pair.split("/")
        for old, new in ((one, two), (two, one)):
            edge = r"(?<![가-힣])" if has_hangul(old) else r"\b"
            close = "" if has_hangul(old) else r"\b"
            for match in re.finditer(edge + old + close, sentence):
                yield sentence[: match.start()] + new + sentence[match.end() :]
