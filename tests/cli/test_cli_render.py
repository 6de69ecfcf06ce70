"""Answers as lines: nothing is lost, nothing is too wide, quotes stay quotes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from wcwidth import wcswidth

from rag.cli.render import (
    answer_lines,
    quote_in_context,
    search_lines,
    short_answer_span,
    source_lines,
    wrapped,
)
from rag.cli.terminal import clean
from rag.cli.trail import trail_table
from rag.types import (
    Answer,
    Citation,
    Conflict,
    ConflictValue,
    Passage,
    SearchResult,
    Span,
    TrailStep,
    Unsupported,
)

WORDS = st.lists(
    st.text(st.sampled_from("가나다라漢字abcXYZ0129.,“”")), min_size=1, max_size=60
).map(" ".join)


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def styled(lines: list[Text], style: str) -> str:
    parts = [s.plain for line in lines for s in line.divide(_edges(line)) if _has(s, style)]
    return " ".join(parts)


def _edges(line: Text) -> list[int]:
    return sorted({edge for span in line.spans for edge in (span.start, span.end)})


def _has(piece: Text, style: str) -> bool:
    return any(style in str(span.style).split() for span in piece.spans)


@given(WORDS, st.integers(12, 200), st.integers(0, 6))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int, indent: int) -> None:
    lines = wrapped(Text(text), width, " " * indent)
    assert all(wcswidth(line.plain) <= width for line in lines)
    assert all(line.plain.startswith(" " * indent) for line in lines)
    assert "".join(plain(lines).split()) == "".join(text.split())


def test_following_lines_hang_under_the_first() -> None:
    lines = wrapped(Text("하나 둘 셋 넷 다섯 여섯"), 14, "[1] ")
    assert lines[0].plain.startswith("[1] 하나")
    assert len(lines) > 1
    assert all(re.match(r" {4}\S", line.plain) for line in lines[1:])


@given(st.text())
def test_cleaned_text_cannot_steer_the_terminal_and_keeps_its_offsets(text: str) -> None:
    shown = clean(text + "\x1b[2J\x9b\u202e\t\r\ud800")
    assert len(shown) == len(text) + 9
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown)
    shown.encode()


@given(WORDS, WORDS, WORDS)
def test_a_quote_stands_whole_between_its_neighbours(before: str, quote: str, after: str) -> None:
    text = f"{before} {quote} {after}"
    start = len(before) + 1
    where = Span(start, start + len(quote))
    passage = Passage("d", "c", "t", "s", text, Span(7, 7 + len(text)), 1.0, {})
    citation = Citation("i", 1, Span(0, 1), "d", "c", "t", "s", where.shifted(7), quote, True, 1.0)
    left, middle, right = quote_in_context(passage, citation)
    assert middle == " ".join(quote.split())
    assert " ".join(before.split()).endswith(left.removeprefix("…").strip())
    assert " ".join(after.split()).startswith(right.removesuffix("…").strip())
    assert len(left) <= 121
    assert len(right) <= 121


def test_the_quote_alone_is_shown_when_the_passage_does_not_hold_it(answer: Answer) -> None:
    moved = replace(answer.citations[0], source_span=Span(0, 5))
    assert quote_in_context(answer.passages[0], moved)[0::2] == ("", "")
    assert quote_in_context(None, moved)[1] == "르쿤은 2013년 메타에 합류했다."


@pytest.mark.parametrize(
    ("text", "short", "expected"),
    [
        ("2028년에 28세", "28", Span(7, 9)),
        ("2013년에 왔다", "2013년", Span(0, 5)),
        ("Metal and Meta.", "Meta", Span(10, 14)),
        ("x2028", "28", Span(3, 5)),
        ("아무것도", "28", None),
        ("아무것도", "", None),
    ],
)
def test_short_answer_is_found_as_a_whole_word(
    text: str, short: str, expected: Span | None
) -> None:
    assert short_answer_span(text, short) == expected


def test_answer_comes_first_with_its_short_answer_bold_and_its_quote_lit(answer: Answer) -> None:
    lines = answer_lines(answer, 60, marks=False)
    assert lines[0].plain == answer.answer
    assert styled(lines[:1], "bold") == "2013년"
    assert "\n출처\n[1] 제목 — a.txt\n    앞 문장이다. 르쿤은" in plain(lines)
    assert styled(lines, "yellow") == "르쿤은 2013년 메타에 합류했다."
    assert "뒤 문장이다." in styled(lines, "dim")


def test_without_styles_the_quote_stands_between_marks(answer: Answer) -> None:
    assert "앞 문장이다. “르쿤은 2013년 메타에 합류했다.” 뒤 문장이다." in plain(
        answer_lines(answer, 100, marks=True)
    )


def test_labels_follow_the_language_of_the_answer(answer: Answer) -> None:
    text = plain(answer_lines(replace(answer, language="en"), 60, marks=True))
    assert "Sources" in text
    assert "출처" not in text


def test_conflicts_and_unsupported_sentences_are_told_before_the_sources(answer: Answer) -> None:
    doubtful = replace(
        answer,
        status="partial",
        answer="그는 28세다. [1] 그는 2099년에 떠난다.",
        unsupported=(Unsupported(13, 27, "number"),),
        conflicts=(Conflict("나이", (ConflictValue("28", 1), ConflictValue("스물 아홉", 2))),),
    )
    text = plain(answer_lines(doubtful, 80, marks=True))
    assert "! 부분 답변" in text
    assert "! 출처끼리 상충: 나이 — 28 [1] / 스물 아홉 [2]" in text
    assert "! 출처가 뒷받침하지 않음 (숫자): “그는 2099년에 떠난다.”" in text
    assert text.index("상충") < text.index("출처\n")


def test_a_notice_is_told_before_the_sources(answer: Answer) -> None:
    shown = plain(answer_lines(replace(answer, notice="The model failed."), 80, marks=False))
    assert shown.index("! The model failed.") < shown.index("[1] ", shown.index("[1]") + 3)


def test_an_unverified_citation_says_so(answer: Answer) -> None:
    doubtful = replace(answer, citations=(replace(answer.citations[0], verified=False),))
    assert "확인되지 않음" in plain(source_lines(doubtful, 60, marks=True))
    assert "확인되지 않음" not in plain(source_lines(answer, 60, marks=True))


def test_a_source_that_is_cited_twice_has_one_heading(answer: Answer) -> None:
    second = replace(answer.citations[0], id="cit_2")
    lines = source_lines(replace(answer, citations=(answer.citations[0], second)), 60, marks=True)
    assert plain(lines).count("[1]") == 1
    assert plain(lines).count("“르쿤은 2013년") == 2


def test_a_refusal_is_an_answer_with_its_reason_and_the_nearest_passages(refusal: Answer) -> None:
    text = plain(answer_lines(refusal, 60, marks=True))
    assert text.startswith("The documents do not say.\n\n(no evidence found)\n\nNearest passages\n")
    assert "- 제목 — a.txt\n    앞 문장이다." in text
    assert "Sources" not in text


def test_a_courtesy_gets_no_reason_why_it_was_refused(refusal: Answer) -> None:
    greeted = replace(refusal, answer="Ask away.", reason="off_topic", passages=())
    assert plain(answer_lines(greeted, 80, marks=False)) == "Ask away."
    assert "about something else" in plain(
        answer_lines(replace(refusal, reason="off_topic"), 80, marks=False)
    )


def test_a_document_cannot_write_escapes_through_any_field(answer: Answer) -> None:
    evil = "\x1b[31mevil\x07\u202e"
    passage = replace(answer.passages[0], title=evil, source=evil, text=evil)
    citation = replace(answer.citations[0], title=evil, source=evil, cited_text=evil)
    bad = replace(
        answer,
        answer=evil,
        citations=(citation,),
        passages=(passage,),
        conflicts=(Conflict(evil, (ConflictValue(evil, 1),)),),
        unsupported=(Unsupported(0, 9, evil),),
    )
    found = SearchResult("q", "ko", (passage,), {})
    shown = plain(answer_lines(bad, 60, marks=True) + search_lines(found, 60))
    assert shown.count("evil") >= 8
    assert not re.search("[\x1b\x07\u202e]", shown)


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_trail_shows_each_stage_and_who_dropped_what(answer: Answer, width: int) -> None:
    stages = ("dense", "lexical", "fusion", "rerank")
    kept = [TrailStep(stage, "chk_1", 1, 0.713, True) for stage in stages]
    kept.append(TrailStep("rerank", "chk_1", 4, 0.2, False, "another sentence"))
    lost = [
        TrailStep("dense", "chk_2", 2, 0.5, True),
        TrailStep("fusion", "chk_2", 9, 0.01, False, "below the candidates"),
    ]
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(trail_table(replace(answer, trail=(*lost, *kept))))
    text = capture.get()
    assert text.index("#1") < text.index("#9"), "those that came furthest stand first"
    assert all(wcswidth(line) <= width for line in text.splitlines())
    assert all(stage in text for stage in stages)
    assert "#9 ✗" in text
    assert "0.010" in text
    assert "dropped by fusion" in text
    assert "another" not in text
