"""The embedded answerer: which sentences of the sources answer, and the short answer inside.

It writes nothing of its own. Given evidence it takes the sentence that holds the candidate which
the learned reader prefers (for a reason, a definition or a list: the sentence that covers the
question best and reads like one), with the one beside it where the answer may as well stand there,
adds the one that gives the reason, and a second source's where the sources disagree. It does not
know how the evidence was found, and refuses by its confidence rather than by a rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answerable import answerable, describe_answer
from rag.defining import asks_definition, wants_definition, wants_manner, words_said
from rag.demand import bound
from rag.evidence import Evidence, as_if_alike
from rag.figures import value_of
from rag.network import bonus, by_sentence, chances, networks, scores_of, trees_of
from rag.question import Kind, Question
from rag.reader import Described, Read, describe
from rag.types import Span

_RANK_BONUS = 0.06  # for a sentence of the best passage, falling off with the passage's rank
_CUE_BONUS = 0.15
_DEFINES_BONUS = 0.4
_REASON = re.compile(
    r"때문|위해|탓에|덕분|까닭|이유|원인|따라서|바람에|없다는|모자라|불가피|말미암|인해|느라|므로|니까"
    r"|[가-힣][아어여져]서(?= )"
    r"|because|due to|since |so that|owing to|in order to|result|but .+ (was|were) (poor|weak)",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"(?:오히려|이런|이러한|이는|이것|이에|이로|이 때문|그래서|따라서|그 때문|그런|그러한|결국)"
    r"(?=\W|[가-힣]{0,3} )"
    r"|(?:this|that|these|rather|instead|therefore|so|thus|hence|as a result)\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"(이란|란|은|는) .+(말합니다|말한다|뜻합니다|뜻한다|의미합니다|의미한다|이다|입니다)"
    r"|\bis an? |refers to|means",
)
_LISTING = re.compile(r"▲|①|•|[^,]+,[^,]+,[^,]+|·.+·|\band\b|[와과] ")
_CUES: dict[Kind, re.Pattern[str]] = {"why": _REASON, "definition": _DEFINITION, "list": _LISTING}
_DISAGREE: frozenset[Kind] = frozenset({"age", "money", "percent", "count"})
_BEHIND = 20.0  # more than scores differ by: candidates in the language not chosen are no rivals
_COVERED = 15.0  # of a sentence's promise, in the scores of the networks
# 오수빈 박사 is 오수빈 to the question who; 씨 and 님 are no part of a name.
_ADDRESS = re.compile(r"(?<=[가-힣]{2}) ?(?:박사|교수|여사|선생|씨|님)$")
# 몇 시부터 몇 시까지 is answered by both ends, and so is 언제 unless one end is asked for.
_ASKS_RANGE = re.compile(r"(?:언제|몇 ?\S+|어디)(?:부터|에서) .*(?:언제|몇 ?\S+|어디)까지")
_ASKS_END = re.compile(
    r"부터|까지|에서|시작|개시|개막|끝|종료|마감|마치|마쳐|마무리|만료|이후|이전"
)
_RANGE = re.compile(r"(?:부터|에서) [^.,]{1,30}?까지")
_READ = 6  # sentences, the most promising first, that are searched for an answer
_AS_WELL = 0.1  # the chance that the answer stands in a sentence, from which it is quoted as well
# Sources disagree only about what both sentences say of the same thing.
_SAME_SUBJECT = 0.8


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence chosen for the answer, with the span of the short answer inside it, if any, and
    the sentence just before or behind it that is quoted with it."""

    evidence: Evidence
    answer: Span | None
    beside: Evidence | None = None

    @property
    def quoted(self) -> tuple[Evidence, ...]:
        """In the order of the text."""
        both = (self.evidence, self.beside) if self.beside else (self.evidence,)
        return tuple(sorted(both, key=lambda e: e.sentence.span))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out: the picks in the order of the answer (at least one), how probable it is
    that the first answers (0 to 1), and the picks that disagree with the first."""

    picks: tuple[Pick, ...]
    confidence: float
    disagreeing: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentence of `reads` chosen, the number of the candidate that answers in it, if any,
    and with what scores of all candidates."""

    reads: tuple[Read, ...]
    described: Described
    scores: NDArray[np.float32]
    sentence: int
    best: int | None


