"""How well a sentence matches a question, word by word."""

from __future__ import annotations

from rag.evidence import weigh
from rag.question import understand
from rag.rows import StoredChunk
from rag.text.morphemes import analyse
from rag.types import Chunk, Sentence, Span


def coverage(question: str, text: str) -> float:
    span = Span(0, len(text))
    sentences = (Sentence(span, "body", "ko"),)
    chunk = Chunk("chk_1", "doc_1", 0, span, text, "body", "ko", 9, sentences)
    stored = StoredChunk(chunk, "", "source", tuple(analyse(text)))
    return weigh(understand(question), stored)[0].inside


def test_a_short_word_inside_a_longer_one_is_chance() -> None:
    question = "터키의 유명한 음식은 무엇입니까?"
    assert coverage(question, "터키는 케밥이라는 음식으로 유명하다.") > 0.95
    assert coverage(question, "켄터키는 닭튀김이라는 음식으로 유명하다.") < 0.85


def test_a_longer_word_may_be_part_of_a_compound() -> None:
    assert coverage("연구소는 언제 열었나?", "초지능연구소는 2031년에 열었다.") > 0.95
