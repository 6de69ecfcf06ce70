"""Chunks cover every text, slice exactly, and have ids that stay."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.draft import Draft, draft
from rag.errors import InputError
from rag.profile import Ingest
from rag.text.normalise import normalise
from rag.tokens import count_tokens
from rag.types import NewDocument

SETTINGS = Ingest(chunk_tokens=40, tokenizer="o200k_base", max_megabytes=20)
PARAGRAPH = "메타는 143억 달러를 투자했다. 지분은 49%였다. “좋은 거래”라고 그는 말했다.\n\n"

texts = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
        st.sampled_from('다. 요\n\n\r\n\t"“”‘’.!? 가나다 ABC 12.5 👨‍👩‍👧 ᄒ ᅡ ᆫ ▲ ( ) ﻿'),
    ),
    max_size=400,
)


def cut(text: str, source: str = "s") -> Draft:
    return draft(NewDocument(text, source=source), SETTINGS)


def check(made: Draft) -> None:
    """The promises of chunks, for any text."""
    text = made.document.text
    covered = [False] * len(text)
    for chunk in made.chunks:
        assert chunk.span.of(text) == chunk.text
        assert chunk.sentences
        for sentence in chunk.sentences:
            assert chunk.span.start <= sentence.span.start < sentence.span.end <= chunk.span.end
        for place in range(chunk.span.start, chunk.span.end):
            assert not covered[place], "chunks overlap"
            covered[place] = True
    missed = [text[i] for i in range(len(text)) if not covered[i] and not text[i].isspace()]
    assert not missed


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_character_lies_in_one_chunk(text: str) -> None:
    if not normalise(text).strip():
        with pytest.raises(InputError, match="empty"):
            cut(text)
        return
    made, again = cut(text), cut(text)
    check(made)
    assert [c.id for c in again.chunks] == [c.id for c in made.chunks]
    assert len({c.id for c in made.chunks}) == len(made.chunks)


@pytest.mark.parametrize(
    "text",
    [
        PARAGRAPH * 20,
        "이모지 👨‍👩‍👧‍👦🏳️‍🌈가 있다. 😀😀😀 " * 30,
        unicodedata.normalize("NFD", PARAGRAPH * 3),
        PARAGRAPH.replace("\n", "\r\n") * 5,
        "가" * 50_000,
        "a" * 50_000,
        "낱말 " * 10_000,
    ],
    ids=[
        "one paragraph twenty times",
        "emoji",
        "nfd",
        "crlf",
        "hangul line",
        "latin line",
        "words",
    ],
)
def test_awkward_texts(text: str) -> None:
    made = cut(text)
    check(made)
    budget = SETTINGS.chunk_tokens
    counts = count_tokens([c.text for c in made.chunks], "o200k_base")
    assert max(counts) <= budget + 5, "joining sentences may cost a token at a seam, not more"


def test_decomposed_input_has_the_ids_of_composed() -> None:
    composed, decomposed = PARAGRAPH, unicodedata.normalize("NFD", PARAGRAPH)
    assert composed != decomposed
    assert [c.id for c in cut(composed).chunks] == [c.id for c in cut(decomposed).chunks]


def test_sentences_are_cut_only_over_budget() -> None:
    made = cut(PARAGRAPH * 20)
    ends = {chunk.text[-1] for chunk in made.chunks}
    assert ends == {"."}


def test_ids_tell_documents_apart() -> None:
    one, two = cut(PARAGRAPH, "a"), cut(PARAGRAPH, "b")
    assert not {c.id for c in one.chunks} & {c.id for c in two.chunks}


ASKING = "그런데 메타는 왜 그 회사를 샀을까요?"


def test_a_question_on_its_own_line_stays_with_what_follows() -> None:
    chunks = cut(f"{PARAGRAPH}{ASKING}\n\n새 연구소의 시작\n\n데이터가 모자랐기 때문입니다.").chunks
    assert [ASKING in chunk.text for chunk in chunks] == [False, True]
    assert "때문입니다" in chunks[1].text
    assert not any(chunk.text.endswith("?") for chunk in chunks)


def test_questions_alone_do_not_pass_the_budget() -> None:
    made = cut(f"{ASKING}\n\n" * 20)
    check(made)
    assert len(made.chunks) > 5
    assert max(count_tokens([c.text for c in made.chunks], "o200k_base")) <= 45


def test_a_question_does_not_join_two_languages() -> None:
    made = cut(f"{PARAGRAPH}{ASKING}\n\nBecause the company had run out of data to learn from.")
    assert not any(ASKING in c.text and "Because" in c.text for c in made.chunks)