def read(
    question: Question, passages: Sequence[Sequence[Evidence]], max_sentences: int
) -> Reading | None:
    """Read the answer out of the evidence of each passage, best passage first; None without any
    sentence to read."""
    choice = chosen(question, passages)
    if choice is None:
        return None
    told = _told(question, choice)
    also = None
    if max_sentences > 1:
        also = beside(choice) if told else _leaned_on(question, choice, passages)
    first = Pick(choice.reads[choice.sentence].evidence, told, also)
    disagreeing = _disagreeing(question, choice)
    picks = [first, *_completing(question, first, passages), *disagreeing]
    picks = picks[: max_sentences + 1 - len(first.quoted)]
    return Reading(tuple(picks), confidence(question, passages, choice), disagreeing)


def chosen(question: Question, passages: Sequence[Sequence[Evidence]]) -> Choice | None:
    """The sentence and span that answer best; None without any sentence to read."""
    reads = promising(question, passages)
    if not reads:
        return None
    described = describe(question, reads)
    scores = bound(question, reads, described, score(reads, described))
    return choose(question, reads, described, scores)


def promising(question: Question, passages: Sequence[Sequence[Evidence]]) -> tuple[Read, ...]:
    """The sentences that cover the question best."""
    ranked = []
    for rank, sentences in enumerate(passages):
        held = as_if_alike(question, sentences)
        insides = [0.0, *(inside for inside, _ in held), 0.0]
        for place, (evidence, (inside, coverage)) in enumerate(zip(sentences, held, strict=True)):
            promise = _promise(question, evidence, inside, coverage, rank)
            beside = (insides[place], insides[place + 2])
            ranked.append(Read(evidence, rank, promise, inside, coverage, place, beside))
    telling = [r for r in ranked if not r.evidence.standing.asks]
    ranked = telling or ranked
    ranked.sort(key=lambda r: (-r.promise, r.passage, r.evidence.sentence.span))
    return tuple(ranked[:_READ])


def _promise(
    question: Question, evidence: Evidence, inside: float, coverage: float, passage: int
) -> float:
    covered = 0.6 * inside + 0.4 * coverage + _RANK_BONUS / (1 + passage)
    if asks_definition(question.text) and wants_definition(question.text, evidence.text):
        covered += _DEFINES_BONUS
    cue = _CUES.get(question.kind)
    if cue and cue.search(evidence.text):
        covered += _CUE_BONUS * min(1.0, 2 * evidence.coverage)
    return covered


def score(reads: Sequence[Read], described: Described) -> NDArray[np.float32]:
    """One score for each candidate, by the networks and trees of the language that its sentence is
    written in, whatever the question's is. Two languages' scores do not compare: in each counts
    how far a candidate stands out, and how well the best sentence covers the question."""
    korean = np.array([r.evidence.korean for r in reads])
    owners = np.array([c.sentence for c in described.candidates], dtype=np.intp)
    scores = np.zeros(len(owners), dtype=np.float32)
    for language in np.unique(korean[owners]):
        here = korean[owners] == language
        name, part = "ko" if language else "en", described.of(here)
        found = scores_of(networks(name), part)
        found += bonus(trees_of(name), part, found)
        if not here.all():
            best = max(r.promise for r, k in zip(reads, korean, strict=True) if k == language)
            found += _COVERED * best - np.logaddexp.reduce(found)
        scores[here] = found
    return scores


def choose(
    question: Question,
    reads: tuple[Read, ...],
    described: Described,
    scores: NDArray[np.float32],
) -> Choice:
    """The best candidate and its sentence, or the best sentence where no span is expected."""
    owners = np.array([c.sentence for c in described.candidates], dtype=np.intp)
    whole = question.kind in _CUES or question.polar or not len(scores)
    whole = whole or wants_definition(question.text, reads[0].evidence.text)
    sentence = 0 if whole else int(owners[scores.argmax()])
    inside = np.flatnonzero(owners == sentence)
    korean = np.array([r.evidence.korean for r in reads])
    scores = scores - _BEHIND * (korean[owners] != korean[sentence]).astype(np.float32)
    best = int(inside[scores[inside].argmax()]) if len(inside) else None
    return Choice(reads, described, scores, sentence, best)


def confidence(question: Question, passages: Sequence[Sequence[Evidence]], choice: Choice) -> float:
    """The probability that the sentence chosen answers; 0 for a question without content."""
    if not question.terms:
        return 0.0
    regression = answerable(question, choice.reads[choice.sentence].evidence)
    return regression.probability(describe_choice(question, passages, choice))


