"""How well a sentence matches a question, word by word."""

from __future__ import annotations

from rag.answerable import FEATURES
from rag.evidence import weigh
from rag.extract import chosen, describe_choice
from rag.question import understand
from rag.rows import StoredChunk
from rag.text.morphemes import analyse
from rag.types import Chunk, Sentence, Span


def stored(text: str) -> StoredChunk:
    span = Span(0, len(text))
    sentences = (Sentence(span, "body", "ko"),)
    chunk = Chunk("chk_1", "doc_1", 0, span, text, "body", "ko", 9, sentences)
    return StoredChunk(chunk, "", "source", tuple(analyse(text)))


def coverage(question: str, text: str) -> float:
    return weigh(understand(question), stored(text))[0].inside


def test_a_short_word_inside_a_longer_one_is_chance() -> None:
    question = "터키의 유명한 음식은 무엇입니까?"
    assert coverage(question, "터키는 케밥이라는 음식으로 유명하다.") > 0.95
    assert coverage(question, "켄터키는 닭튀김이라는 음식으로 유명하다.") < 0.85


def test_a_longer_word_may_be_part_of_a_compound() -> None:
    assert coverage("연구소는 언제 열었나?", "초지능연구소는 2031년에 열었다.") > 0.95


def test_candidates_in_another_language_make_no_answer_surer() -> None:
    question = understand("Who leads the harbour?")
    passages = [
        weigh(question, stored(text))
        for text in ("The harbour is led by Ida Holm.", "누리항은 부산에 있다.")
    ]
    alone, both = (chosen(question, taken) for taken in (passages[:1], passages))
    assert alone
    assert both
    score = FEATURES.index("score")
    one, other = (
        describe_choice(question, passages[:1], alone),
        describe_choice(question, passages, both),
    )
    assert len(both.scores) > len(alone.scores)
    assert abs(one[score] - other[score]) < 1
