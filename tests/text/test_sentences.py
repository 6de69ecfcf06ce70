"""Sentences: cases of both languages, and the promises on any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.sentences import split, split_within


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in split(text)]


# "|" marks where the text is to be cut; a space around it belongs to the text.
ENGLISH = [
    "Mr. Kim met Dr. J. K. Rowling in the U.S. on Jan. 5. |He paid $14.3 billion.",
    "See e.g. the U.S. Senate, No. 5, vol. 3 and Fig. 2. |That is all.",
    "Apple Inc. said so. |It is based in Washington, D.C. |The city is far.",
    "He works for Apple Inc. |He is happy.",
    "It opens at 9 a.m. Monday. |Come at 5 p.m. |The door is open.",
    "Yahoo! said it would buy Jeopardy. |Yahoo! Inc. did not.",
    "Then he left... and came back. |He stayed…  |Nobody knew.",
    "See https://example.com/a.b?c=d.e for more. |Or www.example.org. |Done.",
    '"I came. I saw. I won." he said. |Nobody laughed.',
    "“I came. I saw,” she said. |“Really?” asked Kim. |“Yes!” Lee said. |So it was.",
    "She said “we won.” |Based on this, they left.",
    "He came (late. Very late.) and left. |The end.",
    "The year was 2013. |The war was over.",
    "Is it so? |Yes! |Good.",
    "It grew by 3.5 percent (see p. 7). |iPhone sales fell. |eBay won.",
    "King George VI. |The end.",
    "1. First item here. |2. Second item here.",
    "The tower is tall.[1] |It is old.[2][3] |It fell.",
    "Wait... |What?! |No!!",
]
KOREAN = [
    "르쿤은 2013년 메타에 합류했습니다. |그 뒤 3.5% 올랐다. |끝.",
    "그는 “했습니다.”라고 말했다. |그리고 떠났다.",
    '그는 "정말 했습니다. 네." 라고 말했다. |그리고 떠났다.',
    "“갑니다.” |그는 그렇게 답했다.",
    "그가 왔다.|그리고 갔다. |끝이다.",
    "저는 학생입니다 |그는 선생님이에요 |왜 그럴까요 |모르겠네요",
    "저는 갑니다만 그는 남습니다 라고 했습니다 |끝입니다",
    "좋습니다 하고 말했다. |그렇습니다 만 아닙니다.",
    "그것은 아니다 그렇게 말했다.",
    "왜 그럴까? 라는 질문이 남았다. |정말?! |네.",
    "2024. 5. 1. 발표했다. |2024. 6. 2. 시행한다.",
    "1. 항목을 고른다. |2. 값을 적는다.",
    "가. 쟁점을 본다. |나. 결론을 낸다.",
    "메타는 ▲하나 ▲둘 ▲셋 등을 했다. |끝.",
    "그는… 말이 없었다. |그는 갔다… |그리고 왔다.",
    "미국(U.S. 정부)과 J. K. 롤링이 만났다. |끝.",
    "영화 《누구냐? 너는》을 보았다. |재미있었다.",
    "‘모두를 위해. 하나로.’ 라는 구호였다. |끝.",
    "AI를 씁니다. |e커머스도 합니다. |iOS도 있다.",
    "「가다. 오다.」라고 썼다. |끝.",
    "《느낌표!》 에서 처음 나왔다. |‘가자!’ 를 외쳤다. |끝.",
    "이것이다。|다음이다！|끝.",
]


@pytest.mark.parametrize("marked", ENGLISH + KOREAN)
def test_cut_where_marked(marked: str) -> None:
    assert sentences(marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


def test_a_blank_line_always_parts() -> None:
    assert sentences("끝나지 않은\n\n문장") == ["끝나지 않은", "문장"]


def test_hard_wraps_are_joined() -> None:
    text = (
        "디지털 커머스는 처리 속도가 느린 구매 절차와 대응 속도,\n"
        "제한적인 계정 관리 등 비효율적인 프로세스를 해결하고\n"
        "바로잡습니다. 고객 만족도도 높입니다.\n"
        "\n"
        "This paragraph was wrapped by an editor at some\n"
        "column, so its line ends, even after Dr.\n"
        "Kim, say nothing. It has two sentences."
    )
    assert sentences(text) == [
        "디지털 커머스는 처리 속도가 느린 구매 절차와 대응 속도,\n"
        "제한적인 계정 관리 등 비효율적인 프로세스를 해결하고\n바로잡습니다.",
        "고객 만족도도 높입니다.",
        "This paragraph was wrapped by an editor at some\n"
        "column, so its line ends, even after Dr.\nKim, say nothing.",
        "It has two sentences.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "서울 강남구 역삼동\n서울 강남구 삼성동\n부산 해운대구",
        "목차\ne커머스의 급성장 3\nB2B e커머스의 장점과 미래 전략 모음 4\n결론 17",
        "- 첫째로 할 일은 준비물을 모두 챙기는 것이고 그다음은\n- 둘째로 할 일은 문을 잠그는 것",
        "① 첫째로 할 일은 준비물을 모두 챙기는 것이고 그다음은\n② 둘째로 할 일은 문을 잠그는 것",
        "가" * 120 + "\n" + "나" * 120,
    ],
)
def test_lines_that_are_no_wraps_part(text: str) -> None:
    assert sentences(text) == text.split("\n")


def test_a_range_has_absolute_spans() -> None:
    text = "하나이다. 둘이다. 셋이다."
    assert [s.of(text) for s in split(text, 6, 12)] == ["둘이다.", "셋"]
    assert split(text, 5, 6) == []
    assert split("", 0) == []


def test_twenty_times_the_same() -> None:
    text = "같은 문장이다. " * 20
    spans = split(text)
    assert len(set(spans)) == 20
    assert {span.of(text) for span in spans} == {"같은 문장이다."}


def test_emoji_and_decomposed_hangul_stay_whole() -> None:
    assert sentences("좋아요! 👨‍👩‍👧‍👦 가족이다. 🎉 끝.") == [
        "좋아요!",
        "👨‍👩‍👧‍👦 가족이다.",
        "🎉 끝.",
    ]


# Each would take minutes, or never end, if some pattern looked back or ahead without a bound.
HOSTILE = [
    "가" * 50_000,
    "a" * 50_000,
    "." * 50_000,
    ". " * 25_000,
    '"' * 50_000,
    "“(" * 25_000,
    "A. " * 20_000,
    "a." + " " * 50_000 + "b",
    "니다 " * 20_000,
    "‘a’b" * 12_500,
    "a\n" * 25_000,
    "이 줄은 접힌 줄처럼 보일 만큼 충분히 길지만 끝나지 않고\n" * 3_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_is_covered(text: str) -> None:
    assert "".join("".join(s.split()) for s in sentences(text)) == "".join(text.split())


PIECES = st.lists(
    st.one_of(
        st.sampled_from([part for marked in ENGLISH + KOREAN for part in marked.split(" ")]),
        st.sampled_from([" ", "\n", "\n\n", "\r\n", '"', "“", "”", "‘", "’", "(", ")", ". ", "… "]),
        st.text(max_size=6),
    ),
    max_size=40,
).map("".join)


@settings(deadline=None)
@given(PIECES, st.integers(0, 60), st.integers(0, 200))
def test_spans_are_ordered_and_cover_the_range(text: str, start: int, length: int) -> None:
    end = min(start + length, len(text))
    start = min(start, end)
    at = start
    for span in split(text, start, end):
        assert at <= span.start < span.end <= end
        assert not text[at : span.start].strip()
        assert span.of(text) == span.of(text).strip()
        at = span.end
    assert not text[at:end].strip()


def test_a_sentence_without_an_end_is_cut_at_spaces() -> None:
    text = "가나다. " + "구글은 " * 100 + "a" * 250 + "\n\n짧다."
    pieces = split_within(text, 100)
    assert max(map(len, pieces)) <= 100
    assert "".join("".join(span.of(text).split()) for span in pieces) == "".join(text.split())
    assert all(span.of(text).endswith("구글은") for span in pieces[1:4])
    assert split_within(text, 2000) == split(text)
