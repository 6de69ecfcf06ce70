"""One row and what the engine made of it: the numbers that every measure is made of.

It judges by strings alone: a right answer in other words counts as wrong. It does not know how
answers are made, nor how the numbers are summed up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.evaluate.answers import em_f1
from rag.evaluate.suite import Row
from rag.text.normalise import normalise
from rag.types import Answer, Citation, Verification

TextOf = Callable[[Citation], str]
"""The text of the document that a citation names."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. `values` holds what could be judged, a number for each name; booleans
    are 0 and 1. `ranking` are the sources found, best first, each once."""

    row: Row
    values: Mapping[str, float]
    answer: Answer | None = None
    ranking: tuple[str, ...] = ()
    verification: Verification | None = None

    @property
    def correct(self) -> bool:
        return self.values["correct"] == 1

    def adding(self, values: Mapping[str, float]) -> Outcome:
        """The same outcome, judged by more."""
        return replace(self, values={**self.values, **values})


@dataclass(frozen=True, slots=True)
class _Values:
    """Collects numbers; None means that there is nothing to judge by."""

    found: dict[str, float] = field(default_factory=dict)

    def put(self, **values: float | bool | None) -> None:
        self.found.update({k: float(v) for k, v in values.items() if v is not None})


def judge_answer(row: Row, answer: Answer, text_of: TextOf, *, with_spans: bool) -> Outcome:
    """Compare an answer with what its row expects, and its quotes with their documents.
    `with_spans`: the suite has gold short answers, so refusing an unanswerable row earns EM and F1
    (as SQuAD 2.0 has it)."""
    values = _Values()
    answered = answer.status != "abstained"
    values.put(answerable=row.answerable, answered=answered, confidence=answer.confidence)
    exact = [c.source_span.of(text_of(c)) == c.cited_text for c in answer.citations]
    values.put(quotes=len(exact), exact=sum(exact))
    if row.answers or (with_spans and not row.answerable):
        given = answer.short_answer or "" if answered else ""
        if not row.answerable:
            given = "answered" if answered else ""
        em, f1 = em_f1(given, row.answers if row.answerable else (), row.language)
        values.put(em=em, f1=f1)
    gold = tuple(map(normalise, row.answers))
    if not row.answerable:
        values.put(correct=not answered)
        return Outcome(row, values.found, answer)
    if gold:
        values.put(em_answerable=em, f1_answerable=f1)
        first = answer.citations[0].cited_text if answer.citations else ""
        values.put(answer_in_cited=any(text in first for text in gold))
    values.put(correct=answered and _meets(row, answer, gold))
    values.found.update(_citation_counts(row, answer.citations, gold))
    return Outcome(row, values.found, answer)


def _meets(row: Row, answer: Answer, gold: Sequence[str]) -> bool:
    """Whether an answer to an answerable row holds everything that is expected of it."""
    told = answer.answer.lower()
    if not all(any(s.lower() in told for s in group) for group in row.must_include):
        return False
    if row.evidence_any:
        return any(_stands(row.evidence_any, c) for c in answer.citations)
    if gold:
        return bool(answer.citations) and _stands(gold, answer.citations[0])
    if row.gold_sources:
        return any(c.source in row.gold_sources for c in answer.citations)
    return True


def _stands(strings: Sequence[str], citation: Citation) -> bool:
    return any(text in citation.cited_text for text in strings)


def _citation_counts(
    row: Row, citations: Sequence[Citation], gold: Sequence[str]
) -> dict[str, float]:
    """How many citations there are and how many are gold, how many gold pieces of evidence there
    are and how many are cited. The finest evidence known decides: strings that the quote must hold,
    else a gold answer inside a gold document, else the gold documents."""
    if row.evidence_any:
        hits = [_stands(row.evidence_any, c) for c in citations]
        pieces, met = 1, int(any(hits))
    elif gold and row.gold_sources:
        hits = [c.source in row.gold_sources and _stands(gold, c) for c in citations]
        pieces, met = 1, int(any(hits))
    elif row.gold_sources:
        hits = [c.source in row.gold_sources for c in citations]
        pieces = len(row.gold_sources)
        met = len(row.gold_sources & {c.source for c in citations})
    else:
        return {}
    return {"cited": len(hits), "cited_gold": sum(hits), "gold": pieces, "gold_cited": met}


def judge_verification(row: Row, verification: Verification) -> Outcome:
    """Compare whether a claim was found grounded with whether it is supported."""
    values = {
        "support": verification.support,
        "grounded": float(verification.grounded),
        "supported": float(bool(row.supported)),
        "correct": float(verification.grounded == row.supported),
    }
    return Outcome(row, values, verification=verification)
