"""What `engine.verify` promises: spans, verdicts, reasons, limits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag import alignment
from rag.engine import Engine
from rag.errors import InputError, NotFoundError, TooLargeError
from rag.statement import Statement, laid_beside, state
from rag.types import Citation, NewDocument, Span, VerifiedSentence
from rag.verify import Pool, PoolFor, Source, given, unsupported, verify
from tests.support.work import lines

KOREAN = (
    "가온은행은 2021년 3월 부산에 지점을 열고 직원 430명을 새로 뽑았다. 이 은행의 주가는 발표 "
    "직후 3.5% 상승했다. 김서연 대표는 “내년까지 매출을 1조 2천억 원으로 늘리겠다”고 말했다. "
    "노동조합은 합병에 찬성했다."
)
ENGLISH = (
    "Northwind opened a plant in Lisbon in May 2019 and hired 28 people. Its shares rose 4 percent "
    "after the announcement. Chief executive Moreau said the company would invest $14.3 billion. "
    "The union did not oppose the merger with Bluefin."
)


def check(engine: Engine, text: str, *sources: str) -> VerifiedSentence:
    found = engine.verify(text, sources=[NewDocument(s) for s in sources or (KOREAN, ENGLISH)])
    [sentence] = found.sentences
    return sentence


@pytest.mark.parametrize(
    "text",
    [
        "가온은행은 부산에 지점을 열었다.",
        "직원 430명을 새로 뽑았습니다.",
        "주가는 발표 직후 3.50퍼센트 올랐다.",
        "김서연 대표는 매출을 1.2조 원으로 늘리겠다고 말했다.",
        "Northwind hired twenty-eight people.",
        "Northwind opened a plant in Lisbon.",
        "Shares of Northwind rose 4% after the announcement.",
    ],
)
def test_what_the_sources_say_in_other_words_is_supported(seeded: Engine, text: str) -> None:
    sentence = check(seeded, text)
    assert (sentence.verdict, sentence.why) == ("supported", None)
    assert sentence.support >= 0.5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("가온은행은 부산에 지점을 열고 직원 480명을 새로 뽑았다.", "number"),
        ("가온은행은 2023년 3월 부산에 지점을 열었다.", "date"),
        ("가온은행은 2021년 3월 대전에 지점을 열고 직원 430명을 새로 뽑았다.", "name"),
        ("이 은행의 주가는 발표 직후 3.5% 하락했다.", "polarity"),
        ("노동조합은 합병에 찬성하지 않았다.", "polarity"),
        ("노동조합은 합병에 반대했다.", "polarity"),
        ("Northwind opened a plant in Lisbon in June 2019 and hired 28 people.", "date"),
        ("Northwind opened a plant in Lisbon and hired 82 people.", "number"),
        ("Northwind opened a plant in Denver and hired 28 people.", "name"),
        ("Its shares fell 4 percent after the announcement.", "polarity"),
        ("The union opposed the merger with Bluefin.", "polarity"),
    ],
)
def test_a_changed_fact_is_named(seeded: Engine, text: str, why: str) -> None:
    sentence = check(seeded, text)
    assert sentence.verdict in ("unsupported", "contradicted")
    assert sentence.why == why
    assert sentence.support < 0.5
    assert sentence.evidence is not None


def test_a_quote_is_supported_and_found(seeded: Engine) -> None:
    quote = "Chief executive Moreau said the company would invest $14.3 billion."
    sentence = check(seeded, quote)
    assert sentence.verdict == "supported"
    assert sentence.support > 0.95
    assert sentence.evidence is not None
    assert (sentence.evidence.source, sentence.evidence.text) == (1, quote)
    assert sentence.evidence.span.of(ENGLISH) == quote
    assert sentence.evidence.document_id is None


def test_markers_are_not_part_of_what_is_verified(seeded: Engine) -> None:
    text = "가온은행은 부산에 지점을 열었다 [1]. Northwind hired 28 people.[2] [3, 4] "
    text += "주가는 올랐다. [5]"
    found = seeded.verify(text, sources=[NewDocument(KOREAN), NewDocument(ENGLISH)])
    assert [s.verdict for s in found.sentences] == ["supported"] * 3
    assert all(s.span.of(text) == s.text for s in found.sentences)
    assert found.grounded
    assert found.support == min(s.support for s in found.sentences)


def test_one_weak_sentence_makes_a_text_ungrounded(seeded: Engine) -> None:
    text = "Northwind hired 28 people. Penguins live in Antarctica."
    found = seeded.verify(text, sources=[NewDocument(ENGLISH)])
    assert not found.grounded
    first, second = found.sentences
    assert (first.verdict, second.verdict) == ("supported", "unsupported")
    assert second.why == "no_evidence"
    assert second.support == found.support


def test_without_sources_the_collection_is_searched(seeded: Engine) -> None:
    found = seeded.verify("르쿤은 2013년 메타에 합류했다. 메타는 스케일에 134억 달러를 투자했다.")
    good, bad = found.sentences
    assert (good.verdict, bad.why) == ("supported", "number")
    for sentence in found.sentences:
        quote = sentence.evidence
        assert quote is not None
        assert quote.document_id is not None
        document = seeded.document(quote.document_id)
        assert quote.span.of(document.text) == quote.text
        assert quote.source_name == document.source
    assert {s.evidence.source for s in found.sentences if s.evidence} == {0, 1}


def test_a_word_that_nobody_knows(seeded: Engine) -> None:
    sentence = check(seeded, "Zxqv.")
    assert (sentence.verdict, sentence.why, sentence.evidence) == (
        "unsupported",
        "no_evidence",
        None,
    )


def test_a_text_without_words_is_not_grounded(seeded: Engine) -> None:
    found = seeded.verify("… !!", sources=[NewDocument(KOREAN)])
    assert (found.support, found.grounded, found.sentences) == (0.0, False, ())


def test_limits(seeded: Engine) -> None:
    source = NewDocument(KOREAN)
    for text in ("", " \n ", "가\ud800"):
        with pytest.raises(InputError):
            seeded.verify(text, sources=[source])
    with pytest.raises(TooLargeError):
        seeded.verify("가" * 50_001, sources=[source])
    for sources in ([], [source] * 101):
        with pytest.raises(InputError) as refused:
            seeded.verify("가", sources=sources)
        assert refused.value.param == "sources"
    with pytest.raises(InputError) as refused:
        seeded.verify("가", sources=[source, NewDocument(" ")])
    assert refused.value.param == "sources.1.text"
    with pytest.raises(NotFoundError):
        seeded.verify("가나다.", collection="nowhere")


def citation(text: str, cited: str, *, verified: bool = True) -> Citation:
    return Citation(
        "cit_1", 1, Span(0, len(text)), "doc_1", "chk_1", "", "", Span(0, len(cited)), cited,
        verified, 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ENGLISH[:10], None),
        ("Northwind hired 28 people in Lisbon.", None),
        ("Northwind hired twenty-eight people.", None),
        ("Northwind hired 29 people.", "number"),
        ("Northwind did not hire people.", "polarity"),
    ],
)
def test_a_sentence_of_ours_states_what_its_quote_carries(text: str, why: str | None) -> None:
    found = unsupported(text, [citation(text, ENGLISH)])
    assert [gap.why for gap in found] == ([why] if why else [])


def test_a_quote_that_is_not_in_its_source_carries_nothing() -> None:
    [gap] = unsupported("Northwind.", [citation("Northwind.", "Northwind.", verified=False)])
    assert gap.why == "no_evidence"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("노동조합은 합병에 찬성했다.", "노동조합은 합병에 찬성했습니다."),
        ("이 방법은 지금도 쓰이고 있습니다.", "이 방법은 지금도 쓰이고 있다."),
        ("이것은 흔한 문제 중 하나이다.", "이것은 흔한 문제 중 하나입니다."),
        ("이 그룹은 다른 곳에서 일한다.", "이 그룹은 다른 곳에서 일합니다."),
        ("그는 그 일을 하지 않는다.", "그는 그 일을 하지 않습니다."),
    ],
)
def test_the_speech_level_says_nothing(seeded: Engine, source: str, text: str) -> None:
    assert check(seeded, text, source).verdict == "supported"


@pytest.mark.parametrize(
    ("source", "exact"),
    [
        (
            "The stadium holds some 10,000 spectators.",
            "The stadium holds exactly 10,090 spectators.",
        ),
        ("경기장은 관중 약 1만 명을 수용한다.", "경기장은 관중 1만 90명을 수용한다."),
    ],
)
def test_a_rounded_figure_does_not_carry_an_exact_one(
    seeded: Engine, source: str, exact: str
) -> None:
    sentence = check(seeded, exact, source)
    assert (sentence.verdict in ("unsupported", "contradicted"), sentence.why) == (True, "number")


def test_an_exact_figure_carries_a_rounded_one(seeded: Engine) -> None:
    source = "The stadium holds 10,090 spectators."
    assert check(seeded, "The stadium holds about 10,000 spectators.", source).why is None


@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("탑의 높이는 412미터이다.", "탑의 높이는 412톤이다."),
        ("가온호에는 화물 35톤이 실렸다.", "가온호에는 화물 35명이 실렸다."),
        ("The tower is 412 m tall.", "The tower is 412 feet tall."),
    ],
)
def test_another_unit_is_another_number(seeded: Engine, source: str, other: str) -> None:
    sentence = check(seeded, other, source)
    assert (sentence.verdict in ("unsupported", "contradicted"), sentence.why) == (True, "number")
    assert sentence.support < 0.5


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("The tower is 412 m tall.", "The tower is 412 metres tall."),
        ("The tower is 412 metres tall.", "The tower is 412m tall."),
        ("탑의 높이는 412m이다.", "탑의 높이는 412미터이다."),
        ("The site has 5m users.", "The site has 5 million users."),
    ],
)
def test_a_unit_may_be_written_short(seeded: Engine, source: str, text: str) -> None:
    assert check(seeded, text, source).verdict == "supported"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("설명서는 이해가 안 되는 책이다.", "설명서는 이해가 되지 않는다."),
        ("여행 내내 전혀 불편함 없이 지냈다.", "여행 내내 전혀 불편한 점이 없었다."),
    ],
)
def test_a_negation_may_be_worded_otherwise(seeded: Engine, source: str, text: str) -> None:
    assert check(seeded, text, source).why is None


def counted(seen: list[str], *sources: str) -> PoolFor:
    pool_for = given([NewDocument(source) for source in sources])

    def counting(sentence: str) -> Pool:
        seen.append(sentence)
        return pool_for(sentence)

    return counting


def test_a_sentence_said_again_is_judged_once(seeded: Engine) -> None:
    seen: list[str] = []
    line = "노동조합은 합병에 찬성했다. "
    found = verify(line * 50 + "끝났다.", counted(seen, KOREAN), seeded.parts.judge())
    assert seen == [line.strip(), "끝났다."]
    assert len(found.sentences) == 51
    assert {s.span.start for s in found.sentences} == set(range(0, 51 * len(line), len(line)))
    assert {(s.text, s.verdict) for s in found.sentences[:50]} == {(line.strip(), "supported")}


def test_what_never_ends_is_compared_in_pieces(seeded: Engine) -> None:
    seen: list[str] = []
    text = " ".join(f"{i * i}번 사과" for i in range(1000))
    pool_for = counted(seen, text)
    found = verify(text, pool_for, seeded.parts.judge())
    assert max(map(len, seen)) <= 1000
    assert max(len(s.text) for s in pool_for("").statements) <= 1000
    assert "".join("".join(s.text.split()) for s in found.sentences) == "".join(text.split())
    assert all(s.span.of(text) == s.text for s in found.sentences)


def test_finding_evidence_takes_no_step_for_each_sentence() -> None:
    [claim] = state(["The plant in Oslo opened and 노동조합은 합병에 찬성했다."])
    small, large = (
        Pool([Source(0, f"{KOREAN} {ENGLISH} Oslo opened. " * times)]) for times in (10, 200)
    )
    assert small.nearest(claim, 4) == large.nearest(claim, 4)
    few, many = lines(lambda: small.nearest(claim, 4)), lines(lambda: large.nearest(claim, 4))
    assert many < 2 * few


def test_a_table_of_like_numbers_is_surveyed_once_for_each(
    seeded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveyed: list[Statement] = []
    told = alignment._surroundings

    def counting(statement: Statement, start: int, end: int) -> tuple[str, str, tuple[str, ...]]:
        surveyed.append(statement)
        return told(statement, start, end)

    monkeypatch.setattr(alignment, "_surroundings", counting)
    claim, evidence = state(["사과 3개, 배 3개, " * 20, "감 3개, 귤 3개, " * 30])
    alignment.aligned(claim, [evidence], seeded.parts.judge().words)
    assert 0 < len(surveyed) <= 100


def pairs(claim: Sequence[str], evidence: Sequence[str]) -> int:
    """How many places of like words are gone through for the first match alone."""
    places: dict[str, list[int]] = vars(laid_beside(claim, evidence))["b2j"]
    return sum(len(places.get(word, ())) for word in claim)


def test_words_that_are_nearly_all_alike_begin_no_match() -> None:
    claim, evidence = ["3", "%"] * 400 + ["말"], ["4", "3", "%"] * 500 + ["말"]
    assert pairs(claim, evidence) == 1
    assert laid_beside(claim, evidence).get_matching_blocks()[0].size == 3
    assert pairs(claim[:40], evidence[:300]) == 40 * 100
