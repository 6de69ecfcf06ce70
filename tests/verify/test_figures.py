"""Numbers and dates are read as values, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.figures import Figure, figures
from rag.text.morphemes import analyse
from tests.support.work import lines


def read(text: str) -> list[tuple[float, str]]:
    return [(f.value, f.unit) for f in figures(text, analyse(text))]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("143억 달러를 투자했다", [14.3e9]),
        ("It invested $14.3 billion.", [14.3e9]),
        ("3.50% 올랐다", [3.5]),
        ("3.5퍼센트 올랐다", [3.5]),
        ("1조 2천억 원", [1.2e12]),
        ("12조3천억 원", [12.3e12]),
        ("5천3백만 명", [53e6]),
        ("3만 5000명", [35000]),
        ("스물여덟 살", [28]),
        ("twenty-eight people", [28]),
        ("one hundred million people", [1e8]),
        ("삼백 명", [300]),
        ("1,234.5 tons", [1234.5]),
        ("one of them", []),
        ("수십 명", []),
    ],
)
def test_values(text: str, values: list[float]) -> None:
    assert [value for value, _ in read(text)] == values


@pytest.mark.parametrize(
    "text", ["2024년 5월 3일에 열렸다", "It opened on May 3, 2024.", "2024-05-03", "on 3 May 2024"]
)
def test_dates_come_out_alike(text: str) -> None:
    assert set(read(text)) == {(2024, "year"), (5, "month"), (3, "day")}


@pytest.mark.parametrize("text", ["It may march on.", "3년간 일했다", "14일 전 만났다"])
def test_what_only_looks_like_a_date(text: str) -> None:
    assert not any(f.is_date for f in figures(text, analyse(text)))


@pytest.mark.parametrize(
    ("one", "two", "agree"),
    [
        ("약 3만 명", "30,412 people", True),
        ("3만 명", "30,412 people", False),
        ("오후 3시", "15시", True),
        ("95년", "1995년", True),
        ("5월", "5일", False),
        ("143억 달러", "$14.3 billion", True),
        ("143억 달러", "143억 원", False),
        ("$5", "€5", False),
        ("3.5%", "3.5퍼센트", True),
        ("3.5%", "3.5 million people", False),
        ("412 m", "412 metres", True),
        ("412 m", "412미터", True),
        ("412m 높이", "412미터", True),
        ("5m users", "5 million users", True),
        ("412 m", "412톤", False),
        ("412미터", "412톤", False),
        ("412미터", "412m", True),
        ("a 200-metre track", "200m", True),
        ("12제곱킬로미터", "12 km²", True),
        ("12킬로미터", "12 km²", False),
        ("28살", "28명", False),
        ("28 people", "28명", True),
        ("28 students", "28명", True),
        ("$5m", "5 metres", False),
    ],
)
def test_agreement(one: str, two: str, agree: bool) -> None:
    first, second = (figures(text, analyse(text))[0] for text in (one, two))
    assert first.agrees(second) is agree
    assert second.agrees(first) is agree


@pytest.mark.parametrize(
    ("claim", "evidence", "follows"),
    [
        ("10,090", "some 10,000", False),
        ("3만 412명", "약 3만 명", False),
        ("3만 명", "약 3만 명", True),
        ("약 3만 명", "30,412 people", True),
        ("about 10,000", "nearly 10,100", True),
        ("412 m", "about 412 metres", True),
    ],
)
def test_an_exact_figure_does_not_follow_from_a_rounded_one(
    claim: str, evidence: str, follows: bool
) -> None:
    first, second = (figures(text, analyse(text))[0] for text in (claim, evidence))
    assert first.follows_from(second) is follows


@given(st.text(alphabet="0123456789.,-/ 년월일시억만천조약여스물두MayJunedozen한\n", max_size=30))
def test_every_figure_stands_in_the_text(text: str) -> None:
    found = figures(text, analyse(text))
    assert all(isinstance(f, Figure) and f.span.of(text).strip() for f in found)


@given(st.integers(2, 9999), st.sampled_from(["만", "억", "조"]))
def test_korean_scales(number: int, scale: str) -> None:
    [figure] = figures(f"{number}{scale} 원", analyse(f"{number}{scale} 원"))
    assert figure.value == number * {"만": 10**4, "억": 10**8, "조": 10**12}[scale]


def test_the_work_grows_with_the_figures_alone() -> None:
    short, long = "오른 값 3%, " * 50, "오른 값 3%, " * 200
    read(short), read(long)  # what is analysed once is not counted
    assert lines(lambda: read(long)) < 5 * lines(lambda: read(short))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("6 p.m.", "18:00", True),
        ("오후 6시", "18:00", True),
        ("18시", "오후 6시", True),
        ("6시", "오후 6시", True),
        ("6:30 p.m.", "18:30", True),
        ("12 p.m.", "12:00", True),
        ("밤 12시", "0:00 a.m.", True),
        ("0:30", "오전 12시 30분", True),
        ("오전 6시", "오후 6시", False),
        ("7시", "오후 6시", False),
        ("6:45 p.m.", "18:30", False),
    ],
)
def test_times_of_day(one: str, other: str, same: bool) -> None:
    theirs = figures(other, analyse(other))
    agreed = [any(f.follows_from(g) for g in theirs) for f in figures(one, analyse(one))]
    assert all(agreed) is same
    assert agreed
