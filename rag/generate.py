"""An answer written by a model, held to its passages sentence by sentence while it arrives.

What the model writes is told apart (`rag.markers`), cut into sentences (`rag.telling`), and each
sentence is judged by what it cites (`rag.grounds`) before anything behind it is told. The markers
told are numbers of quotes; the model's own never leave. Whatever has been told stays, and an
answer that is not streamed takes the same way. It does not know how the passages were found.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rag.cancel import Cancel
from rag.cite import citation_id, place_markers
from rag.errors import ModelError
from rag.events import CitationEvent, DeltaEvent
from rag.grounds import Finding, Grounds, Quote
from rag.markers import Refused, Scanner, Token
from rag.models.port import ChatModel, Finish, Piece
from rag.prompt import Prompt
from rag.telling import Cutter, Early, Finished
from rag.text.arriving import Arriving
from rag.types import Citation, Passage, Reason, Span, Status, Unsupported, Usage

Policy = Literal["mark", "remove", "abstain"]
"""What becomes of a sentence that no source carries; `abstain`: nothing is told at all."""

_WORD = re.compile(r"\w")
_LEADS = re.compile(r"\s*(?:#{1,6}\s[^.!?]*|\*\*[^*]+\*\*:?|.{1,80}[:：])\s*")
_ROW = re.compile(r"\s*\|.*\|\s*")
_SAYS_NOTHING = re.compile(
    r"(?:문서|자료|발췌|본문|출처|제공|주어진|내용|정보|근거|질문|답).{0,60}?"
    r"(?:없|않|못|알 수|어렵|부족)|모르겠|알 수 없|답할 수 없|답변할 수 없|죄송"
    r"|\b(?:passages?|documents?|sources?|context|texts?|excerpts?|information|provided)\b.{0,80}?"
    r"\b(?:not|no|nothing|cannot|lacks?|without|insufficient|don't|doesn't|isn't|aren't)\b"
    r"|\bI (?:do not|don't|cannot|can't|could not|couldn't|am unable|am not able|am sorry)\b"
    r"|\bI'm (?:sorry|unable|not)\b|\bno (?:information|mention|answer|evidence)\b"
    r"|\bnot (?:mentioned|stated|provided|specified|enough)\b|\bunable to\b",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_REFUSAL = 300


@dataclass(frozen=True, slots=True)
class Written:
    """What was written and what it stands on. `refused`: the model says the passages hold no
    answer, and `text` is empty or says so. `dropped` is what the model wrote and nobody is told:
    ids of no passage, links and images; nothing of a mere refusal, whose rest is not awaited.
    `support` is the mean over its sentences."""

    text: str
    status: Status
    reason: Reason | None
    citations: tuple[Citation, ...]
    unsupported: tuple[Unsupported, ...]
    support: float
    usage: Usage
    dropped: tuple[str, ...]


def write(
    model: ChatModel,
    prompt: Prompt,
    passages: tuple[Passage, ...],
    grounds: Grounds,
    policy: Policy,
    cancel: Cancel,
) -> Generator[DeltaEvent | CitationEvent, None, Written]:
    """Have the model answer; returns what was written. Raises ModelError only while nothing has
    been told, and CancelledError."""
    writer = _Writer(prompt, passages, grounds, policy)
    finish: Finish | None = None
    usage: Usage | None = None
    pieces = model.stream(prompt.messages, max_tokens=prompt.max_tokens, cancel=cancel)
    with closing(_closable(pieces)) as arriving:
        try:
            for piece in arriving:
                finish, usage = piece.finish or finish, piece.usage or usage
                yield from writer.take(piece.text)
                if writer.refused and writer.empty:
                    break
        except ModelError:
            if not writer.told:
                raise
            finish = None
    cancel.check()
    yield from writer.end(cut=finish in (None, "length"))
    if writer.empty and not writer.refused and finish != "refused":
        raise ModelError(f"The model {model.name} wrote nothing: ask again, or try `rag doctor`.")
    return writer.written(finish, usage or _estimated(model, prompt, writer.read))


def _closable(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """The pieces as something that can be closed, and closes them in its turn."""
    try:
        yield from pieces
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _estimated(model: ChatModel, prompt: Prompt, read: str) -> Usage:
    written = model.count_tokens(read)
    return Usage(prompt.tokens, written, prompt.tokens + written)


class _Writer:
    """Turns what a model writes into events, and remembers what the answer is made of."""

    def __init__(
        self, prompt: Prompt, passages: tuple[Passage, ...], grounds: Grounds, policy: Policy
    ) -> None:
        self._arriving = Arriving()
        self._scanner = Scanner(list(prompt.tags), grounds.names)
        self._cutter = Cutter(early=policy == "mark")
        self._sentences = _Sentences(prompt.tags, passages, grounds, policy)
        self._policy = policy
        self._held: list[DeltaEvent | CitationEvent] = []
        self.read = ""
        self.told = False
        self.refused = False

    @property
    def empty(self) -> bool:
        """Whether nothing was written that could be told."""
        return not self._sentences.text and not self._sentences.supports

    def take(self, piece: str) -> Iterator[DeltaEvent | CitationEvent]:
        self.read += piece
        yield from self._tell(self._events(self._scanner.feed(self._arriving.feed(piece))))

    def end(self, *, cut: bool) -> Iterator[DeltaEvent | CitationEvent]:
        if self.refused and self.empty:
            return
        rest = [*self._scanner.feed(self._arriving.end()), *self._scanner.close(cut=cut)]
        events = list(self._events(rest))
        if not (self.refused and self.empty):
            events += [e for part in self._cutter.close() for e in self._sentences.take(part)]
        yield from self._tell(events, last=True)

    def written(self, finish: Finish | None, usage: Usage) -> Written:
        made = self._sentences
        status, reason = self._outcome(finish)
        refused = status == "abstained"
        return Written(
            text=made.text if self.told else "",
            status=status,
            reason=reason,
            citations=() if refused else tuple(made.citations),
            unsupported=() if refused else tuple(made.unsupported),
            support=sum(made.supports) / len(made.supports) if made.supports else 0.0,
            usage=usage,
            dropped=() if self.refused and self.empty else tuple(self._scanner.dropped),
        )

    def _outcome(self, finish: Finish | None) -> tuple[Status, Reason | None]:
        made = self._sentences
        if (self.refused and self.empty) or (self._says_nothing() and finish == "stop"):
            return "abstained", "model_refused"
        if not self.told:
            return "abstained", "model_refused" if finish == "refused" else "low_support"
        if finish != "stop":
            return "partial", "model_refused" if finish == "refused" else "interrupted"
        return ("partial", "low_support") if made.unsupported else ("answered", None)

    def _says_nothing(self) -> bool:
        """Whether all that was written is that there is no answer, in the model's own words."""
        return (
            not self._sentences.citations
            and len(self.read) <= _LONGEST_REFUSAL
            and (self.refused or _SAYS_NOTHING.search(self.read) is not None)
            and not any(char.isdecimal() for char in self._sentences.text)
        )

    def _events(self, tokens: Iterable[Token]) -> Iterator[DeltaEvent | CitationEvent]:
        for token in tokens:
            if isinstance(token, Refused):
                self.refused = True
            elif not (self.refused and self.empty):
                for part in self._cutter.feed(token):
                    yield from self._sentences.take(part)

    def _tell(
        self, events: Iterable[DeltaEvent | CitationEvent], *, last: bool = False
    ) -> Iterator[DeltaEvent | CitationEvent]:
        """The events, neighbouring text made one. Under `abstain` they wait for the last, and are
        dropped when a sentence has failed."""
        self._held += events
        if self._policy == "abstain" and (not last or self._sentences.failed):
            return
        held, self._held = self._held, []
        for is_text, group in groupby(held, key=lambda event: isinstance(event, DeltaEvent)):
            self.told = True
            if is_text:
                yield DeltaEvent("".join(e.text for e in group if isinstance(e, DeltaEvent)))
            else:
                yield from group


