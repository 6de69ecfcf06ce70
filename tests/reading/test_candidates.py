"""What may be a short answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.spans import SHAPE_FEATURES, Candidates, find_candidates
from rag.text.morphemes import Token, analyse


def found(text: str) -> Candidates:
    return find_candidates(text, analyse(text), 0)


def texts(text: str) -> set[str]:
    return {span.of(text) for span in found(text).spans}


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("달 기지는 2041년 3월에 문을 열었다.", "2041년 3월"),
        ("기지의 책임자는 오수빈 박사이다.", "오수빈"),
        ("그는 음악의 아버지(바흐)를 연주했다.", "음악의 아버지"),
        ("주가가 3.5% 올랐다.", "3.5%"),
        ("The base opened in March 2041 under Dr. Oh.", "March 2041"),
        ("Luther's writings reached France.", "Luther"),
        ("It paid $14.3 billion for the firm.", "$14.3 billion"),
        ("Sales rose by 12% in the south of Spain.", "south of Spain"),
        ("Sales rose by 12% in the south of Spain.", "12%"),
        ("The office was led by William E. Simon.", "William E. Simon"),
        ("They went down the St. Lawrence in boats.", "St. Lawrence"),
        ("The crisis over the winter of 1973–74 was short.", "1973–74"),
    ],
)
def test_an_answer_is_among_them(sentence: str, answer: str) -> None:
    assert answer in texts(sentence)


def test_neither_particles_nor_articles_belong_to_an_answer() -> None:
    assert not [run for run in texts("오수빈 박사는 부산에서 배를 만든다.") if run[-1] in "는을를"]
    assert not [run for run in texts("The base is in the north.") if run.lower().startswith("the")]


def test_prepositions_neither_open_nor_does_a_candidate_go_on_behind_a_full_stop() -> None:
    runs = texts("Near Cork it ended. Dublin fell during the war.")
    assert {"Cork", "Dublin", "war"} <= runs
    assert not [run for run in runs if run.startswith(("Near", "during")) or "." in run]


def test_a_sentence_without_nouns_has_none() -> None:
    assert not texts("그랬다.")
    assert found("").shape.shape == (0, len(SHAPE_FEATURES))


def test_dates_and_amounts_are_recognised() -> None:
    sentence = "공장은 2041년에 300억 원을 들여 세웠다."
    held = found(sentence)
    row = {span.of(sentence): held.shape[i] for i, span in enumerate(held.spans)}
    when, money = (SHAPE_FEATURES.index(f"shape_{kind}") for kind in ("when", "money"))
    assert row["2041년"][when] == 3
    assert row["300억 원"][money] == 3
    assert row["공장"][when] == row["공장"][money] == 0


def test_the_years_from_one_to_another_are_a_date_as_a_whole() -> None:
    held = found("The crisis of 1973–74 was short.")
    when = SHAPE_FEATURES.index("shape_when")
    assert held.shape[held.runs.index("1973–74"), when] == 3
    assert held.shape[held.runs.index("1973"), when] == 1


def test_a_figure_before_a_unit_is_one_for_itself() -> None:
    sentence = "The mast is 812 metres high."
    held = found(sentence)
    count = SHAPE_FEATURES.index("shape_count")
    assert held.shape[held.runs.index("812"), count] == 3


def test_a_part_of_a_name_is_known_to_be_one() -> None:
    held = found("The engine was built by Richard Holt in Leeds.")
    left, right = (SHAPE_FEATURES.index(name) for name in ("cut_left", "cut_right"))
    cut = {run: (row[left], row[right]) for run, row in zip(held.runs, held.shape, strict=True)}
    assert cut["holt"] == (1, 0)
    assert cut["richard"] == (0, 1)
    assert cut["richard holt"] == (0, 0)


@given(st.text(alphabet="가나 다12년의은(),.'%$ABc the of", max_size=60))
def test_candidates_lie_in_their_sentence(sentence: str) -> None:
    held = found(sentence)
    assert len(held.spans) == len(held.first) == len(held.last) == len(held.shape)
    assert np.isfinite(held.shape).all()
    for span, run, first, last in zip(held.spans, held.runs, held.first, held.last, strict=True):
        assert 0 <= span.start < span.end <= len(sentence)
        assert run == span.of(sentence).lower()
        assert run.strip() == run
        assert 0 <= first <= last < len(held.tokens)


def test_a_token_that_goes_on_into_the_next_sentence_is_left_out() -> None:
    text = "책임자는 오수빈"
    tokens = [*analyse(text), Token("wang", "SL", len(text) - 1, len(text) + 3)]
    candidates = find_candidates(text, tokens, 0)
    assert "오수빈" in candidates.runs
    assert all(span.end <= len(text) for span in candidates.spans)


@pytest.mark.parametrize("text", ["1" * 600, "1," * 300, "1,1 " * 150, "12.34" * 120])
def test_a_column_of_digits_is_read_in_one_way(text: str) -> None:
    """Tried in every division into numbers, the first of these takes longer than the world has."""
    assert found("번호 " + text).shape.shape[1] == len(SHAPE_FEATURES)
