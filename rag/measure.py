"""Which measure a question asks for (how long, 얼마 동안, what phone number), and what is one.

Three years and 석 달 answer how long, 47분 does, 64 devices do not. It does not know whether the
measure is of what is asked about.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.numerals import COUNTING

_WORDS = (
    "a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    "|forty|fifty|sixty|ninety|half|several|hundred|thousand|million"
)
_NATIVE = rf"{COUNTING}|서|너|수십|몇|수"
_FIGURE = (
    r"(?:(?:약|대략|최대|최소|about|over|nearly|up to|at least) )?"
    rf"(?:\d[\d,.]*(?:\s?[십백천만억조])*|(?:{_WORDS})(?:[- ](?:{_WORDS}))*|(?:{_NATIVE}))[\s-]?"
)
_TIME = (
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|centur(?:y|ies)|decades?|nights?"
    r"|년|개월|달|주일?|일|시간|분|초|해|세기|박)(?:\s?반|간)?"
)
DAYS = "하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름|반나절|한나절"
_LENGTH = (
    r"(?:kilomet(?:re|er)s?|met(?:re|er)s?|centimet(?:re|er)s?|millimet(?:re|er)s?|miles?|feet"
    r"|foot|inch(?:es)?|yards?|light[- ]years?|km|cm|mm|m|ft"
    r"|킬로미터|미터|센티미터|밀리미터|리|피트|마일|인치|광년)"
)
_WEIGHT = (
    r"(?:kilograms?|grams?|tons?|tonnes?|pounds?|ounces?|kg|g|lbs?|킬로그램|그램|톤|파운드|근)"
)
# What asks, and what answers wholly.
_MEASURES = (
    (
        r"how (?:long|many (?:years|months|weeks|days|hours|minutes|seconds))\b"
        r"|얼마 ?동안|얼마나 ?(?:오래|걸)|몇 ?(?:개월|달|주|년|시간|분|초) ?(?:동안|간)"
        r"|기간[은이] ?(?:얼마|며칠|몇)",
        rf"{_FIGURE}{_TIME}|{DAYS}",
    ),
    (
        r"how (?:long|far|tall|high|wide|deep)\b|얼마나 ?(?:길|긴|높|먼|멀|깊|넓)"
        r"|(?:길이|높이|거리|깊이|너비|폭|키)[는가]",
        rf"{_FIGURE}{_LENGTH}",
    ),
    (r"how heavy\b|\bweigh\b|얼마나 ?무거|무게[는가]", rf"{_FIGURE}{_WEIGHT}"),
    (
        r"몇 ?시(?!간)|what time\b",
        r"(?:(?:오전|오후|새벽|아침|저녁|밤|낮)\s?)?\d{1,2}시(?:\s?\d{1,2}분|\s?반)?"
        r"|\d{1,2}(?::\d\d)?\s?[ap]\.?m\.?|\d{1,2}:\d\d|noon|midnight|정오|자정",
    ),
    (
        r"how often\b|how many times\b|몇 ?(?:번|차례|회)(?!째)",
        rf"{_FIGURE}(?:times|번|차례|회)|once|twice",
    ),
    (
        r"(?:전화|내선|연락처|우편|등록|사업자|계좌|방|호실)\s?번호"
        r"|번호[는가이] ?(?:뭐|무엇|몇|어떻게)"
        r"|\b(?:phone|telephone|extension|room|serial|model|version) ?number\b",
        r"[^\s]*\d[\d\s.-]*",
    ),
)
_RULES = tuple((re.compile(asks, re.IGNORECASE), answer) for asks, answer in _MEASURES)


@lru_cache(maxsize=256)
def measure_of(question: str) -> re.Pattern[str] | None:
    """What answers the question wholly; None for one that asks for no such measure."""
    wanted = [answer for asks, answer in _RULES if asks.search(question)]
    return re.compile("|".join(wanted), re.IGNORECASE) if wanted else None
