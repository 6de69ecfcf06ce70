"""Checking text before it leaves: quotes against their source, sentences against evidence.

A quote must be, character for character, what stands at its span. A sentence, ours or anyone's,
is compared with the sentences of its sources that share most of its content, and `rag.support`
says how well they carry it. It does not know where sources come from, nor who wrote the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from rag.errors import InputError, TooLargeError
from rag.statement import Statement, state
from rag.support import Judge, objection
from rag.text.endings import last_word, without_level
from rag.text.normalise import normalise
from rag.text.sentences import split_within
from rag.types import (
    Citation,
    NewDocument,
    Passage,
    SourceQuote,
    Span,
    Unsupported,
    Verification,
    VerifiedSentence,
    Why,
)

Numbers = NDArray[np.intp]
_NOWHERE = np.array([], dtype=np.intp)

LONGEST_TEXT = 50_000
MOST_SOURCES = 100
_MARKER = re.compile(r"\[\^?\d{1,3}(?:\s*[,;–-]\s*\^?\d{1,3})*\]")
_WORD = re.compile(r"\w")
_CANDIDATES = 4  # sentences of the sources that are looked at closely
# Characters. A claim is compared with its evidence word by word: the product of their lengths.
_LONGEST_SENTENCE = 1000


def verified(
    citations: Sequence[Citation], text_at: Callable[[str, Span], str | None]
) -> tuple[Citation, ...]:
    """The citations, marked by whether their quote stands in the source. `text_at` reads what a
    stored document has at a span, None when the document is gone."""
    out = []
    for citation in citations:
        exact = text_at(citation.document_id, citation.source_span) == citation.cited_text
        out.append(replace(citation, verified=exact, support=citation.support if exact else 0.0))
    return tuple(out)


def unsupported(answer: str, citations: Sequence[Citation]) -> tuple[Unsupported, ...]:
    """Sentences of the answer that state what none of their quotes carries."""
    found = []
    for citation in citations:
        quotes = [c.cited_text for c in citations if c.answer_span == citation.answer_span]
        span = citation.answer_span
        why = _lacking(span.of(answer), quotes) if citation.verified else "no_evidence"
        if why is not None:
            found.append(Unsupported(span.start, span.end, why))
    return tuple(found)


def _lacking(sentence: str, quotes: Sequence[str]) -> Why | None:
    if sentence in quotes:  # nearly always, and then there is nothing to analyse
        return None
    claim, *run = state([sentence, *quotes])
    return objection(claim, run, run)[0]


@dataclass(frozen=True)
class Source:
    """A stretch of text to look for evidence in. It begins at `base` in its document, and `number`
    is the document's place among the sources."""

    number: int
    text: str
    base: int = 0
    document_id: str | None = None
    name: str | None = None


class Pool:
    """The sentences of some sources, found by the words that they hold."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        places = [(source, span) for source in sources for span in _sentences(source.text)]
        self._places = places
        self.statements = state([span.of(source.text) for source, span in places])

    def __add__(self, other: Pool) -> Pool:
        """Both together; nothing is analysed again."""
        both = Pool(())
        both.sources = (*self.sources, *other.sources)
        both._places = self._places + other._places
        both.statements = self.statements + other.statements
        return both

    @cached_property
    def _postings(self) -> dict[str, Numbers]:
        return _postings(statement.terms for statement in self.statements)

    def nearest(self, claim: Statement, count: int) -> list[int]:
        """Up to `count` sentences that share most of the claim's content, the best first."""
        shared = np.zeros(len(self.statements))
        for key, weight in claim.terms.items():
            shared[self._postings.get(key, _NOWHERE)] += weight
        if (self._hangul != claim.hangul).any():
            for shares in self._across(claim):
                shared += shares
        found = np.flatnonzero(shared)
        best: list[int] = found[np.argsort(-shared[found], kind="stable")[:count]].tolist()
        return best

    def in_its_style(self, claim: Statement) -> Statement:
        """The claim with the speech level of a sentence here that ends in the same verb (있습니다
        for 있다), since that changes nothing of what it says."""
        place = last_word(claim.text)
        if place is None:
            return claim
        word = claim.text[slice(*place)]
        theirs = self._endings.get(without_level(word), word)
        if theirs == word:
            return claim
        return state([claim.text[: place[0]] + theirs + claim.text[place[1] :]])[0]

    @cached_property
    def _endings(self) -> dict[str, str]:
        """The last words of the sentences, by what they are without their speech level."""
        places = [(s.text, last_word(s.text)) for s in self.statements]
        words = [text[slice(*place)] for text, place in places if place]
        return {without_level(word): word for word in words}

    def _across(self, claim: Statement) -> Iterator[NDArray[np.float64]]:
        """For each word of the claim how much of its weight each sentence in the other script
        shares by the likeliest rendering."""
        for key, options in claim.renderings.items():
            best = np.zeros(len(self.statements))
            for option in options:
                postings = self._written_otherwise if option.form else self._postings
                numbers = reduce(np.intersect1d, (postings.get(k, _NOWHERE) for k in option.keys))
                numbers = numbers[self._hangul[numbers] != claim.hangul]
                best[numbers] = np.maximum(best[numbers], option.weight)
            yield best * claim.terms.get(key, 0.0)

    @cached_property
    def _written_otherwise(self) -> dict[str, Numbers]:
        return _postings(statement.sounds for statement in self.statements)

    @cached_property
    def _hangul(self) -> NDArray[np.bool_]:
        return np.array([statement.hangul for statement in self.statements], dtype=np.bool_)

    def runs(self, number: int) -> list[tuple[int, int]]:
        """A sentence alone, and with one or both of its neighbours in the same source."""
        source = self._places[number][0]
        last = len(self._places) - 1
        before = number - 1 if number and self._places[number - 1][0] is source else number
        after = number + 1 if number < last and self._places[number + 1][0] is source else number
        return [(a, b) for a in (number, before) for b in (number, after)]

    def runs_for(self, claim: Statement) -> list[tuple[int, int]]:
        """First and last sentence of every run that may carry the claim, in order."""
        near = self.nearest(claim, _CANDIDATES)
        return sorted({run for number in near for run in self.runs(number)})

    def quote(self, first: int, last: int) -> SourceQuote:
        """What the source has from one sentence through another."""
        source, start = self._places[first][0], self._places[first][1].start
        span = Span(start, self._places[last][1].end)
        return SourceQuote(
            source.number,
            span.shifted(source.base),
            span.of(source.text),
            source.document_id,
            source.name,
        )


