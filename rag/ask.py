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
from rag.cite import compose
from rag.errors import ModelError
from rag.events import CitationEvent, DeltaEvent, Event, FinalEvent, PassagesEvent
from rag.extract import Reading, read
from rag.followup import standalone
from rag.generate import Written, write
from rag.grounds import Grounds
from rag.intent import Intent, intent_of
from rag.models.port import ChatModel
from rag.overview import look_over, summed_up
from rag.phrases import COURTESY, FALLBACK, IN_THE_OTHER_LANGUAGE, REFUSALS, SOME
from rag.profile import Profile
from rag.prompt import Prompt, make_prompt
from rag.question import Question, understand
from rag.retrieve import Corpus, Retrieved, retrieve
from rag.support import Judge
from rag.types import (
    Answer,
    Citation,
    Conflict,
    ConflictValue,
    ModelInfo,
    Reason,
    SearchResult,
    Status,
    TrailStep,
    Turn,
    Usage,
)
from rag.verify import unsupported, verified

EMBEDDED = "extractive-1"
"""The name of the embedded answerer."""

_OFF_TOPIC = 0.15  # below this share of the question's content the passages are about other things


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
    chat: ChatModel | None,
    judge: Callable[[], Judge],
    given: bool,
    explain: bool,
    cancel: Cancel,
) -> Iterator[Event]:
    """Answer a cleaned question from the corpus, or refuse, step by step. `chat` writes the answer
    if there is one and there is any evidence; `given` says that the documents came with the
    question. Raises ModelError when the model fails and the profile has no other answerer."""
    watch = Stopwatch()
    question, found, documents = understand(text), Retrieved((), (), ()), 0
    intent = intent_of(question)
    if intent == "overview":
        found, documents = look_over(question, corpus, top_k, among)
    elif intent == "question":
        question = understand(standalone(text, history)) if history else question
        found = retrieve(question, embed, corpus, profile.retrieval, top_k, among, explain=explain)
    watch.lap("retrieve")
    yield PassagesEvent(found.passages)
    cancel.check()
    asked = _Asked(
        text, history, question, intent, found, documents, corpus, profile, model, watch, explain
    )
    if intent == "courtesy":
        yield from _told_whole(asked, _draft(asked, "abstained", "off_topic"))
        return
    if chat is None:
        yield from _read_out(asked)
        return
    reason = _without_evidence(found, profile, given=given or intent == "overview")
    if reason is not None:
        yield from _told_whole(asked, _draft(asked, "abstained", reason))
        return
    try:
        yield from _written(asked, chat, judge, cancel)
    except ModelError as error:
        if profile.answerer.fallback != "embedded":
            raise
        cancel.check()
        yield from _read_out(_in_place_of(chat, asked, error))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as asked and, in `question`, standing alone, with what was found for it;
    `documents` is how many there are to look over, where that is asked for."""

    text: str
    history: Sequence[Turn]
    question: Question
    intent: Intent
    found: Retrieved
    documents: int
    corpus: Corpus
    profile: Profile
    model: ModelInfo
    watch: Stopwatch
    explain: bool
    notice: str | None = None


def _read_out(asked: _Asked) -> Iterator[Event]:
    """The embedded answerer: sentences of the sources."""
    found = asked.found
    most = asked.profile.answerer.max_sentences
    if asked.intent == "overview":
        reading = summed_up(found, most)
    else:
        reading = read(asked.question, found.evidence, most)
    status, reason = _gate(reading, asked.profile)
    asked.watch.lap("answer")
    answer = _draft(asked, status, reason)
    if reading is not None:
        answer = replace(answer, confidence=round(reading.confidence, 4))
    if reading is not None and status != "abstained":
        answer = _told(answer, asked, reading)
    asked.watch.lap("verify")
    if asked.explain:
        answer = replace(answer, trail=(*found.trail, *_sentence_trail(found, reading, status)))
    yield from _told_whole(asked, answer)


def _told_whole(asked: _Asked, answer: Answer) -> Iterator[Event]:
    """The events of an answer that is finished before anything of it is told."""
    trail = asked.found.trail if asked.explain and answer.trail is None else answer.trail
    answer = replace(answer, trail=trail, timings_ms=asked.watch.total())
    yield from _pieces(answer)
    yield FinalEvent(answer)


def _without_evidence(found: Retrieved, profile: Profile, *, given: bool) -> Reason | None:
    """Why no model is asked: there are no passages, or they hold next to nothing of the question.
    An embedder that understands more than words, or the caller, may know better."""
    if not found.passages:
        return "no_evidence"
    best = max((e.coverage for group in found.evidence for e in group), default=0.0)
    trusted = given or profile.embedder.provider != "embedded"
    return "off_topic" if best < _OFF_TOPIC and not trusted else None


def _in_place_of(chat: ChatModel, asked: _Asked, error: ModelError) -> _Asked:
    """The question for the embedded answerer, once the model has failed."""
    notice = FALLBACK[asked.question.language].format(name=chat.name, error=error.message)
    model = ModelInfo("embedded", EMBEDDED, asked.model.fingerprint)
    return replace(asked, model=model, notice=notice)


def _written(
    asked: _Asked, chat: ChatModel, judge: Callable[[], Judge], cancel: Cancel
) -> Iterator[Event]:
    """An answer written by a model, held to the passages. Raises ModelError only before the first
    event."""
    found, settings = asked.found, asked.profile.answerer
    prompt = make_prompt(
        asked.question.text,
        asked.question.language,
        asked.history,
        found.passages,
        chat,
        settings.max_tokens,
    )
    grounds = Grounds(found.passages, judge(), asked.corpus.text_at)
    written = yield from write(chat, prompt, found.passages, grounds, settings.unsupported, cancel)
    asked.watch.lap("answer")
    verifying = round(1000 * grounds.seconds, 3)
    asked.watch.laps["answer"] -= verifying
    asked.watch.laps["verify"] = verifying
    answer = _draft(asked, written.status, written.reason)
    if written.text:
        answer = replace(answer, answer=written.text)
    else:
        yield DeltaEvent(answer.answer)
    answer = replace(
        answer,
        short_answer=_short(asked, written),
        citations=written.citations,
        unsupported=written.unsupported,
        confidence=round(written.support, 4),
        usage=written.usage,
        trail=(*found.trail, *_prompt_trail(found, prompt, written)) if asked.explain else None,
    )
    yield FinalEvent(replace(answer, timings_ms=asked.watch.total()))


def _short(asked: _Asked, written: Written) -> str | None:
    """What the embedded reader takes for the short answer, if the answer has it and cites it."""
    wanted = bool(written.citations) and asked.intent == "question"
    reading = read(asked.question, asked.found.evidence, 1) if wanted else None
    best = reading.picks[0] if reading else None
    if best is None or best.answer is None:
        return None
    short, chunk = best.answer.of(best.evidence.text), best.evidence.chunk.chunk
    sentence = best.evidence.sentence.span
    cited = any(
        c.document_id == chunk.document_id
        and c.source_span.start <= sentence.start
        and sentence.end <= c.source_span.end
        for c in written.citations
    )
    return short if cited and short in written.text else None


def _prompt_trail(found: Retrieved, prompt: Prompt, written: Written) -> Iterator[TrailStep]:
    """Which passages the model was shown, and what of its reply nobody was."""
    for rank, passage in enumerate(found.passages, start=1):
        place = rank - 1
        note = "left out: no room in the model's context" if place in prompt.left_out else ""
        note = "shortened to fit the model's context" if place in prompt.shortened else note
        kept = place not in prompt.left_out
        yield TrailStep("prompt", passage.chunk_id, rank, passage.score, kept, note)
    for rank, dropped in enumerate(written.dropped, start=1):
        yield TrailStep("reply", "", rank, 0.0, False, f"taken out: {dropped}")


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


def _draft(asked: _Asked, status: Status, reason: Reason | None) -> Answer:
    """The answer as a refusal; a real one is put in its place."""
    language = asked.question.language
    refusal = REFUSALS[language][reason] if status == "abstained" and reason else ""
    return Answer(
        id="ans_" + secrets.token_hex(10),
        created=int(time.time()),
        status=status,
        reason=reason,
        question=asked.text,
        standalone_question=asked.question.text,
        language=language,
        answer=COURTESY[language] if asked.intent == "courtesy" else refusal,
        short_answer=None,
        citations=(),
        unsupported=(),
        conflicts=(),
        passages=asked.found.passages,
        confidence=0.0,
        model=asked.model,
        usage=Usage(),
        timings_ms={},
        notice=asked.notice,
    )


def _told(answer: Answer, asked: _Asked, reading: Reading) -> Answer:
    text, citations = compose([pick.quoted for pick in reading.picks])
    citations = verified(citations, asked.corpus.text_at)
    best = reading.picks[0]
    notes = _language_note(answer.language, reading), _some_note(asked, citations)
    return replace(
        answer,
        answer=" ".join(part for part in (text, *notes) if part),
        short_answer=best.answer.of(best.evidence.text) if best.answer else None,
        citations=citations,
        unsupported=unsupported(text, citations),
        conflicts=_conflicts(asked.question, reading, citations),
    )


def _some_note(asked: _Asked, citations: Sequence[Citation]) -> str:
    """Told behind an overview that is not of all documents."""
    some = len({citation.document_id for citation in citations})
    if asked.documents <= some:
        return ""
    return SOME[asked.question.language].format(all=asked.documents, some=some)


def _language_note(language: str, reading: Reading) -> str:
    """Told behind the answer when all it quotes is in the language not asked in; it is about the
    quote, so no quote carries it. "" otherwise."""
    quoted = {pick.evidence.sentence.language for pick in reading.picks}
    other = {"ko": "en", "en": "ko"}[language]
    return IN_THE_OTHER_LANGUAGE[language] if quoted == {other} else ""


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
    picks = reading.picks if reading and status != "abstained" else ()
    told = [evidence for pick in picks for evidence in pick.quoted]
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
