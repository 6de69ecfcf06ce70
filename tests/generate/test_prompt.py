"""The prompt fits the model's context, and nobody can foresee its tags."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.markers import DIGITS, LETTERS
from rag.prompt import make_prompt, make_tags
from rag.types import Passage, Span, Turn
from tests.generate.scripted import Scripted
from tests.support.articles import article

PASSAGES = [
    Passage(f"doc_{n}", f"chk_{n}", "제목", f"{n}", text, Span(0, len(text)), 1.0, {})
    for n, text in enumerate(article(n, sentences=6) for n in range(12))
]


@given(st.integers(600, 9000), st.integers(0, 12), st.integers(16, 4000), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_context_never_overflows(room: int, passages: int, reply: int, turns: int) -> None:
    model = Scripted("", context_tokens=room)
    history = [Turn("user" if n % 2 else "assistant", article(n)) for n in range(turns)]
    given_passages = PASSAGES[: passages + 1]
    try:
        prompt = make_prompt("언제인가요?", "ko", history, given_passages, model, reply)
    except InputError:
        assert room < 1500
        return
    told = sum(model.count_tokens(message.content) + 4 for message in prompt.messages)
    assert told <= prompt.tokens
    assert prompt.tokens + prompt.max_tokens <= room
    shown = set(prompt.tags.values())
    assert shown | set(prompt.left_out) == set(range(len(given_passages)))
    assert not shown & set(prompt.left_out)
    for tag, place in prompt.tags.items():
        assert f"[{tag}]" in prompt.messages[-1].content
        if place not in prompt.shortened:
            assert given_passages[place].text.strip() in prompt.messages[-1].content


def test_a_long_passage_is_shortened_to_whole_sentences() -> None:
    prompt = make_prompt("When?", "en", (), PASSAGES[1:2], Scripted("", context_tokens=700), 100)
    assert prompt.shortened == (0,)
    told = prompt.messages[-1].content
    begun = told.split("\n", 1)[1].split("\n===")[0]
    assert begun.endswith(".")
    assert PASSAGES[1].text.startswith(begun)


def test_a_question_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InputError, match="too long"):
        make_prompt("왜? " * 1000, "ko", (), PASSAGES, Scripted("", context_tokens=1000), 100)


def test_tags_stand_nowhere_else() -> None:
    two_and_one = [a + b + d for a in LETTERS for b in LETTERS for d in DIGITS]
    tags = make_tags(50, " ".join(two_and_one).upper())
    assert len(set(tags)) == 50
    assert not set(tags) & set(two_and_one)
    assert make_tags(8, "") != make_tags(8, "")


def test_the_rules_are_in_the_language_of_the_question() -> None:
    for language, word in (("ko", "한국어로"), ("en", "in English")):
        prompt = make_prompt("?", language, (), PASSAGES, Scripted(""), 100)
        assert word in prompt.messages[0].content
        assert "NO_ANSWER" in prompt.messages[0].content
