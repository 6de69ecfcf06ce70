"""Candidates for the short answer inside a sentence: names, dates, amounts, counts, ages.

Patterns over both languages. It knows what an answer of a kind looks like, and nothing about
whether it is the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.question import Kind
from rag.text.morphemes import Token
from rag.text.names import names
from rag.types import Span

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_NATIVE_TENS = "스물|스무|서른|마흔|쉰|예순|일흔|여든|아흔|열"
_NATIVE_ONES = "하나|한|둘|두|셋|세|넷|네|다섯|여섯|일곱|여덟|아홉"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_KOREAN_AMOUNT = rf"{_NUMBER}(?:조|억|만|천|백)?(?:\s?{_NUMBER}(?:억|만|천)?)*"
_COUNTER = (
    "명|개|곳|번|차례|가지|회|건|대|권|마리|채|척|개국|개월|년|시간|분|일|석|표|위|살|세|층|km|m|kg"
)

_SHAPES: dict[Kind, str] = {
    "when": (
        r"\d{3,4}년(?:\s?\d{1,2}월)?(?:\s?\d{1,2}일)?|\d{1,2}월(?:\s?\d{1,2}일|\s?[초중말]순?)?|\d{1,2}일"
        rf"|{_MONTH}(?:\s\d{{1,2}}(?:st|nd|rd|th)?)?(?:,?\s\d{{4}})?|\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?"
        r"|\b1\d{3}s?\b|\b20\d{2}s?\b|\d{1,2}세기|\b\d{1,2}(?:st|nd|rd|th)(?:\scentury)?\b"
        r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|[월화수목금토일]요일"
    ),
    "money": (
        rf"(?:[$€£¥₩]|US\$)\s?{_NUMBER}(?:\s(?:thousand|million|billion|trillion))?"
        rf"|{_KOREAN_AMOUNT}\s?(?:달러|원|유로|엔|위안|파운드)"
        rf"|{_NUMBER}\s(?:million|billion|trillion)\s(?:dollars|won|euros|yen)"
    ),
    "percent": rf"{_NUMBER}\s?(?:%|퍼센트|프로|percent|per cent)",
    "age": (
        rf"(?:{_NATIVE_TENS})\s?(?:{_NATIVE_ONES})?\s?살|\d{{1,3}}\s?[살세](?![기계])"
        r"|(?<=[(,]\s)\d{1,3}(?=[),])|(?<=\()\d{1,3}(?=\))"
        r"|\d{1,3}[- ]years?[- ]old|(?<=aged )\d{1,3}"
    ),
    "count": (
        rf"(?:약\s)?{_KOREAN_AMOUNT}\s?여?\s?(?:{_COUNTER})|{_NUMBER}"
        r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
        r"|thousands?|millions?)\b"
    ),
}
_PATTERNS = {kind: re.compile(shape) for kind, shape in _SHAPES.items()}


def expects_span(kind: Kind) -> bool:
    """Whether an answer of this kind must hold a candidate to be an answer at all."""
    return kind in _PATTERNS or kind == "who"


def candidates(kind: Kind, text: str, tokens: Sequence[Token], base: int) -> Iterator[Span]:
    """Spans in `text`, a sentence, that look like an answer of the kind. `tokens` are those of
    the sentence, with offsets `base` larger than those in `text`."""
    if kind in _PATTERNS:
        for match in _PATTERNS[kind].finditer(text):
            yield Span(match.start(), match.end())
    elif kind in ("who", "where"):
        yield from names(text, tokens, base)
