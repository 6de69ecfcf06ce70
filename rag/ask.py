"""The ask path: question (+ history) -> standalone -> passages -> gate -> read -> cite -> verify.

Functions over the rooms below. A refusal is an outcome with a reason. Nothing is stored, and it is
not known whether a terminal, a service or a test is asking.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.cancel import Cancel
from rag.cite import Statement, compose
from rag.evidence import Evidence
from rag.extract import Reading, read
from rag.followup import standalone
from rag.profile import Profile
from rag.question import Question, understand
from rag.retrieve import Corpus, Retrieved, retrieve
from rag.types import (
    Answer,
    Citation,
    CitationEvent,
    Conflict,
    ConflictValue,
    DeltaEvent,
    Event,
    FinalEvent,
    ModelInfo,
    PassagesEvent,
    Reason,
    SearchResult,
    Status,
    TrailStep,
    Turn,
    Usage,
)
from rag.verify import unsupported, verified

_OFF_TOPIC = 0.15  # below this share of the question's content the passages are about other things
_REFUSALS = {
    "ko": {
        "no_evidence": "문서가 없어서 답할 근거를 찾지 못했습니다.",
        "off_topic": "문서에서 이 질문과 관련된 내용을 찾지 못했습니다.",
        "low_support": "문서에서 이 질문에 답할 만한 근거를 찾지 못했습니다.",
    },
    "en": {
        "no_evidence": "There are no documents to answer from.",
        "off_topic": "The documents say nothing about this question.",
        "low_support": "The documents do not say enough to answer this question.",
    },
}

_IN_THE_OTHER_LANGUAGE = {
    "ko": "(인용한 원문은 영어로 되어 있습니다.)",
    "en": "(The source quoted is in Korean.)",
}


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage; each `lap` ends the stage that it names."""

    started: float = field(default_factory=time.perf_counter)
    laps: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(1000 * (now - self._last), 3)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self.laps, "total": round(1000 * (time.perf_counter() - self.started), 3)}


def search(
    text: str,
    corpus: Corpus,
    embed: Callable[[str], Sequence[float]],
    profile: Profile,
    top_k: int,
    among: Sequence[str] | None,
) -> SearchResult:
    """Passages for a cleaned question, without reading an answer."""
    watch = Stopwatch()
    question = understand(text)
    found = retrieve(question, embed, corpus, profile.retrieval, top_k, among)
    watch.lap("retrieve")
    return SearchResult(text, question.language, found.passages, watch.total())


def events(
    text: str,
    history: Sequence[Turn],
    corpus: Corpus,
    embed: Callable[[str], Sequence[float]],
    profile: Profile,
    model: ModelInfo,
    top_k: int,
    among: Sequence[str] | None,
    *,
    explain: bool,
    cancel: Cancel,
) -> Iterator[Event]:
    """Answer a cleaned question from the corpus, or refuse, step by step."""
    watch = Stopwatch()
    alone = standalone(text, history) if history else text
    question = understand(alone)
    found = retrieve(question, embed, corpus, profile.retrieval, top_k, among, explain=explain)
    watch.lap("retrieve")
    yield PassagesEvent(found.passages)
    cancel.check()
    reading = read(question, found.evidence, profile.answerer.max_sentences)
    status, reason = _gate(reading, profile)
    watch.lap("answer")
    answer = _draft(text, alone, question, found, status, reason, model)
    if reading is not None:
        answer = replace(answer, confidence=round(reading.confidence, 4))
    if reading is not None and status != "abstained":
        answer = _told(answer, question, reading, corpus)
    watch.lap("verify")
    trail = (*found.trail, *_sentence_trail(found, reading, status)) if explain else None
    answer = replace(answer, trail=trail, timings_ms=watch.total())
    yield from _pieces(answer)
    yield FinalEvent(answer)


