"""Words that stand together in a question and in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.engine import Engine
from rag.neighbours import neighbours, places_of, together
from rag.question import understand
from rag.text.morphemes import analyse
from rag.types import NewDocument

QUESTION = understand("What is the longest bridge of Norway?")


def counted(text: str) -> tuple[int, int]:
    return together(neighbours(QUESTION), places_of(analyse(text)))


@pytest.mark.parametrize(
    ("text", "near", "held"),
    [
        ("The longest bridge of Norway was opened in 1999.", 2, 2),
        ("Norway has a bridge, painted red, which people call the longest.", 1, 2),
        ("The longest day of the year is in June, when the old stone bridge is closed.", 0, 1),
        ("Nothing of this.", 0, 0),
        ("", 0, 0),
    ],
)
def test_pairs_of_a_question_in_a_text(text: str, near: int, held: int) -> None:
    assert counted(text) == (near, held)


@given(st.lists(st.sampled_from(["longest", "bridge", "Norway", "old", "of", "."]), max_size=12))
def test_no_more_stand_together_than_are_held(words: list[str]) -> None:
    near, held = counted(" ".join(words))
    assert 0 <= near <= held <= len(neighbours(QUESTION)) == 2


def test_a_passage_with_the_words_together_comes_first(engine: Engine) -> None:
    rest = "It was a long and wet year for all who live on the coast and in the hills."
    apart = f"Norway grew. {rest} The longest day is in June. {rest} A bridge was painted."
    whole = f"{rest} They saw the longest bridge of Norway. {rest} It rained. {rest}"
    engine.add([NewDocument(apart, source="apart"), NewDocument(whole, source="whole")])
    found = engine.search("the longest bridge of Norway").passages
    assert [passage.source for passage in found] == ["whole", "apart"]
