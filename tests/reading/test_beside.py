"""The sentence beside the one chosen, quoted with it where the answer may as well stand there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cite import compose
from rag.engine import Engine
from rag.evidence import Evidence, weigh
from rag.extract import Choice, Pick, beside, chosen
from rag.question import understand
from rag.rows import StoredChunk
from rag.text.morphemes import analyse
from rag.text.sentences import split
from rag.types import Chunk, NewDocument, Sentence, Span

RIVER = "The Tessen River burst its banks near Harlow."
MAYOR = "Mayor Ilse Brandt asked the army for help."
ARMY = "The army came on Friday."
QUESTION = understand("Who is the mayor of Harlow?")


def evidence(text: str) -> list[Evidence]:
    spans = [span for span in split(text) if span.of(text).strip()]
    sentences = tuple(Sentence(span, "body", "en") for span in spans)
    chunk = Chunk("chk_1", "doc_1", 0, Span(0, len(text)), text, "body", "en", 9, sentences)
    return weigh(QUESTION, StoredChunk(chunk, "", "source", tuple(analyse(text))))


def with_chances(text: str, chances: dict[str, float]) -> Choice:
    """What is chosen, were these the chances of the sentences."""
    choice = chosen(QUESTION, [evidence(text)])
    assert choice
    owners = [candidate.sentence for candidate in choice.described.candidates]
    wanted = [chances[read.evidence.text] for read in choice.reads]
    scores = np.log([wanted[owner] / owners.count(owner) for owner in owners], dtype=np.float32)
    sentence = int(np.argmax(wanted))
    return replace(choice, scores=scores, sentence=sentence, best=owners.index(sentence))


def also(text: str, *chances: float) -> str | None:
    found = beside(with_chances(text, dict(zip((RIVER, MAYOR, ARMY), chances, strict=True))))
    return found.text if found else None


def test_a_neighbour_that_may_answer_is_quoted() -> None:
    text = f"{RIVER} {MAYOR} {ARMY}"
    assert also(text, 0.3, 0.6, 0.1) == RIVER
    assert also(text, 0.15, 0.6, 0.25) == ARMY
    assert also(text, 0.6, 0.3, 0.1) == MAYOR


def test_one_that_hardly_can_is_not() -> None:
    assert also(f"{RIVER} {MAYOR} {ARMY}", 0.05, 0.9, 0.05) is None


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_another_line_is_not(gap: str) -> None:
    assert also(f"{RIVER}{gap}{MAYOR} {ARMY}", 0.3, 0.67, 0.03) is None


def test_one_that_does_not_adjoin_is_not() -> None:
    assert also(f"{RIVER} {MAYOR} {ARMY}", 0.38, 0.02, 0.6) is None


@given(st.integers(0, 2), st.integers(0, 2))
def test_both_are_one_quote_in_the_order_of_the_text(one: int, other: int) -> None:
    text = f"{RIVER} {MAYOR} {ARMY}"
    sentences = evidence(text)
    if abs(one - other) > 1:
        one = other
    picked = Pick(sentences[one], None, sentences[other] if one != other else None)
    answer, (citation,) = compose([picked.quoted])
    assert citation.source_span.of(text) == citation.cited_text
    assert all(sentences[i].text in citation.cited_text for i in (one, other))
    assert answer == f"{citation.cited_text} [1]"
    assert citation.answer_span.of(answer) == citation.cited_text


def test_quotes_stand_in_the_document_and_carry_the_answer(engine: Engine) -> None:
    document = engine.add([NewDocument(f"{RIVER} {MAYOR} {ARMY}", source="a.txt")]).items[0]
    text = engine.document(document.document_id or "").text
    answers = [engine.ask(q) for q in ("Who is the mayor of Harlow?", "When did the army come?")]
    for answer in answers:
        assert answer.citations
        assert answer.unsupported == ()
        assert (answer.short_answer or "") in answer.citations[0].cited_text
        for citation in answer.citations:
            assert citation.source_span.of(text) == citation.cited_text
