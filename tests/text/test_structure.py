"""Roles, titles and authors: made-up pages, the two seed articles, and the promises on any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.normalise import decode, normalise
from rag.text.structure import Layout, analyse, sentences_of

SEEDS = Path(__file__).parents[2] / "seeds"

KO1 = "서울시는 올해 안에 시내버스 노선 열두 개를 새로 만들기로 했다. 예산은 모두 34억 원이다."
KO2 = "시 관계자는 “출퇴근 시간이 짧아질 것”이라고 말했다. 시민 의견은 다음 달까지 받는다."
EN1 = "The city will add twelve new bus lines this year. The budget is 3.4 million dollars."
EN2 = "Officials said that commuting times would fall. Comments are open until next month."

B, H, T, C, F = "body", "heading", "title", "caption", "furniture"

# Each page is a list of (role, line); the lines are parted by blank lines.
PAGES: dict[str, list[tuple[str, str]]] = {
    "korean news": [
        (F, "가나일보"),
        (T, "서울시, 새 버스 노선 열두 개 만든다"),
        (F, "홍길동 기자"),
        (F, "입력 2024.05.01 10:00"),
        (B, KO1),
        (C, "(사진=연합뉴스)"),
        (B, KO2),
        (F, "hong@example.com"),
        (F, "저작권자 © 가나일보 무단 전재 및 재배포 금지"),
    ],
    "korean news with stamps and buttons": [
        (T, "서울시, 새 버스 노선 열두 개 만든다"),
        (F, "입력 2024.05.01 10:00 | 수정 2024.05.01 11:30"),
        (F, "공유하기"),
        (F, "댓글 3"),
        (C, "▲ 서울 시내를 달리는 버스. (사진=서울시 제공)"),
        (B, KO1),
        (B, KO2),
        (F, "관련기사"),
        (F, "지하철 요금 오른다"),
        (F, "택시 승강장 줄어"),
        (F, "ⓒ 가나일보"),
    ],
    "agency with a dateline": [
        (T, "새 버스 노선 열두 개, 올해 안에"),
        (F, "[서울=뉴시스]"),
        (F, "[서울=뉴시스] 홍길동 기자 ="),
        (B, "[서울=뉴시스] 홍길동 기자 = " + KO1),
        (B, KO2),
        (F, "무단 전재 및 재배포 금지"),
    ],
    "korean blog": [
        (F, "나의 블로그"),
        (T, "버스를 타고 서울을 한 바퀴 도는 법"),
        (F, "글 홍길동"),
        (B, KO1),
        (H, "아침에 타는 버스"),
        (B, KO2),
        (C, "사진 제공=서울시"),
        (B, KO1),
        (F, "#버스 #서울 #여행"),
        (F, "이전글 지하철을 타고"),
        (F, "다음글 걸어서 가는 길"),
    ],
    "blog with comma tags": [
        (T, "버스를 타고 서울을 한 바퀴 도는 법"),
        (F, "by 홍길동"),
        (B, KO1),
        (B, KO2),
        (F, "버스, 서울, 여행, 대중교통, 아침"),
        (F, "keyword"),
        (F, "작가의 이전글지하철을타고서울을도는법"),
    ],
    "english news": [
        (F, "Daily Example"),
        (T, "City to Add Twelve Bus Lines This Year"),
        (F, "By Jane Doe and John Roe"),
        (F, "Published May 1, 2024 10:00 AM"),
        (B, EN1),
        (C, "Photo: AP"),
        (B, EN2),
        (F, "Read more"),
        (F, "© 2024 Daily Example. All rights reserved."),
    ],
    "english news, staff writer": [
        (T, "City to Add Twelve Bus Lines This Year"),
        (F, "Jane Doe, Staff Writer"),
        (F, "Facebook Twitter Email"),
        (B, EN1),
        (C, "(AP Photo/John Roe)"),
        (H, "What happens next"),
        (B, EN2),
        (F, "jane@example.com"),
        (F, "Sign up for our newsletter."),
        (F, "Related articles"),
        (F, "Taxi Stands Are Closing"),
    ],
    "english blog": [
        (T, "Around the City by Bus"),
        (F, "May 1, 2024 by Jane Doe"),
        (F, "5 min read"),
        (B, EN1),
        (B, EN2),
        (F, "#bus #city #travel"),
        (F, "Previous post: By Train"),
        (F, "Next post: On Foot"),
        (F, "Subscribe"),
    ],
    "title only": [
        (T, "버스를 타고 서울을 한 바퀴 도는 법"),
        (B, KO1),
        (B, KO2),
    ],
    "title three times, once run together, once cut off": [
        (F, "가나블로그"),
        (T, "새버스노선'열두개'서울시올해안에만든다"),
        (F, "Twelve new bus lines in the ci"),
        (F, "by 홍길동"),
        (T, "새 버스 노선 '열두 개' 서울시 올해 안에 만든다"),
        (B, KO1),
        (B, KO2),
        (T, "Twelve new bus lines in the city this year"),
        (B, EN1),
        (B, EN2),
    ],
    "agency page": [
        (F, "본문 바로가기"),
        (F, "가나통신"),
        (T, "새 버스 노선 열두 개…내년부터 달린다"),
        (F, "송고시간2024-05-01 09:50"),
        (F, "홍길동 기자"),
        (B, "(서울=가나통신) 홍길동 기자 = " + KO1),
        (C, "서울시장이 1일 회의를 주재하고 있다. [사진공동취재단]"),
        (B, KO2),
        (F, "제보는 카카오톡 example"),
        (F, "<저작권자(c) 가나통신, 무단 전재-재배포 금지>"),
        (F, "2024/05/01 09:50 송고"),
    ],
    "english page": [
        (F, "Daily Example"),
        (F, "Home › News › City"),
        (T, "City to add twelve bus lines this year"),
        (F, "By Jane Doe, Staff Writer"),
        (F, "Updated May 1, 2024, 9:14 a.m. EST"),
        (F, "Share on Facebook"),
        (B, EN1),
        (C, "A bus in the city. (Photo by John Roe/AFP via Getty Images)"),
        (B, EN2),
        (F, "Tags: bus, city"),
        (F, "More stories"),
        (F, "Taxi Stands Are Closing"),
    ],
    "photo credits": [
        (B, KO1),
        (C, "버스 정류장 (사진=홍길동 제공)"),
        (B, KO2),
        (C, "[사진=가나일보 DB]"),
        (B, KO1),
        (C, "Photo by Jane Doe/Getty Images"),
        (B, KO2),
    ],
    "headings between": [
        (B, KO1),
        (H, "버스냐 지하철이냐"),
        (B, KO2),
        (H, "시민의 반응"),
        (B, KO1),
    ],
}


@pytest.mark.parametrize("name", PAGES)
def test_each_line_of_a_page_has_its_role(name: str) -> None:
    page = PAGES[name]
    text = normalise("\n\n".join(line for _, line in page))
    got = [(block.role, block.span.of(text)) for block in analyse(text).blocks]
    assert got == page


@pytest.mark.parametrize(
    ("name", "title", "authors"),
    [
        ("korean news", "서울시, 새 버스 노선 열두 개 만든다", ("홍길동",)),
        ("agency with a dateline", "새 버스 노선 열두 개, 올해 안에", ("홍길동",)),
        ("korean blog", "버스를 타고 서울을 한 바퀴 도는 법", ("홍길동",)),
        ("english news", "City to Add Twelve Bus Lines This Year", ("Jane Doe", "John Roe")),
        ("english news, staff writer", "City to Add Twelve Bus Lines This Year", ("Jane Doe",)),
        ("english page", "City to add twelve bus lines this year", ("Jane Doe",)),
        ("english blog", "Around the City by Bus", ("Jane Doe",)),
        (
            "title three times, once run together, once cut off",
            "새 버스 노선 '열두 개' 서울시 올해 안에 만든다",
            ("홍길동",),
        ),
        ("photo credits", None, ()),
    ],
)
def test_title_and_authors(name: str, title: str | None, authors: tuple[str, ...]) -> None:
    layout = analyse("\n\n".join(line for _, line in PAGES[name]))
    assert (layout.title, layout.authors) == (title, authors)


def test_a_signed_page_without_blank_lines() -> None:
    page = PAGES["korean news"]
    text = "\n".join(line for _, line in page)
    assert [(b.role, b.span.of(text)) for b in analyse(text).blocks] == page


@pytest.mark.parametrize(
    "text",
    [
        "서울은 대한민국의 수도이다.",
        "서울",
        "밀가루\n설탕\n버터\n소금",
        "사과, 배, 포도, 감",
        "재료는 다음과 같이 준비하면 충분합니다.\n\n밀가루, 설탕, 버터, 소금",
        "홍길동 기자",
        "문의: help@example.com",
        "help@example.com\n\n상담은 평일 아침 아홉 시부터 저녁 여섯 시까지 받습니다.",
        "Ⅰ. 배경\n□ 정부는 은행권 경쟁촉진을 위한 방안을\n마련하기로 발표\n1. 인가 방식\n- 3 -",
        "When I was young.\nBy the river we sat.\nShare and share alike.",
        "저작권자는 저작물을 복제할 권리를 가진다. 이 권리는 저작자가 죽은 뒤 70년 동안 이어진다.",
        "Copyright law protects authors for seventy years. It covers books, songs and films.",
        "이전글에서 말했듯이 이 문제는 아직 아무도 풀지 못했습니다. 그래서 다시 씁니다.",
        "대표전화 02-123-4567\n\n주소 서울시 중구 세종대로 110\n\n운영시간 09:00-18:00",
        f"{KO1}\n\n대표전화: 02-123-4567\n\n{KO2}",
        f"{KO1}\n\n그는 오지 않았다\n\n{KO2}",
        f"{KO1}\n\n서울시 중구 세종대로 110, 02-123-4567\n\n{KO2}",
    ],
)
def test_plain_text_stays_body(text: str) -> None:
    assert {block.role for block in analyse(normalise(text)).blocks} == {B}


def test_the_same_paragraph_twenty_times() -> None:
    text = "\n\n".join([KO1] * 20)
    blocks = analyse(text).blocks
    assert [b.span.of(text) for b in blocks] == [KO1] * 20
    assert {b.role for b in blocks} == {B}
    assert len({b.span for b in blocks}) == 20


def test_a_paragraph_in_two_languages_is_two_blocks() -> None:
    text = f"{KO1}\n{EN1}"
    blocks = analyse(text).blocks
    assert [(b.language, b.span.of(text)) for b in blocks] == [("ko", KO1), ("en", EN1)]


def test_sentences_take_the_role_of_their_block_and_their_own_language() -> None:
    text = f"{KO1} {EN1}\n\n(사진=AP)"
    found = sentences_of(text, analyse(text).blocks)
    assert [(s.role, s.language) for s in found] == [
        (B, "ko"),
        (B, "ko"),
        (B, "en"),
        (B, "en"),
        (C, "ko"),
    ]
    numbers = "그는 답을 알고 있었지만 말하지 않았다. 42."
    assert [s.language for s in sentences_of(numbers, analyse(numbers).blocks)] == ["ko", "ko"]


def _seed(name: str) -> tuple[str, Layout]:
    text = normalise(decode((SEEDS / name).read_bytes()))
    return text, analyse(text)


def test_seed_with_credits_and_headings() -> None:
    text, layout = _seed("000_2a498150bfc2e870.txt")
    assert (layout.title, layout.authors) == (None, ())
    roles = [(b.role, b.span.of(text)) for b in layout.blocks if b.role != B]
    assert roles == [
        (H, "저커버그의 비상 선언 이후 AI 전략 변화"),
        (C, "(사진=씨넷)"),
        (H, "당장 성과 내라는 저커버그 vs LLM 이후 준비하는 르쿤"),
        (C, "알렉산드르 왕 (사진=알렉산드르 왕 링크드인)"),
        (H, "메타에서 장기적 AI 연구 조직 시대는 끝나는가"),
    ]
    body = [s for s in sentences_of(text, layout.blocks) if s.role == B]
    assert len(body) == 55
    assert all(s.span.of(text).endswith((".", "?")) and s.language == "ko" for s in body)


def test_seed_with_two_languages_and_furniture() -> None:
    text, layout = _seed("003_9acfb21822a55c1e.txt")
    assert layout.title == "메타초지능개발 '실패' 오픈AI 폐쇄 '전환' 한국AI강국 '타격'"
    assert layout.authors == ("김종찬",)
    roles = [(b.role, b.span.of(text)[:12]) for b in layout.blocks if b.role != B]
    assert roles == [
        (F, "brunch"),
        (T, "메타초지능개발실패오픈A"),
        (F, "Meta's super"),
        (F, "by 김종찬"),
        (T, "메타초지능개발 '실패'"),
        (F, "kimjc00@hanm"),
        (T, "Meta's super"),
        (F, "AI superpowe"),
        (F, "keyword"),
        (F, "작가의 이전글이재명AI"),
    ]
    body = [b for b in layout.blocks if b.role == B]
    assert [b.language for b in body] == ["ko"] * 24 + ["en"] * 20


LINES = st.lists(
    st.one_of(
        st.sampled_from(sorted({line for page in PAGES.values() for _, line in page})),
        st.sampled_from(["", "", "---", "```", "# 제목", "===", "- 하나", "title: x", "  "]),
        st.text(max_size=30),
    ),
    max_size=14,
)


@settings(deadline=None)
@given(LINES, st.booleans())
def test_blocks_cover_every_character_in_order(lines: list[str], markdown: bool) -> None:
    text = "\n".join(lines)
    layout = analyse(text, markdown=markdown)
    covered = 0
    for block in layout.blocks:
        assert block.span.start >= covered
        assert not text[covered : block.span.start].strip()
        content = block.span.of(text)
        assert content
        assert content == content.strip()
        covered = block.span.end
    assert not text[covered:].strip()
    assert not layout.blocks or B in {block.role for block in layout.blocks}
    spans = [s.span for s in sentences_of(text, layout.blocks)]
    assert spans == sorted(spans)
    assert "".join("".join(s.of(text).split()) for s in spans) == "".join(text.split())


@pytest.mark.parametrize(
    "line", ["title number {} of the page", "홍길동{} 기자", "a{}@example.com", "가, 나, 다, {}"]
)
def test_many_short_lines_are_handled(line: str) -> None:
    """Ten thousand lines, where comparing each with each would take minutes."""
    text = "\n\n".join([*(line.format(number) for number in range(10_000)), KO1, KO2])
    blocks = analyse(text).blocks
    assert len(blocks) == 10_002
    assert [b.role for b in blocks[-2:]] == [B, B]
