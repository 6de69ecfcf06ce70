"""What a written sentence stands on: the passages that it cites, or any when it cites none.

Each sentence is judged as in `/v1/verify`, by what the passages say to their readers
(`rag.orders`). A sentence that cites passages is held to them, even if another one would carry it.
What is quoted inside a sentence must stand in the passages word for word. It does not know who
wrote the sentence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from rag.orders import evidential
from rag.statement import Statement, state
from rag.support import Judge
from rag.text.morphemes import has_hangul
from rag.types import Passage, Span, VerifiedSentence, Why
from rag.verify import Pool, Source, verify_claim

_TRIED = 3  # passages that a sentence without citation is compared with, the nearest first
_MADE_UP = 0.2  # the most support of a sentence whose quotation stands nowhere
_LEAD = re.compile(r"^\s*(?:[-*+•>]|#{1,6}|\d{1,3}[.)])\s+")
_EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|`+|~~|(?<=\s)\|(?=\s)|^\||\|$")
_QUOTATION = re.compile(r"“([^”]{4,300})”|\"([^\"]{4,300})\"|「([^」]{4,300})」|『([^』]{4,300})』")
_SHORTEST_QUOTATION = 3  # words; shorter ones name or stress something
_NOTHING: Why = "no_evidence"


@dataclass(frozen=True, slots=True)
class Quote:
    """What passage number `passage` has at a span of its document, and how well that carries the
    sentence."""

    passage: int
    span: Span
    text: str
    support: float


@dataclass(frozen=True, slots=True)
class Finding:
    """How well a sentence is carried (0 to 1), what is missing (None: nothing), and the quotes."""

    support: float
    why: Why | None
    quotes: tuple[Quote, ...]


class Grounds:
    """The passages that a model was given. `text_at` reads what a stored document has at a span,
    None when it is gone: a quote must stand there still."""

    def __init__(
        self,
        passages: Sequence[Passage],
        judge: Judge,
        text_at: Callable[[str, Span], str | None],
    ) -> None:
        self._passages = passages
        self._judge = judge
        self._text_at = text_at
        self._sources = [_sources(number, passage) for number, passage in enumerate(passages)]
        self._pools: dict[int, Pool] = {}
        self.seconds = 0.0  # spent judging

    def names(self, target: str) -> bool:
        """Whether the passages themselves give this address."""
        return any(target in source.text for stretches in self._sources for source in stretches)

    def carry(self, sentence: str, cited: Sequence[int]) -> Finding:
        """Judge a sentence by the passages that it cites, or by all when it cites none."""
        began = time.perf_counter()
        finding = self._carry(sentence, cited)
        self.seconds += time.perf_counter() - began
        return finding

    def _carry(self, sentence: str, cited: Sequence[int]) -> Finding:
        bare = _EMPHASIS.sub("", _LEAD.sub("", sentence)).strip()
        claim = state([bare])[0]
        held = list(cited) or list(range(len(self._passages)))
        finding = self._cited(claim, cited) if cited else self._anywhere(claim)
        if self._misquotes(bare, held):
            return Finding(min(finding.support, _MADE_UP), finding.why or _NOTHING, ())
        return finding

    def _cited(self, claim: Statement, cited: Sequence[int]) -> Finding:
        """Each passage alone, then all that are cited together."""
        judged = [(number, self._judged(claim, self._pool(number))) for number in cited]
        carrying = [(n, v) for n, v in judged if v.verdict == "supported"]
        if carrying:
            return self._finding(carrying)
        if len(cited) > 1:
            together = self._judged(claim, self._together(cited))
            related = [(n, v) for n, v in judged if v.evidence and v.why != _NOTHING]
            if together.verdict == "supported" and related:
                support = together.support
                return self._finding([(n, v) for n, v in related], support)
            judged.append((cited[0], together))
        best = max((v for _, v in judged), key=lambda v: v.support)
        # A quote that neither carries nor gainsays the sentence is shown with its low support.
        weak = [(n, v) for n, v in judged[: len(cited)] if v.evidence and v.why is None]
        quotes = self._finding(weak).quotes if best.why is None and weak else ()
        return Finding(best.support, best.why or _NOTHING, quotes)

    def _anywhere(self, claim: Statement) -> Finding:
        """The passage that carries the sentence alone, of those nearest to it."""
        pool = self._together(range(len(self._passages)))
        together = self._judged(claim, pool)
        near = [pool.quote(place, place).source for place in pool.nearest(claim, 4 * _TRIED)]
        for number in list(dict.fromkeys(near))[:_TRIED]:
            verified = self._judged(claim, self._pool(number))
            if verified.verdict == "supported":
                return self._finding([(number, verified)])
        return Finding(together.support, together.why or _NOTHING, ())

    def _finding(
        self, carrying: Sequence[tuple[int, VerifiedSentence]], support: float | None = None
    ) -> Finding:
        """A finding that nothing is missing, with those quotes that stand in their documents."""
        quotes = []
        for number, verified in carrying:
            quote, document = verified.evidence, self._passages[number].document_id
            if quote is not None and self._text_at(document, quote.span) == quote.text:
                rounded = round(verified.support if support is None else support, 4)
                quotes.append(Quote(number, quote.span, quote.text, rounded))
        if not quotes:
            return Finding(0.0, _NOTHING, ())
        return Finding(max(quote.support for quote in quotes), None, tuple(quotes))

    def _misquotes(self, sentence: str, held: Sequence[int]) -> bool:
        """Whether it quotes what no passage has, of those in the language of the quotation."""
        texts = [source.text for number in held for source in self._sources[number]]
        letters = [_letters(text) for text in texts]
        for match in _QUOTATION.finditer(sentence):
            quotation = next(group for group in match.groups() if group)
            if len(quotation.split()) < _SHORTEST_QUOTATION:
                continue
            korean = has_hangul(quotation)
            parts = [_letters(part) for part in re.split(r"\.\.\.|…", quotation)]
            comparable = any(has_hangul(text) == korean for text in texts)
            if comparable and not all(any(p in text for text in letters) for p in parts):
                return True
        return False

    def _judged(self, claim: Statement, pool: Pool) -> VerifiedSentence:
        return verify_claim(claim.text, Span(0, len(claim.text)), claim, pool, self._judge)

    def _pool(self, number: int) -> Pool:
        if number not in self._pools:
            self._pools[number] = Pool(self._sources[number])
        return self._pools[number]

    def _together(self, numbers: Sequence[int]) -> Pool:
        return reduce(add, [self._pool(number) for number in numbers])


def _sources(number: int, passage: Passage) -> list[Source]:
    return [
        Source(number, span.of(passage.text), passage.span.start + span.start, passage.document_id)
        for span in evidential(passage.text)
    ]


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())
