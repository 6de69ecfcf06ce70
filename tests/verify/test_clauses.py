"""What is turned round is looked for in the clause that the claim speaks of; what is possible or
planned is no fact."""

from __future__ import annotations

import pytest

from rag.clauses import exchanged, negations_turned, sides_turned
from rag.moods import meant_otherwise
from rag.statement import state


@pytest.mark.parametrize(
    ("evidence", "claim", "turned"),
    [
        ("Profits at Marlow fell, while sales rose slightly.", "Sales at Marlow fell.", True),
        ("Profits at Marlow fell, while sales rose slightly.", "Profits at Marlow fell.", False),
        ("수출은 늘었지만 고용은 줄었다.", "고용은 늘었다.", True),
        ("수출은 늘었지만 고용은 줄었다.", "수출은 늘었다.", False),
        ("Prices rose.", "물가가 내렸다.", True),
    ],
)
def test_directions(evidence: str, claim: str, turned: bool) -> None:
    one, other = state([claim, evidence])
    assert bool(sides_turned(one, [other])) is turned


@pytest.mark.parametrize(
    ("evidence", "claim", "turned"),
    [
        ("공장은 문을 닫지 않았으나 매장은 문을 닫았다.", "공장은 문을 닫았다.", True),
        ("공장은 문을 닫지 않았으나 매장은 문을 닫았다.", "매장은 문을 닫았다.", False),
        ("Paris did not sign, but Rome signed.", "Rome signed.", False),
        ("The council approved the budget.", "시의회는 예산을 승인하지 않았다.", True),
    ],
)
def test_negations(evidence: str, claim: str, turned: bool) -> None:
    one, other = state([claim, evidence])
    assert bool(negations_turned(one, [other])) is turned


@pytest.mark.parametrize(
    ("evidence", "claim", "turned"),
    [
        ("Ferngate acquired Tolby Systems.", "Tolby Systems acquired Ferngate.", True),
        ("Ferngate acquired Tolby Systems.", "Ferngate acquired Tolby.", False),
        ("Ferngate acquired Tolby.", "Tolby was acquired by Ferngate.", False),
        ("제조사 다온셀은 회사 미르텍을 샀다.", "미르텍은 다온셀을 샀다.", True),
        ("사자가 표범을 쫓았다.", "표범이 사자를 쫓았다.", True),
        ("사자가 표범을 쫓았다.", "사자는 표범을 쫓았다.", False),
    ],
)
def test_who_does_what_to_whom(evidence: str, claim: str, turned: bool) -> None:
    one, other = state([claim, evidence])
    assert exchanged(one, [other]) is turned


@pytest.mark.parametrize(
    ("evidence", "claim", "otherwise"),
    [
        ("The agency may delay the launch.", "The agency has delayed the launch.", True),
        ("The agency may delay the launch.", "The agency may delay the launch now.", False),
        ("It opened in May and hired 28.", "It hired 28.", False),
        ("The agency delayed the launch.", "The agency has delayed the launch.", False),
        ("시는 통행을 제한할 수 있다고 밝혔다.", "시는 통행을 제한했다.", True),
        ("회사는 공장을 인수했다.", "회사는 공장을 인수할 예정이다.", True),
        ("회사는 공장을 인수할 예정이다.", "회사는 공장을 인수할 계획이다.", False),
    ],
)
def test_what_is_possible_is_no_fact(evidence: str, claim: str, otherwise: bool) -> None:
    one, other = state([claim, evidence])
    assert meant_otherwise(one, [other]) is otherwise