def describe_choice(
    question: Question, passages: Sequence[Sequence[Evidence]], choice: Choice
) -> NDArray[np.float64]:
    """See `rag.answerable.describe_answer`."""
    return describe_answer(
        question,
        passages,
        choice.reads,
        choice.described,
        choice.scores,
        choice.sentence,
        choice.best,
    )


def _told(question: Question, choice: Choice) -> Span | None:
    """The short answer; a reason or a list is the sentence, and a fragment of it misleads, as it
    does where yes or no, a definition or a manner is asked for."""
    if choice.best is None or question.polar or question.kind in ("why", "list"):
        return None
    span = choice.described.candidates[choice.best].span
    text = choice.reads[choice.sentence].evidence.text
    if said := words_said(question.text, text):
        return said
    if wants_manner(question.text) or wants_definition(question.text, text):
        return None
    whole = question.kind == "when" and not _ASKS_END.search(question.text)
    if (whole or _ASKS_RANGE.search(question.text)) and (rest := _RANGE.match(text, span.end)):
        return Span(span.start, rest.end())
    if question.kind == "who":
        told = _ADDRESS.sub("", span.of(text))
        return Span(span.start, span.start + len(told))
    return span


def beside(choice: Choice) -> Evidence | None:
    """The sentence next to the one chosen, in its paragraph, where the answer may stand as well."""
    best = choice.reads[choice.sentence].evidence
    shares = by_sentence(choice.described, chances(choice.scores), len(choice.reads))
    likeliest = max(
        (
            i
            for i, read in enumerate(choice.reads)
            if _adjoin(best, read.evidence) or _adjoin(read.evidence, best)
        ),
        key=lambda i: shares[i],
        default=None,
    )
    if likeliest is None or shares[likeliest] < _AS_WELL:
        return None
    return choice.reads[likeliest].evidence


def _leaned_on(
    question: Question, choice: Choice, passages: Sequence[Sequence[Evidence]]
) -> Evidence | None:
    """The sentence before a reason that points back at it: rather, this is why."""
    best = choice.reads[choice.sentence].evidence
    if question.kind != "why" or not _LEANS.match(best.text):
        return None
    return next(
        (e for group in passages for e in group if _adjoin(e, best) and e is not best), None
    )


def _adjoin(one: Evidence, other: Evidence) -> bool:
    """Whether a sentence stands just before another in the same line."""
    chunk = one.chunk.chunk
    if other.chunk.chunk.id != chunk.id or one.sentence.span.end > other.sentence.span.start:
        return False
    between = Span(one.sentence.span.end, other.sentence.span.start)
    return not between.shifted(-chunk.span.start).of(chunk.text).strip(" ")


def _completing(
    question: Question, best: Pick, passages: Sequence[Sequence[Evidence]]
) -> Iterable[Pick]:
    """The next sentence, when the reason goes on there."""
    if question.kind != "why" or any(_REASON.search(e.text) for e in best.quoted):
        return
    for sentences in passages:
        if best.evidence in sentences:
            after = sentences.index(best.evidence) + 1
            if after < len(sentences) and _REASON.search(sentences[after].text):
                yield Pick(sentences[after], None)
            return


def _disagreeing(question: Question, choice: Choice) -> tuple[Pick, ...]:
    """Picks from other documents that say the same of the subject with another value."""
    if question.kind not in _DISAGREE or choice.best is None:
        return ()
    first = choice.reads[choice.sentence].evidence
    value = value_of(choice.described.candidates[choice.best].span.of(first.text))
    values, documents = {value}, {first.chunk.chunk.document_id}
    found = []
    for place, other in enumerate(choice.reads):
        evidence = other.evidence
        document = evidence.chunk.chunk.document_id
        if (
            document in documents
            or evidence.inside < _SAME_SUBJECT * max(first.inside, _SAME_SUBJECT)
            or (span := _typed(choice, place)) is None
        ):
            continue
        documents.add(document)
        value = value_of(span.of(evidence.text))
        if value is not None and value not in values:
            values.add(value)
            found.append(Pick(evidence, span))
    return tuple(found)


def _typed(choice: Choice, sentence: int) -> Span | None:
    """The best candidate of a sentence that is of the kind asked for."""
    candidates = choice.described.candidates
    fitting = [
        i for i in np.flatnonzero(choice.described.fits == 3) if candidates[i].sentence == sentence
    ]
    return candidates[max(fitting, key=lambda i: choice.scores[i])].span if fitting else None
