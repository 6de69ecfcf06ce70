from __future__ import annotations

import calendar

import pytest

from rag.figures import figures, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28", 28),
        ("스물 아홉살", 29),
        ("스물여덟", 28),
        ("서른 살", 30),
        ("2,000명", 2000),
        ("143억 달러", 143 * 10**8),
        ("$14.3 billion", 14.3 * 10**9),
        ("1조 2천억 원", 1.2 * 10**12),
        ("3만 5천 명", 35_000),
        ("49%", 49),
        ("600여명", 600),
    ],
)
def test_quantities_compare(text: str, value: float) -> None:
    assert value_of(text) == pytest.approx(value)


def test_no_quantity() -> None:
    assert value_of("알 수 없음") is None


@pytest.mark.parametrize("number", [*range(2, 21), *range(30, 100, 10)])
def test_every_spelled_number_is_found(number: int) -> None:
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    words = f"{ones} fifteen sixteen seventeen eighteen nineteen".split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    spelled = words[number] if number < 20 else tens[number // 10 - 2]
    assert value_of(f"There are {spelled} of them.") == number
    assert value_of(f"모두 {spelled.title()} 명이다.") == number
    assert value_of(f"{spelled.upper()} million") == number * 10**6


@pytest.mark.parametrize(
    ("text", "value"), [("A dozen", 12), ("an hundred", 100), ("two dozen", 24)]
)
def test_numbers_that_an_article_opens(text: str, value: float) -> None:
    assert value_of(text) == value


def test_every_month_and_weekday_is_found() -> None:
    for number, month in enumerate(calendar.month_name[1:], start=1):
        for name in (month, month[:3]):
            assert (number, "month") in [(f.value, f.unit) for f in figures(f"On {name} 5", ())]
    for number, day in enumerate(calendar.day_name):
        for name in (day, day.upper(), "월화수목금토일"[number] + "요일"):
            assert [(f.value, f.unit) for f in figures(name, ())] == [(number, "weekday")]
