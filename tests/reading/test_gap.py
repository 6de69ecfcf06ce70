"""Where the answer to an English question would stand, and what stands beside the candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked import asked_of
from rag.beside import beside_gap
from rag.gap import GAPS
from rag.question import understand
from rag.resembling import resembling
from rag.spans import find_candidates
from rag.text.morphemes import analyse


@pytest.mark.parametrize(
    ("question", "kind", "verb", "left", "right", "preposition"),
    [
        ("What did Baran develop during the war?", "object", "develop", "develop", "during", ""),
        ("What do gravitational forces act between?", "object", "act", "between", "", "between"),
        ("Under which leader did they fight in it?", "object", "fight", "fight", "in", "under"),
        ("Who developed the same technology?", "subject", "develop", "", "developed", ""),
        ("What was invented by Savery?", "passive subject", "invent", "", "invented", ""),
        ("What is the Rankine cycle sometimes called?", "object", "call", "called", "", ""),
        ("What's the Rankine cycle sometimes called?", "object", "call", "called", "", ""),
        ("What was the Seven Years War?", "predicate", "", "was", "", ""),
        ("The engine arises in what cycle of work?", "inside", "aris", "in", "of", "in"),
        ("In 1979, during the crisis, who sold the oil?", "subject", "sell", "", "sold", ""),
    ],
)
def test_the_gap(
    question: str, kind: str, verb: str, left: str, right: str, preposition: str
) -> None:
    gap = asked_of(understand(question)).gap
    assert (gap.kind, gap.verb, gap.left, gap.right, gap.preposition) == (
        kind,
        verb,
        left,
        right,
        preposition,
    )


@pytest.mark.parametrize("question", ["바란은 무엇을 개발했나?", "The tower in Paris"])
def test_without_an_english_asking_word_there_is_none(question: str) -> None:
    assert asked_of(understand(question)).gap.kind == "none"


@given(st.text(st.sampled_from("what did was he of in the war fought by, ?"), max_size=60))
def test_any_question_has_a_gap_of_a_known_kind(text: str) -> None:
    assert asked_of(understand(f"Who {text}")).gap.kind in GAPS


def beside(question: str, sentence: str) -> dict[str, list[float]]:
    """What is said of each candidate of a sentence, by the candidate."""
    asked = asked_of(understand(question))
    held = find_candidates(sentence, analyse(sentence), 0)
    ((_, alike_to),) = resembling([asked], [held], [[]])
    rows = beside_gap(asked, sentence, held, alike_to)
    return dict(zip(held.runs, np.round(rows, 3).tolist(), strict=True))


def test_the_object_stands_behind_the_verb_and_the_subject_before() -> None:
    found = beside("What do power plants heat?", "Most power plants heat water with coal.")
    water, plants = found["water"], found["power plants"]
    assert (water[0], water[2], water[5]) == (1.0, 0.0, 1.0)
    assert (plants[0], plants[2], plants[5]) == (0.0, 1.0, 0.0)


def test_a_passive_verb_is_known() -> None:
    sentence = "The tower was designed by Eiffel."
    assert beside("Who designed the tower?", sentence)["eiffel"][4] == 1.0
    assert beside("Who designed it?", "Eiffel designed the tower.")["eiffel"][4] == 0.0


def test_the_preposition_left_alone_is_found_before_the_article() -> None:
    found = beside("What was the ship named after?", "The ship was named after the king of Spain.")
    assert found["king"][5] == found["king"][7] == 1.0
    assert found["spain"][7] == 0.0
