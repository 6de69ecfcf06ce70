from __future__ import annotations

import pytest

from rag.figures import value_of


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
