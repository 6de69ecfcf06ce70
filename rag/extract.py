"""The embedded answerer: which sentences of the sources answer, and the short answer inside.

It writes nothing of its own. Given evidence it picks the sentence that covers the question best
and holds a candidate of the expected kind, adds the one that gives the reason, and a second
source's where the sources disagree. It does not know how the evidence was found, and refuses by
its confidence rather than by a rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence
from rag.quantity import value_of
from rag.question import Kind, Question
from rag.spans import candidates, expects_span
from rag.types import Span

# Factors on the coverage of a sentence when ranking; the first two also on the confidence.
_NO_CANDIDATE = 0.55  # it cannot answer "when" without a date
_RANK_BONUS = 0.06  # for a sentence of the best passage, falling off with the passage's rank
_CUE_BONUS = 0.15
_REASON = re.compile(
    r"때문|위해|탓에|덕분|까닭|이유|따라서|바람에|없다는|말미암"
    r"|because|due to|since |so that|owing to|in order to|result|but .+ (was|were) (poor|weak)",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"(이란|란|은|는) .+(말합니다|말한다|뜻합니다|뜻한다|의미합니다|의미한다|이다|입니다)"
    r"|\bis an? |refers to|means",
)
_LISTING = re.compile(r"▲|①|•|[^,]+,[^,]+,[^,]+|·.+·|\band\b|[와과] ")
# Who did it: "by |", or the subject of a Korean sentence; `|` stands for the name.
_AGENT = re.compile(r"\bby \||\|(?:[은는이가]|께서|에게서?|의 주도)(?:\s|$)")
_AGENT_BONUS = 25  # characters of distance
_DISAGREE: frozenset[Kind] = frozenset({"age", "money", "percent", "count"})
_JUDGED = 24  # sentences, the most promising first, that are searched for an answer
# Sources disagree only about what both sentences say of the same thing.
_SAME_SUBJECT = 0.8


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence chosen for the answer, with the span of the short answer inside it, if any."""

    evidence: Evidence
    answer: Span | None
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out: the picks in the order of the answer (at least one), how confident the
    reader is (0 to 1), and the picks that disagree with the first."""

    picks: tuple[Pick, ...]
    confidence: float
    disagreeing: tuple[Pick, ...]


def read(
    question: Question, passages: Sequence[Sequence[Evidence]], max_sentences: int
) -> Reading | None:
    """Read the answer out of the evidence of each passage, best passage first; None without any
    sentence to read."""
    ranked = sorted(
        (
            (_promise(question, evidence, rank), evidence)
            for rank, sentences in enumerate(passages)
            for evidence in sentences
        ),
        key=lambda item: (-item[0], item[1].sentence.span),
    )
    if not ranked:
        return None
    scored = [_judge(question, evidence, promise) for promise, evidence in ranked[:_JUDGED]]
    scored.sort(key=lambda pick: (-pick.score, pick.evidence.sentence.span))
    best = scored[0]
    disagreeing = _disagreeing(question, best, scored)
    picks = [best, *_completing(question, best, passages), *disagreeing][:max_sentences]
    return Reading(tuple(picks), _confidence(question, best), disagreeing)


def _confidence(question: Question, pick: Pick) -> float:
    if not question.terms:
        return 0.0
    evidence = pick.evidence
    belief = 0.5 * evidence.inside + 0.5 * evidence.coverage
    if expects_span(question.kind) and pick.answer is None:
        belief *= _NO_CANDIDATE
    return belief


def _promise(question: Question, evidence: Evidence, passage_rank: int) -> float:
    """How well a sentence covers the question, before it is searched for an answer."""
    covered = 0.6 * evidence.inside + 0.4 * evidence.coverage
    return covered + _RANK_BONUS / (1 + passage_rank)


def _judge(question: Question, evidence: Evidence, promise: float) -> Pick:
    span = _short_answer(question, evidence)
    score = promise
    if expects_span(question.kind) and span is None:
        score *= _NO_CANDIDATE
    text = evidence.text
    if (
        (question.kind == "why" and _REASON.search(text))
        or (question.kind == "definition" and _DEFINITION.search(text))
        or (question.kind == "list" and _LISTING.search(text))
    ):
        score += _CUE_BONUS * min(1.0, 2 * evidence.coverage)
    return Pick(evidence, span, score)


def _short_answer(question: Question, evidence: Evidence) -> Span | None:
    """The candidate nearest to the matched words, leaving out what the question itself says."""
    text = evidence.text
    base = evidence.sentence.span.start - evidence.chunk.chunk.span.start
    anchors = [t.start - base for t in evidence.tokens if t.key in evidence.matched]
    asked = question.text.lower()
    known = {term.key for term in question.terms}
    best: tuple[int, Span] | None = None
    for span in candidates(question.kind, text, evidence.tokens, base):
        inside = [t for t in evidence.tokens if span.start <= t.start - base < span.end]
        keys = {t.key for t in inside if t.key}
        if span.of(text).lower() in asked or (keys and keys <= known):
            continue
        distance = min((abs(a - span.start) for a in anchors), default=len(text))
        if question.kind == "who" and _AGENT.search(text[: span.start] + "|" + text[span.end :]):
            distance -= _AGENT_BONUS
        if best is None or distance < best[0]:
            best = (distance, span)
    return best[1] if best else None


def _completing(
    question: Question, best: Pick, passages: Sequence[Sequence[Evidence]]
) -> Iterable[Pick]:
    """The next sentence, when the reason or the definition goes on there."""
    if question.kind != "why" or _REASON.search(best.evidence.text):
        return
    for sentences in passages:
        if best.evidence in sentences:
            after = sentences.index(best.evidence) + 1
            if after < len(sentences):
                yield Pick(sentences[after], None, best.score)
            return


def _disagreeing(question: Question, best: Pick, scored: Sequence[Pick]) -> tuple[Pick, ...]:
    """Picks from other documents that say the same of the subject with another value."""
    if question.kind not in _DISAGREE or best.answer is None:
        return ()
    values = {value_of(best.answer.of(best.evidence.text))}
    documents = {best.evidence.chunk.chunk.document_id}
    found = []
    for pick in scored[1:]:
        evidence = pick.evidence
        if (
            pick.answer is None
            or evidence.inside < _SAME_SUBJECT * max(best.evidence.inside, _SAME_SUBJECT)
            or evidence.chunk.chunk.document_id in documents
        ):
            continue
        value = value_of(pick.answer.of(evidence.text))
        documents.add(evidence.chunk.chunk.document_id)
        if value is not None and value not in values:
            values.add(value)
            found.append(pick)
    return tuple(found)
