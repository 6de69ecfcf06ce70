"""Quantities as numbers: 28, 스물여덟, 143억, 2,000 and $14.3 billion can be compared.

It reads one quantity out of a short text and does not know units: 28살 and 28% are both 28.
"""

from __future__ import annotations

import re

_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s?(조|억|만|천|백|십)?\s?(만|억)?")
_SCALE = {"십": 10, "백": 100, "천": 1_000, "만": 10**4, "억": 10**8, "조": 10**12}
_ENGLISH_SCALE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50,
    "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5,
    "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_NATIVE = re.compile(rf"({'|'.join(_TENS)})?\s?({'|'.join(_ONES)})?")


def value_of(text: str) -> float | None:
    """The quantity that the text states, None if there is none."""
    if not _DIGITS.search(text):
        return _native(text)
    lower = text.lower()
    for word, scale in _ENGLISH_SCALE.items():
        if word in lower:
            return _number(_DIGITS.search(text)) * scale
    total = 0.0
    for number, first, second in _PART.findall(text):
        total += float(number.replace(",", "")) * _SCALE.get(first, 1) * _SCALE.get(second, 1)
    return total


def _number(match: re.Match[str] | None) -> float:
    return float(match.group().replace(",", "")) if match else 0.0


def _native(text: str) -> float | None:
    for match in _NATIVE.finditer(text):
        tens, ones = match.groups()
        if tens or ones:
            return float(_TENS.get(tens or "", 0) + _ONES.get(ones or "", 0))
    return None
