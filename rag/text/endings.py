"""The ending of a Korean sentence without its speech level: 했습니다, 했다 and 했어요 say the same.

Sources are mostly written in the plain style and answers in the polite one. It knows the common
declarative endings only, and leaves every other word alone.
"""

from __future__ import annotations

import re

_LAST = re.compile(r"(?P<word>[가-힣]+)(?P<after>[^가-힣A-Za-z0-9]*)$")
_FIRST, _FINALS = ord("가"), 28
_PIEUP, _NIEUN = 17, 4  # ㅂ and ㄴ as final consonants


def last_word(text: str) -> tuple[int, int] | None:
    """Where the last word of a sentence stands, if that is Hangul."""
    found = _LAST.search(text)
    return found.span("word") if found else None


def without_level(word: str) -> str:
    """A word that ends a statement, without what tells its style: 합니다 and 한다 both give 하."""
    for ending in ("습니다", "는다", "어요", "아요"):
        if len(word) > len(ending) and word.endswith(ending):
            return word.removesuffix(ending)
    if word.endswith("해요"):
        return word.removesuffix("해요") + "하"
    for ending, final in (("니다", _PIEUP), ("다", _NIEUN)):
        stem = word.removesuffix(ending)
        if stem and stem != word and (ord(stem[-1]) - _FIRST) % _FINALS == final:
            return stem[:-1] + chr(ord(stem[-1]) - final)
    return word.removesuffix("다") if len(word) > 1 else word