def _postings(held: Iterable[Iterable[str]]) -> dict[str, Numbers]:
    """For each key the numbers of what holds it, in order."""
    postings: dict[str, list[int]] = defaultdict(list)
    for number, keys in enumerate(held):
        for key in keys:
            postings[key].append(number)
    return {key: np.array(numbers, dtype=np.intp) for key, numbers in postings.items()}


PoolFor = Callable[[str], Pool]
"""The sentences among which evidence for a sentence is looked for."""


def clean_text(text: str) -> str:
    """The text as it is verified. Raises InputError when it is empty, too long or not text."""
    text = normalise(text)
    if not text.strip():
        raise InputError("The text is empty: there is nothing to verify.", param="text")
    if len(text) > LONGEST_TEXT:
        raise TooLargeError(
            f"The text has {len(text):,} characters; at most {LONGEST_TEXT:,} are verified at "
            "once. Send it in parts.",
            param="text",
        )
    return text


def given(sources: Sequence[NewDocument]) -> PoolFor:
    """The same pool of all sources for every sentence. Raises InputError for a source that cannot
    be read, naming it, and for none or too many."""
    if not 1 <= len(sources) <= MOST_SOURCES:
        raise InputError(
            f"{len(sources)} sources were given; from 1 to {MOST_SOURCES} are read.",
            param="sources",
        )
    read = []
    for number, new in enumerate(sources):
        try:
            text = normalise(new.text)
        except InputError as error:
            raise InputError(error.message, param=f"sources.{number}.text") from None
        if not text.strip():
            raise InputError("The source is empty.", param=f"sources.{number}.text")
        read.append(Source(number, text))
    pool = Pool(read)
    return lambda _: pool


def searched(search: Callable[[str], Sequence[Passage]]) -> PoolFor:
    """For each sentence a pool of the passages that `search` finds for it. Documents are numbered
    as they are met."""
    numbers: dict[str, int] = {}

    def pool_for(sentence: str) -> Pool:
        return Pool(
            [
                Source(
                    numbers.setdefault(passage.document_id, len(numbers)),
                    passage.text,
                    passage.span.start,
                    passage.document_id,
                    passage.source,
                )
                for passage in search(sentence)
            ]
        )

    return pool_for


def verify(text: str, pool_for: PoolFor, judge: Judge) -> Verification:
    """Verify a cleaned text sentence by sentence; `pool_for` gives the evidence for each. Markers
    such as [1] and stretches without a letter or digit are not verified."""
    # Spaces in place of the markers keep every offset.
    bare = _MARKER.sub(lambda match: " " * len(match[0]), text)
    spans = [span for span in _sentences(bare) if _WORD.search(bare, span.start, span.end)]
    claims = state([span.of(bare) for span in spans])
    judged: dict[str, VerifiedSentence] = {}
    for span, claim in zip(spans, claims, strict=True):
        if claim.text not in judged:
            judged[claim.text] = verify_claim(text, span, claim, pool_for(claim.text), judge)
    sentences = tuple(
        replace(judged[claim.text], span=span, text=span.of(text))
        for span, claim in zip(spans, claims, strict=True)
    )
    supports = [sentence.support for sentence in sentences]
    grounded = bool(sentences) and all(s.verdict == "supported" for s in sentences)
    return Verification(min(supports, default=0.0), grounded, sentences)


def _sentences(text: str) -> list[Span]:
    return split_within(text, _LONGEST_SENTENCE)


def verify_claim(
    text: str, span: Span, claim: Statement, pool: Pool, judge: Judge
) -> VerifiedSentence:
    """Judge what the sentence at a span of a text claims by the sentences of a pool."""
    claim = pool.in_its_style(claim)
    runs = pool.runs_for(claim)
    if not runs:
        return VerifiedSentence(span, span.of(text), 0.0, "unsupported", "no_evidence", None)
    judgement = judge(claim, [pool.statements[first : last + 1] for first, last in runs])
    return VerifiedSentence(
        span,
        span.of(text),
        judgement.support,
        judgement.verdict,
        judgement.why,
        pool.quote(*runs[judgement.run]),
    )