class _Sentences:
    """Judges sentences as they come, numbers their quotes, and puts the answer together."""

    def __init__(
        self,
        tags: Mapping[str, int],
        passages: tuple[Passage, ...],
        grounds: Grounds,
        policy: Policy,
    ) -> None:
        self._tags = tags
        self._passages = passages
        self._grounds = grounds
        self._policy = policy
        self._markers: dict[tuple[str, Span], int] = {}
        self._start: int | None = None  # of the sentence of which something has been told
        self._gap = ""  # before sentences that were removed
        self._fenced = False
        self._in_table = False
        self.text = ""
        self.failed = False
        self.supports: list[float] = []
        self.citations: list[Citation] = []
        self.unsupported: list[Unsupported] = []

    def take(self, part: Early | Finished) -> Iterator[DeltaEvent | CitationEvent]:
        if isinstance(part, Early):
            yield from self._add(self._opened(part.gap) + part.text)
            return
        finding = self._finding(part)
        if finding is not None:
            self.supports.append(finding.support)
            if finding.why is not None and self._policy == "remove":
                self._gap = _wider(self._gap, part.gap)
                return
            self.failed = self.failed or finding.why is not None
        quotes = self._numbered(part, finding)
        body, behind = place_markers(part, self._tags, {p: n for p, (n, _) in quotes.items()})
        yield from self._add(self._opened(part.gap) + body[part.told :] + behind)
        yield from self._settle(len(body), finding, quotes.values())

    def _opened(self, gap: str) -> str:
        """The space before a sentence, when nothing of it has been told yet."""
        if self._start is not None:
            return ""
        gap = _wider(self._gap, gap) if self.text else ""
        self._start, self._gap = len(self.text) + len(gap), ""
        return gap

    def _add(self, text: str) -> Iterator[DeltaEvent]:
        self.text += text
        if text:
            yield DeltaEvent(text)

    def _settle(
        self, length: int, finding: Finding | None, quotes: Iterable[tuple[int, Quote]]
    ) -> Iterator[CitationEvent]:
        """Note what the sentence told last lacks, and the citations behind it."""
        start, self._start = self._start or 0, None
        if finding is not None and finding.why is not None:
            self.unsupported.append(Unsupported(start, start + length, finding.why))
        for number, quote in quotes:
            citation = self._citation(number, quote, Span(start, start + length))
            self.citations.append(citation)
            yield CitationEvent(citation)

    def _finding(self, part: Finished) -> Finding | None:
        """What the sentence stands on; None for what states nothing: a heading, a rule, what leads
        over to a list."""
        if part.text.count("```") % 2:
            self._fenced = not self._fenced
            return None
        row = _ROW.fullmatch(part.text) is not None
        heads_table, self._in_table = row and not self._in_table, row
        if not _WORD.search(part.text):
            return None
        cited = self._cited(part)
        leads = heads_table or _LEADS.fullmatch(part.text) is not None
        if leads and not cited and not any(char.isdecimal() for char in part.text):
            return None
        if not cited and any(placed.mark.invented for placed in (*part.marks, *part.behind)):
            return Finding(0.0, "no_evidence", ())
        return self._grounds.carry(part.text, cited)

    def _cited(self, part: Finished) -> list[int]:
        """The passages that a sentence cites, in their order there."""
        marks = (placed.mark for placed in (*part.marks, *part.behind))
        return list(dict.fromkeys(self._tags[tag] for mark in marks for tag in mark.tags))

    def _numbered(self, part: Finished, finding: Finding | None) -> dict[int, tuple[int, Quote]]:
        """The quotes to be shown, by passage, numbered in the order of their markers. A quote that
        the model did not cite gets its marker at the end, where that harms neither code nor a
        table."""
        found = {quote.passage: quote for quote in finding.quotes} if finding else {}
        order = self._cited(part)
        if not order and not self._fenced and not _ROW.fullmatch(part.text):
            order = list(found)
        out = {}
        for passage in order:
            if quote := found.get(passage):
                key = (self._passages[passage].document_id, quote.span)
                out[passage] = (self._markers.setdefault(key, len(self._markers) + 1), quote)
        return out

    def _citation(self, number: int, quote: Quote, span: Span) -> Citation:
        passage = self._passages[quote.passage]
        return Citation(
            id=citation_id(passage.document_id, quote.span),
            marker=number,
            answer_span=span,
            document_id=passage.document_id,
            chunk_id=passage.chunk_id,
            title=passage.title,
            source=passage.source,
            source_span=quote.span,
            cited_text=quote.text,
            verified=True,
            support=quote.support,
        )


def _wider(one: str, other: str) -> str:
    """Of two gaps the one with more line ends, else the second."""
    return one if one.count("\n") > other.count("\n") else other
