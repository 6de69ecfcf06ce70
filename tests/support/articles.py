"""Made-up news texts, the same for the same numbers: a corpus of any size for crashes and speed."""

from __future__ import annotations

import random
from pathlib import Path

_PEOPLE = "김서연 박도윤 이하준 최지우 정예린 강민재 Moreau Becker Sato Lindqvist".split()
_FIRMS = "한빛전자 누리화학 새벽항공 가온은행 Northwind Solaris Quantex Bluefin".split()
_PLACES = "부산 대전 광주 울산 Lisbon Oslo Denver Osaka".split()
_KOREAN = (
    "{firm}는 {year}년 {place}에 공장을 세우고 {count}명을 새로 뽑는다고 밝혔다.",
    "{person} 대표는 “{year}년까지 매출을 {count}억 원으로 늘리겠다”고 말했다.",
    "이번 투자로 {firm}의 생산 능력은 {percent}% 늘어날 것으로 보인다.",
    "업계에서는 {place} 지역의 인력 부족이 걸림돌이 될 수 있다고 지적한다.",
    "{firm}의 주가는 발표 직후 {percent}% 올랐다가 오후에 다시 내렸습니다.",
)
_ENGLISH = (
    "{firm} said it would open a plant in {place} in {year} and hire {count} people.",
    "Chief executive {person} told reporters that sales would reach ${count} million.",
    "The investment is expected to raise the output of {firm} by {percent} percent.",
    "Analysts warned that a shortage of workers around {place} could slow the project.",
    "Shares of {firm} rose {percent} percent after the announcement and fell back later.",
)


def article(number: int, sentences: int = 8) -> str:
    """Text number `number`: Korean when even, English when odd."""
    rng = random.Random(number)
    templates = _ENGLISH if number % 2 else _KOREAN
    lines = [
        rng.choice(templates).format(
            firm=rng.choice(_FIRMS),
            person=rng.choice(_PEOPLE),
            place=rng.choice(_PLACES),
            year=rng.randint(1980, 2030),
            count=rng.randint(20, 9000),
            percent=rng.randint(1, 90),
        )
        for _ in range(sentences)
    ]
    return f"{' '.join(lines[:4])}\n\n{' '.join(lines[4:])}\n"


def write_articles(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:05}.txt").write_text(article(number), encoding="utf-8")
