"""The native Korean numerals, 하나 to 아흔아홉, and their forms before what is counted.

It does not know Sino-Korean numerals (일, 이, 삼), which are mostly written in figures.
"""

from __future__ import annotations

from collections.abc import Mapping

TENS: Mapping[str, int] = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50,
    "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
ONES: Mapping[str, int] = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5,
    "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
DETERMINERS = frozenset("한 두 세 석 네 넉 다섯 여섯 일곱 여덟 아홉 열 스무".split())
"""The words that stand alone before a counter: 석 of 석 달."""
COUNTING = (
    "한|두|세|석|네|넉|다섯|여섯|일곱|여덟|아홉|열(?:한|두|세|네)?|스무|스물(?:한|두|세|네)|서른"
    "|마흔|쉰"
)
"""A pattern of what stands before a counter."""