def _pieces(answer: Answer) -> Iterator[Event]:
    """A finished answer sentence by sentence, each with its citations behind it."""
    ends = [*(c.answer_span.start for c in answer.citations[1:]), len(answer.answer)]
    start = 0
    for end, citation in zip(ends, answer.citations, strict=False):
        if end > start:
            yield DeltaEvent(answer.answer[start:end])
        yield CitationEvent(citation)
        start = max(start, end)
    if not answer.citations:
        yield DeltaEvent(answer.answer)


def _gate(reading: Reading | None, profile: Profile) -> tuple[Status, Reason | None]:
    """Is there evidence at all, and enough of it?"""
    if reading is None:
        return "abstained", "no_evidence"
    if reading.confidence >= profile.gate.answered:
        return "answered", None
    if reading.confidence >= profile.gate.partial:
        return "partial", "low_support"
    best = reading.picks[0].evidence
    return "abstained", "off_topic" if best.coverage < _OFF_TOPIC else "low_support"


def _draft(
    asked: str,
    alone: str,
    question: Question,
    found: Retrieved,
    status: Status,
    reason: Reason | None,
    model: ModelInfo,
) -> Answer:
    """The answer as a refusal; `_told` puts a real one in its place."""
    return Answer(
        id="ans_" + secrets.token_hex(10),
        created=int(time.time()),
        status=status,
        reason=reason,
        question=asked,
        standalone_question=alone,
        language=question.language,
        answer=_REFUSALS[question.language][reason] if status == "abstained" and reason else "",
        short_answer=None,
        citations=(),
        unsupported=(),
        conflicts=(),
        passages=found.passages,
        confidence=0.0,
        model=model,
        usage=Usage(),
        timings_ms={},
    )


def _told(answer: Answer, question: Question, reading: Reading, corpus: Corpus) -> Answer:
    text, citations = compose([Statement(p.evidence.text, p.evidence, 1.0) for p in reading.picks])
    citations = verified(citations, corpus.text_at)
    best = reading.picks[0]
    note = _language_note(question.language, reading)
    return replace(
        answer,
        answer=f"{text} {note}" if note else text,
        short_answer=best.answer.of(best.evidence.text) if best.answer else None,
        citations=citations,
        unsupported=unsupported(text, citations),
        conflicts=_conflicts(question, reading, citations),
    )


def _language_note(language: str, reading: Reading) -> str:
    """Told behind the answer when all it quotes is in the language not asked in; it is about the
    quote, so no quote carries it. "" otherwise."""
    quoted = {pick.evidence.sentence.language for pick in reading.picks}
    other = {"ko": "en", "en": "ko"}[language]
    return _IN_THE_OTHER_LANGUAGE[language] if quoted == {other} else ""


def _conflicts(
    question: Question, reading: Reading, citations: Sequence[Citation]
) -> tuple[Conflict, ...]:
    """The first pick and those that disagree with it, as far as both are cited."""
    told = [
        ConflictValue(pick.answer.of(pick.evidence.text), citation.marker)
        for pick, citation in zip(reading.picks, citations, strict=True)
        if pick.answer and (pick is reading.picks[0] or pick in reading.disagreeing)
    ]
    return (Conflict(question.text, tuple(told)),) if len(told) > 1 else ()


def _sentence_trail(
    found: Retrieved, reading: Reading | None, status: Status
) -> tuple[TrailStep, ...]:
    """The best sentences of all passages: which were told, and which the gate held back."""
    sentences = sorted((e for group in found.evidence for e in group), key=lambda e: -e.coverage)[
        :10
    ]
    told: list[Evidence] = (
        [pick.evidence for pick in reading.picks] if reading and status != "abstained" else []
    )
    return tuple(
        TrailStep(
            stage="read",
            chunk_id=evidence.chunk.chunk.id,
            rank=rank,
            score=round(evidence.coverage, 4),
            kept=evidence in told,
            note=evidence.text,
        )
        for rank, evidence in enumerate(sentences, start=1)
    )
